"""What one command takes: time, CPU by kind of process, memory; and who says so."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from resource import RUSAGE_CHILDREN, getrusage
from time import monotonic, monotonic_ns
from typing import TYPE_CHECKING

from tools.bench.groups import new_group
from tools.bench.kinds import Census, Kind, free_mb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tools.bench.kinds import Look

TIMED_OUT = 124
EXACT, POLLED = "cgroup v2", "polling and waited children"
MACHINE = "polling the machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a command took. `looks` are those at its processes, `cpu_by_kind` sums them up.

    By polling, memory is what the machine had less at the worst moment than before the start, and
    CPU is that of the last looks or, where this is more, of all children that were waited for.
    """

    began_ns: int
    ended_ns: int
    exit_code: int
    cpu_s: float
    cpu_by_kind: Mapping[Kind, float]
    cpu_from: str
    peak_mb: int
    peak_from: str
    looks: Sequence[Look]

    @property
    def wall_s(self) -> float:
        """From the command's start to its end."""
        return (self.ended_ns - self.began_ns) / 1e9


def take(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], timeout_s: float
) -> Taken:
    """What this command took until it ended; one that is late is ended, with TIMED_OUT as its code.

    It writes to stderr: the figures own stdout.
    """
    free_before_mb = free_mb()
    waited_before_s = _waited_s()
    with new_group() as group:
        began_ns = monotonic_ns()
        with group.joined():
            process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=sys.stderr)
        try:
            with Census(group) as census:
                exit_code = _waited_for(process, monotonic() + timeout_s)
            ended_ns = monotonic_ns()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        waited_s = _waited_s() - waited_before_s
        by_kind, total_s = census.looks[-1].cpu_s, group.cpu_s()
        peak_mb = group.peak_mb()
    return Taken(
        began_ns=began_ns,
        ended_ns=ended_ns,
        exit_code=exit_code,
        cpu_s=max(sum(by_kind.values()), waited_s) if total_s is None else total_s,
        cpu_by_kind=by_kind,
        cpu_from=POLLED if total_s is None else EXACT,
        peak_mb=free_before_mb - census.free_mb_least if peak_mb is None else peak_mb,
        peak_from=MACHINE if peak_mb is None else EXACT,
        looks=census.looks,
    )


def _waited_s() -> float:
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _waited_for(process: subprocess.Popen[bytes], deadline_s: float) -> int:
    try:
        return process.wait(deadline_s - monotonic())
    except subprocess.TimeoutExpired:
        return TIMED_OUT
