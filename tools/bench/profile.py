"""Where the CPU of a rehearsal goes: by its phases, and by kind of process.

The phases are those that the run's own history tells afterwards, so nothing is asked of it while it
runs; the looks of the census are interpolated at their bounds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from reports.archive import read_history
from reports.history import MESSAGES_PROBE, StepName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from reports.archive import History
    from tools.bench.kinds import Kind, Look


class Part(StrEnum):
    """The parts of a run, in their order."""

    START = "start"
    ARRIVE = "arrive"  # sign in and take a seat, each at her time
    GREET = "greet"
    CHAT = "chat"
    SETTLE = "settle"  # receive what is owed, and sit out the grace
    LEAVE = "leave"
    TEAR_DOWN = "close"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Time and CPU-seconds that one part of a run took."""

    part: Part
    wall_s: float
    cpu_s: Mapping[Kind, float]


def profile_of(run_dir: Path, began_ns: int, ended_ns: int, looks: Sequence[Look]) -> list[Spent]:
    """What each part of this run took; empty where its history shows no crowd that left."""
    bounds = bounds_of(read_history(run_dir), began_ns, ended_ns)
    if bounds is None:
        return []
    return [
        Spent(part=part, wall_s=(until - since) / 1e9, cpu_s=cpu_between(looks, since, until))
        for part, (since, until) in zip(Part, pairwise(bounds), strict=True)
    ]


def bounds_of(history: History, began_ns: int, ended_ns: int) -> list[int] | None:
    """The times between the parts, the run's begin first and its end last.

    Everybody has a seat when the last one has; people speak meanwhile in no run. Judging begins
    when the messages are read for the last time, which is all that the controller tells of its end.
    """
    starts: dict[StepName, list[int]] = defaultdict(list)
    ends: dict[StepName, list[int]] = defaultdict(list)
    for step in history.steps:
        starts[step.step].append(step.started_at_ns + step.waited_ns)
        ends[step.step].append(step.ended_at_ns)
    reads = [probe.at_ns for probe in history.probes if probe.name == MESSAGES_PROBE]
    if StepName.LEAVE not in starts or not reads:
        return None
    seated = max(ends[StepName.SEAT])
    greeted = max(ends[StepName.GREET])
    said = max(ends.get(StepName.CHAT, [greeted]))
    bounds = [
        began_ns,
        min(starts[StepName.SIGN_IN]),
        seated,
        greeted,
        said,
        min(starts[StepName.LEAVE]),
        max(ends[StepName.LEAVE]),
        max(reads),
        ended_ns,
    ]
    return bounds if bounds == sorted(bounds) else None


def cpu_between(looks: Sequence[Look], since_ns: int, until_ns: int) -> Mapping[Kind, float]:
    """CPU-seconds by kind between two times, as if each were spent evenly from look to look."""
    before, after = cpu_at(looks, since_ns), cpu_at(looks, until_ns)
    # What nobody had seen of a process before may be found at it later.
    return {kind: max(0.0, after[kind] - before.get(kind, 0.0)) for kind in after}


def cpu_at(looks: Sequence[Look], at_ns: int) -> Mapping[Kind, float]:
    """CPU-seconds by kind since the begin; outside of all looks, those of the nearest."""
    for earlier, later in pairwise(looks):
        if earlier.at_ns <= at_ns < later.at_ns:
            share = (at_ns - earlier.at_ns) / (later.at_ns - earlier.at_ns)
            return {
                kind: earlier.cpu_s.get(kind, 0.0) * (1 - share) + cpu_s * share
                for kind, cpu_s in later.cpu_s.items()
            }
    return looks[0].cpu_s if at_ns < looks[0].at_ns else looks[-1].cpu_s
