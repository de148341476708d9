"""What the target itself says of a journey: who was there when, and what was said meanwhile.

Every visit and every message is a row, whoever drove the browsers. A message that is stored while
somebody is there is owed to her, its author too: those pairs are what a way of driving made happen,
whether or not it looked at them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Sequence

_VISITS = """
    select extract(epoch from started_at)::float8,
        coalesce(extract(epoch from ended_at)::float8, 'infinity')
    from public.webinar_user_sessions where webinar_id = %s
"""
_MESSAGES = (
    "select extract(epoch from created_at)::float8 from public.messages where webinar_id = %s"
)

Visit = tuple[float, float]  # from, until, in seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """All visits to a webinar, and the times at which messages were stored."""

    visits: Sequence[Visit]
    messages: Sequence[float]

    @property
    def most_at_once(self) -> int:
        """The most people who were there at the same time; who leaves makes room first."""
        turns = sorted(
            [(since, 1) for since, _ in self.visits] + [(till, -1) for _, till in self.visits]
        )
        return max(accumulate(change for _, change in turns), default=0)

    @property
    def owed_pairs(self) -> int:
        """Pairs of a message and somebody who was there when it was stored."""
        begins = sorted(since for since, _ in self.visits)
        ends = sorted(till for _, till in self.visits)
        return sum(bisect_right(begins, at) - bisect_left(ends, at) for at in self.messages)


def audience_of(database_url: str, webinar: str) -> Audience:
    """The audience that the target's database remembers."""
    with psycopg.connect(database_url) as connection:
        visits = connection.execute(_VISITS, (webinar,)).fetchall()
        messages = connection.execute(_MESSAGES, (webinar,)).fetchall()
    return Audience(
        visits=[(float(since), float(till)) for since, till in visits],
        messages=[float(at) for (at,) in messages],
    )
