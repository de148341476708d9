"""A cursor over one piece of a query string, with the tokens that all its grammars share."""

import re
from typing import Final, NoReturn

from eventlive.supabase.rest.errors import RestError
from eventlive.supabase.rest.query import Field, Step

# Quoted, or letters, digits, underscores, spaces, dollars and inner hyphens (not the arrow ->).
_NAME: Final = re.compile(r'"((?:[^"\\\0]|\\[^\0])+)"|([\w $]+(?:-(?!>)[\w $]+)*)')
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ARROW: Final = re.compile(r"->>?")
_INDEX: Final = re.compile(r"-?\d{1,9}(?![\w ])")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


class Scanner:
    """Reads left to right; every refusal is PGRST100 naming what was expected and where."""

    def __init__(self, text: str, what: str) -> None:
        self.text = text
        self.at = 0
        self._what = what

    def fail(self, expected: str) -> NoReturn:
        """Refuse the query string at the present position."""
        seen = repr(self.text[self.at]) if self.at < len(self.text) else "end of input"
        raise RestError(
            400,
            "PGRST100",
            f'"failed to parse {self._what} ({self.text})" (line 1, column {self.at + 1})',
            details=f"unexpected {seen} expecting {expected}",
        )

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The pattern's match here, stepped over; None leaves the position as it was."""
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def take(self, literal: str) -> bool:
        """True, and stepped over, when the text goes on with `literal`."""
        is_here = self.text.startswith(literal, self.at)
        self.at += len(literal) if is_here else 0
        return is_here

    def need(self, literal: str) -> None:
        """Step over `literal` or refuse."""
        if not self.take(literal):
            self.fail(repr(literal))

    def rest(self) -> str:
        """Everything that is left."""
        self.at, start = len(self.text), self.at
        return self.text[start:]

    def end(self) -> None:
        """Refuse whatever is left."""
        if self.at != len(self.text):
            self.fail("end of input")

    def name(self) -> str:
        """A column, table or alias, quoted or plain."""
        found = self.match(_NAME)
        if found is None:
            self.fail("a name")
        quoted, plain = found.groups()
        name = unescaped(quoted) if quoted is not None else str(plain).strip()
        return name or self.fail("a name")

    def quoted(self) -> str | None:
        """A double-quoted string without its quotes and backslashes, or None."""
        found = self.match(_QUOTED)
        return None if found is None else unescaped(found[1])

    def field(self) -> Field:
        """A column with an optional JSON path."""
        return Field(column=self.name(), path=self.path())

    def path(self) -> tuple[Step, ...]:
        """Zero or more arrows, each with a key or an array index."""
        steps: list[Step] = []
        while (arrow := self.match(_ARROW)) is not None:
            index = self.match(_INDEX)
            key = self.name() if index is None else int(index[0])
            steps.append(Step(key=key, as_text=arrow[0] == "->>"))
        return tuple(steps)


def unescaped(text: str) -> str:
    """The text with `\\"` and `\\\\` turned back to the characters meant."""
    return _ESCAPE.sub(r"\1", text)
