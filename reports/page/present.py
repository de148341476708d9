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
    from collections.abc import Iterator

    from reports.archive import History
    from reports.history import Roster

PAGES = "pages"
SOURCES = (PAGES, DATABASE, CONSOLE)


class Witnesses(msgspec.Struct, frozen=True, kw_only=True):
    """Rosters of one kind of source at one moment: how many, and how many people they showed.

    `house` is empty unless the run is a merged one: then everybody shows her own house only.
    """

    house: str = ""
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
    return Presence(
        seated=_seated(history, time),
        pages=sorted(
            (time.s(one.at_ns), _shown(one))
            for one in history.rosters
            if (_source(one), one.moment) == (PAGES, Moment.SETTLED)
        ),
        witnesses=[one for house in history.each_house() for one in _of_house(house, time)],
        convergence=spread_of(convergence_s(history)),
    )


def _of_house(house: History, time: Timeline) -> Iterator[Witnesses]:
    seated = max((n for _, n in _seated(house, time)), default=0)
    alike: defaultdict[tuple[str, Moment], list[int]] = defaultdict(list)
    for roster in house.rosters:
        alike[_source(roster), roster.moment].append(_shown(roster))
    for moment in Moment:
        for source in SOURCES:
            if shown := alike[source, moment]:
                yield Witnesses(
                    house=house.name,
                    source=source,
                    moment=moment,
                    rosters=len(shown),
                    fewest=min(shown),
                    most=max(shown),
                    seated=seated if moment is Moment.SETTLED else 0,
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
