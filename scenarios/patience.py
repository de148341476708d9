"""Patience with a limit of the platform: who is told that she is too fast waits, and asks again.

Auth lets each address sign in so often (protocol reference B.8). Real people have an address each,
and a crowd of virtual ones shares the generator's: what holds it back is no failure of the product.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random
from time import monotonic
from typing import TYPE_CHECKING

from scenarios.errors import StepThrottled
from scenarios.waiting import until_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from scenarios.traffic import Answer

BOUND_S = 120.0
# Auth's bucket gains one sign-in in 2 s; a crowd that asks more often only keeps Auth busy.
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 30.0
# What is left of a patience below this is nothing.
SHORTEST_S = 0.001


@dataclass(slots=True, kw_only=True)
class Patience:
    """How one user bears with a limit: for how long at most, how often and how long it has been.

    `seed` decides her pauses, so that those of a crowd differ and a run can be repeated. While she
    waits she is `outside`: what she holds meanwhile is for others to use.
    """

    seed: str = ""
    bound_s: float = BOUND_S
    outside: Callable[[], AbstractAsyncContextManager[object]] = nullcontext
    times: int = 0
    held_ns: int = 0
    _random: Random = field(init=False)

    def __post_init__(self) -> None:
        """Nobody has held her back yet."""
        self._random = Random(self.seed)

    async def wait(self, answer: Answer) -> None:
        """It is time to ask again; raises StepThrottled where that is beyond what she waits."""
        due_s = monotonic() + self.pause_s(answer)
        async with self.outside():
            await until_time(due_s)
        # Whoever comes back may find that what she held is in use.
        self.held_ns += round(max(0.0, monotonic() - due_s) * 1e9)

    def pause_s(self, answer: Answer) -> float:
        """How long to wait before asking again; it counts as waited. Raises StepThrottled."""
        self.times += 1
        left_s = self.bound_s - self.held_ns / 1e9
        # Who is told to come back at once is told so again: a pause of nothing has no end.
        pause_s = answer.retry_after_s or self._own_pause_s(left_s)
        if left_s < SHORTEST_S or pause_s > left_s:
            raise StepThrottled(
                f"a limit of the platform let nobody in at {self.times} tries within "
                f"{self.held_ns / 1e9:.0f} s: {answer}"
            )
        self.held_ns += round(pause_s * 1e9)
        return pause_s

    def _own_pause_s(self, left_s: float) -> float:
        """About twice as long as the last time, and not beyond the end."""
        longest_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self.times - 1, 10))
        return min(longest_s * self._random.uniform(0.5, 1.0), left_s)


def seconds_in(retry_after: str | None) -> float | None:
    """What a `Retry-After` header says, in seconds or as a date (RFC 9110, 10.2.3)."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        due = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    # A date without a zone is one of UTC.
    return max(0.0, (due.replace(tzinfo=due.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
