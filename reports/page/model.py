"""What a page shows, as one frozen model: the summary, and beside it what only a page needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reports.history import StepName
from reports.page.capacity import Capacity, capacity_of
from reports.page.causes import Cause, causes_of
from reports.page.lanes import House, house_of
from reports.page.latency import Path, paths_of
from reports.page.pairs import Pairs, pairs_of
from reports.page.people import Person, people_of
from reports.page.present import Presence, presence_of
from reports.page.strain import Strain, strain_of
from reports.page.ways import Ways, traced, ways_of
from reports.summary import Summary
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.findings import Findings


class Charts(msgspec.Struct, frozen=True, kw_only=True):
    """What the page's script draws. Places of users are those in `users`, of steps in `steps`."""

    users: list[str]
    steps: list[StepName]
    house: House
    pairs: Pairs
    ways: Ways
    paths: list[Path]
    presence: Presence
    strain: Strain


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that both editions show, in no language yet."""

    summary: Summary
    charts: Charts
    capacity: Capacity
    causes: list[Cause]
    people: list[Person]


def page_of(findings: Findings, summary: Summary, files: Sequence[str] = ()) -> Page:
    """The page of these findings and of the summary that was made of them.

    `files` are the paths in the run's folder, to link to what was kept of a user.
    """
    users = findings.history.users()
    traces = traced(findings.ledger, users)
    return Page(
        summary=summary,
        charts=Charts(
            users=[one_line(user) for user in users],
            steps=list(StepName),
            house=house_of(findings, summary.realtime.fallback),
            pairs=pairs_of(traces, users),
            ways=ways_of(findings, traces, users),
            paths=paths_of(findings),
            presence=presence_of(findings.history),
            strain=strain_of(findings.history),
        ),
        capacity=capacity_of(findings, summary),
        causes=causes_of(findings, summary),
        people=people_of(findings.rows, files),
    )
