"""Presence truth: everybody who holds a seat is seen by everybody, and nobody else is.

The truth are the seats the run took and gave up; the witnesses are each user's `presence_state`,
the table `webinar_live_presence` and, where it was asked, the admin console.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.history import READS_ROSTERS, StepName
from reports.naming import first_of
from reports.verdicts import invalid, unknown, valid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from reports.findings import Findings
    from reports.history import Roster
    from reports.verdicts import Verdict


def check_presence(findings: Findings) -> Verdict | None:
    """Every roster shows exactly those who held a seat at its moment.

    Runs of version 1 recorded no rosters: nothing was asked of them.
    """
    rosters = findings.history.rosters
    if not rosters:
        if findings.history.predates(READS_ROSTERS):
            return None
        return unknown("presence", "no roster was recorded")
    seated = {row.user for row in findings.rows if StepName.SEAT in row.passed}
    stayed = {row.user for row in findings.rows if row.user in seated and not _has_left(row.passed)}
    truth = {"seated": seated, "settled": seated, "left": stayed}
    wrong = [line for one in rosters for line in _differences(one, truth.get(one.moment, seated))]
    if wrong:
        return invalid("presence", f"{len(wrong):,} of {len(rosters):,} rosters are wrong", wrong)
    return valid("presence", f"{len(rosters):,} rosters show exactly those who were there")


def _has_left(passed: Collection[StepName]) -> bool:
    return StepName.LEAVE in passed


def _differences(roster: Roster, truth: Collection[str]) -> Iterator[str]:
    missing, ghosts = set(truth) - set(roster.present), set(roster.present) - set(truth)
    parts = []
    if missing:
        parts.append(f"misses {first_of(sorted(missing))}")
    if ghosts:
        parts.append(f"shows {first_of(sorted(ghosts))}, who hold no seat")
    if parts:
        yield f"{roster.source}, {roster.moment}: {'; '.join(parts)}"
