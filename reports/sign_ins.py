"""Sign-ins that a limit of the platform held back: how often, whom, how long, and whom for good.

Auth lets each address sign in so often, and a crowd has one address (protocol reference B.8).
Data for `summary`; nothing here knows what is good or bad.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from reports.history import Outcome, StepName
from reports.spread import Spread, spread_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.archive import History

_NS_PER_S = 1_000_000_000


class SignIns(msgspec.Struct, frozen=True, kw_only=True):
    """`throttled` answers 429 to `users` users, who waited `held_s` seconds each before they asked
    again; `never` names those who were not let in at all. `found` users had a session from an
    earlier run.
    """

    throttled: int
    users: int
    never: list[str]
    held_s: Spread
    found: int

    @property
    def in_words(self) -> list[str]:
        """Sentences for people; none where everybody signed in at the first try."""
        return [*self._held_back(), *self._found()]

    def _found(self) -> Iterator[str]:
        if self.found:
            yield (
                f"{self.found} {'user' if self.found == 1 else 'users'} had a session from an "
                "earlier run: of them sign-in is not measured"
            )

    def _held_back(self) -> Iterator[str]:
        if not self.users:
            return
        never = f"; {len(self.never)} never got in" if self.never else ""
        yield (
            f"Auth's limit on sign-ins (429) held {self.users} "
            f"{'user' if self.users == 1 else 'users'} back, {self.throttled} times, up to "
            f"{self.held_s.max:.0f} s{never}; sign-in is measured without that"
        )


def sign_ins_of(history: History) -> SignIns:
    """The figures of a run's sign-ins."""
    steps = [one for one in history.steps if one.step is StepName.SIGN_IN]
    held_ns: defaultdict[str, int] = defaultdict(int)
    for step in steps:
        if step.throttled:
            held_ns[step.user] += step.held_ns
    return SignIns(
        throttled=sum(step.throttled for step in steps),
        users=len(held_ns),
        never=sorted({one.user for one in steps if one.outcome is Outcome.THROTTLED}),
        held_s=spread_of(ns / _NS_PER_S for ns in held_ns.values()),
        found=len({step.user for step in steps if step.is_found}),
    )
