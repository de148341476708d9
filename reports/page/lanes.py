"""The house over time: a lane for each user, and the phases and faults behind all of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from reports.clocks import began_at_ns, ended_at_ns
from reports.history import Outcome, StepName
from reports.ledger import seats_of
from reports.page.timing import Timeline
from reports.realtime import endings_of
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.archive import History
    from reports.findings import Findings
    from reports.realtime import Fallback

# Where one phase ends and the next one begins: the rendezvous of the whole house.
PHASES = {"arriving": "house", "talking": "sent", "settling": "settled", "leaving": ""}


class Act(msgspec.Struct, frozen=True, array_like=True):
    """One step of a user without the waiting before it; `step` is its place among `StepName`."""

    step: int
    since_s: float
    until_s: float
    went_well: bool


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One user's time: her acts, her seat, the ends of her sockets and channels, her polling."""

    user: str
    acts: list[Act]
    seat: tuple[float, float] | None
    ends: list[tuple[float, str]]
    polls: list[tuple[float, float]]


class Shade(msgspec.Struct, frozen=True, kw_only=True):
    """A phase of the run, or a fault that was there from its begin to its confirmed end."""

    name: str
    since_s: float
    until_s: float


class House(msgspec.Struct, frozen=True, kw_only=True):
    """All lanes in the order in which their users arrived, and when the last of them ends."""

    lanes: list[Lane]
    phases: list[Shade]
    faults: list[Shade]
    until_s: float


def house_of(findings: Findings, fallback: Fallback | None) -> House:
    """The house of these findings; `fallback` is the polling that was found in them."""
    history = findings.history
    time = Timeline(history)
    until_s = time.s(_over_ns(history))
    return House(
        lanes=_lanes(history, fallback, time, until_s),
        phases=list(_phases(history, time, until_s)),
        faults=[
            Shade(
                name=one_line(one.name),
                since_s=time.s(one.injected_at_ns),
                until_s=until_s if one.healed_at_ns is None else time.s(one.healed_at_ns),
            )
            for one in sorted(history.faults, key=lambda one: (one.injected_at_ns, one.name))
        ],
        until_s=until_s,
    )


def _over_ns(history: History) -> int:
    """When the last step, request or socket of anybody ended; when it began where nobody came."""
    ends = [one.ended_at_ns for one in history.steps]
    ends += [ended_at_ns(one) for one in history.exchanges]
    ends += [one.at_ns for one in history.channels]
    return max(ends, default=began_at_ns(history))


def _lanes(
    history: History, fallback: Fallback | None, time: Timeline, until_s: float
) -> list[Lane]:
    users = history.users()
    acts: defaultdict[str, list[Act]] = defaultdict(list)
    for step in sorted(history.steps, key=lambda one: (one.started_at_ns, one.step)):
        acts[step.user].append(
            Act(
                list(StepName).index(step.step),
                time.s(step.started_at_ns + step.waited_ns),
                time.s(step.ended_at_ns),
                step.outcome is Outcome.OK,
            )
        )
    ends: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for change in endings_of(history):
        words = one_line(f"{change.topic} {change.state} {change.detail}")
        ends[change.user].append((time.s(change.at_ns), words))
    polls: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for span in fallback.spans if fallback else []:
        polls[span.user].append((span.on_s, span.off_s))
    seats = {
        user: (time.s(seat.since_ns), until_s if seat.until_ns is None else time.s(seat.until_ns))
        for user, seat in seats_of(history.steps).items()
    }
    arrivals = sorted((acts[user][0].since_s if acts[user] else until_s, user) for user in users)
    return [
        Lane(
            user=one_line(user),
            acts=acts[user],
            seat=seats.get(user),
            ends=sorted(ends[user]),
            polls=polls[user],
        )
        for _, user in arrivals
    ]


def _phases(history: History, time: Timeline, until_s: float) -> Iterator[Shade]:
    """From one rendezvous to the next; a phase whose end nobody reached ends with the run."""
    since_s = 0.0
    for name, meeting in PHASES.items():
        left_ns = [one.left_at_ns for one in history.rendezvous if one.name == meeting]
        ends_s = time.s(max(left_ns)) if left_ns else until_s
        if ends_s > since_s:
            yield Shade(name=name, since_s=since_s, until_s=ends_s)
        since_s = ends_s
