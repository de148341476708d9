"""Presence truth: everybody who holds a seat is seen by everybody, and nobody else is.

The truth are the seats the run took and gave up; the witnesses are each user's `presence_state`,
the table `webinar_live_presence` and, where an admin was named, the console.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reports.history import READS_ROSTERS, Moment, Outcome, StepName
from reports.naming import first_of, person_of
from reports.spread import spread_of
from reports.verdicts import invalid, unknown, valid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from reports.archive import History
    from reports.findings import Findings
    from reports.history import Roster, Step
    from reports.verdicts import Verdict

_NS_PER_S = 1_000_000_000


class _Truth(NamedTuple):
    """Who must be on a roster, and who may be: it is not known whether a failed step happened."""

    must: Collection[str]
    may: Collection[str]


def check_presence(findings: Findings) -> Verdict | None:
    """Every roster shows all who held a seat at its moment, and nobody who certainly held none.

    Runs of version 1 recorded no rosters: nothing was asked of them.
    """
    history = findings.history
    rosters = history.rosters
    if not all(house.rosters for house in history.each_house()):
        if history.predates(READS_ROSTERS):
            return None
        return unknown("presence", "no roster was recorded")
    wrong = [line for house in history.each_house() for line in _wrong(house)]
    if wrong:
        return invalid("presence", f"{len(wrong):,} of {len(rosters):,} rosters are wrong", wrong)
    return valid("presence", _agreement(history))


def _wrong(house: History) -> Iterator[str]:
    """The rosters of one house tell of its own people."""
    truths, users = _truths(house), set(house.users())
    for one in house.rosters:
        # Those of other parts of one house, which is not read here, may rightly be there.
        present = users.intersection(one.present)
        for line in _differences(one, present, truths[one.moment]):
            yield f"{house.name}: {line}" if house.name else line


def convergence_s(history: History) -> list[float]:
    """Per user, seconds from the last seat taken to the last change of the roster on her page.

    0 where her page knew of everybody before the last seat was ready.
    """
    return [seconds for house in history.each_house() for seconds in _convergence_s(house)]


def _convergence_s(history: History) -> list[float]:
    seats_ns = [one.ended_at_ns for one in history.steps if _went_well(one, StepName.SEAT)]
    names = set(history.users())
    last_ns = max(seats_ns, default=0)
    pages = [one for one in history.rosters if one.moment is Moment.SETTLED and one.source in names]
    return [max(0, one.at_ns - last_ns) / _NS_PER_S for one in pages if seats_ns]


def _truths(history: History) -> dict[Moment, _Truth]:
    """By moment. Whoever began to take a seat may hold it; a page that closes may say goodbye.

    A person is there as long as one of her pages is.
    """
    took = [one for one in history.steps if one.step is StepName.SEAT]
    left_ns = _left_ns(history)
    seated = _people(one for one in took if _went_well(one, StepName.SEAT))
    kept = _people(one for one in took if one.started_at_ns > left_ns.get(one.user, -1))
    return {Moment.SETTLED: _Truth(seated, _people(took)), Moment.LEFT: _Truth((), kept)}


def _left_ns(history: History) -> dict[str, int]:
    """When each user who left was gone; she may have come back afterwards."""
    left = sorted(
        (one.ended_at_ns, one.user) for one in history.steps if _went_well(one, StepName.LEAVE)
    )
    return {user: ended_at_ns for ended_at_ns, user in left}


def _people(steps: Iterable[Step]) -> set[str]:
    return {person_of(one.user) for one in steps}


def _went_well(step: Step, name: StepName) -> bool:
    return step.step is name and step.outcome is Outcome.OK


def _differences(roster: Roster, present: set[str], truth: _Truth) -> Iterator[str]:
    missing = set(truth.must) - present
    ghosts = present - set(truth.may)
    parts = []
    if missing:
        parts.append(f"misses {first_of(sorted(missing))}")
    if ghosts:
        parts.append(f"shows {first_of(sorted(ghosts))}, who hold no seat")
    if parts:
        yield f"{roster.source}, {roster.moment}: {'; '.join(parts)}"


def _agreement(history: History) -> str:
    agreement = f"{len(history.rosters):,} rosters show exactly those who were there"
    seconds = spread_of(convergence_s(history)).max
    return agreement if seconds is None else f"{agreement}, within {seconds:g} s of the last seat"
