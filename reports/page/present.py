"""Who was there: the seats that were taken and given up, and what each roster showed of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec

from reports.checks.presence import convergence_s
from reports.history import CONSOLE, DATABASE, Moment
from reports.ledger import seats_of
from reports.page.timing import Timeline
from reports.spread import Spread, spread_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.archive import History
    from reports.history import Roster

PAGES = "pages"
SOURCES = (PAGES, DATABASE, CONSOLE)


class Witnesses(msgspec.Struct, frozen=True, kw_only=True):
    """Rosters of one kind of source at one moment: how many, and how many people they showed."""

    source: str
    moment: Moment
    rosters: int
    fewest: int
    most: int
    seated: int


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """`seated` is the number of seats taken from each time on, in order.

    `pages` are each user's roster when it last changed: when, and how many it showed. `convergence`
    is in seconds from the last seat taken to that change.
    """

    seated: list[tuple[float, int]]
    pages: list[tuple[float, int]]
    witnesses: list[Witnesses]
    convergence: Spread


def presence_of(history: History) -> Presence:
    """The seats and rosters of a run."""
    time = Timeline(history)
    seated = _seated(history, time)
    alike: defaultdict[tuple[str, Moment], list[Roster]] = defaultdict(list)
    for roster in history.rosters:
        alike[_source(roster), roster.moment].append(roster)
    pages = sorted((time.s(one.at_ns), _shown(one)) for one in alike[PAGES, Moment.SETTLED])
    return Presence(
        seated=seated,
        pages=pages,
        witnesses=[
            _witnesses(source, moment, alike[source, moment], seated)
            for moment in Moment
            for source in SOURCES
            if alike[source, moment]
        ],
        convergence=spread_of(convergence_s(history)),
    )


def _source(roster: Roster) -> str:
    return roster.source if roster.source in (DATABASE, CONSOLE) else PAGES


def _shown(roster: Roster) -> int:
    return len(roster.present) + roster.others


def _seated(history: History, time: Timeline) -> list[tuple[float, int]]:
    """How many held a seat from each moment on at which that changed."""
    changes: Counter[float] = Counter()
    for seat in seats_of(history.steps).values():
        changes[time.s(seat.since_ns)] += 1
        if seat.until_ns is not None:
            changes[time.s(seat.until_ns)] -= 1
    moments = sorted(changes)
    return list(zip(moments, accumulate(changes[at_s] for at_s in moments), strict=True))


def _witnesses(
    source: str, moment: Moment, rosters: Iterable[Roster], seated: Iterable[tuple[float, int]]
) -> Witnesses:
    shown = [_shown(one) for one in rosters]
    house = max((n for _, n in seated), default=0)
    return Witnesses(
        source=source,
        moment=moment,
        rosters=len(shown),
        fewest=min(shown),
        most=max(shown),
        seated=house if moment is Moment.SETTLED else 0,
    )
