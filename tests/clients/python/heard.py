"""What an application hears on a channel, in order, and a way to wait for it."""

import asyncio
from typing import Any

PATIENCE_S = 8.0

Entry = dict[str, Any]


class Heard:
    """A log that can be awaited."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._news = asyncio.Event()

    def add(self, **entry: object) -> None:
        """Note something."""
        self.entries.append(entry)
        self._news.set()

    async def until(self, nth: int = 1, **wanted: object) -> Entry:
        """The nth entry with these members, now or later. A failure tells all that was heard."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while len(found := self.like(**wanted)) < nth:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as error:
            raise TimeoutError(f"no {wanted} ({nth}), heard {self.entries}") from error
        return found[nth - 1]

    def like(self, **wanted: object) -> list[Entry]:
        """The entries with these members, in order."""
        return [entry for entry in self.entries if wanted.items() <= entry.items()]
