"""What judging costs: synthetic runs, each judged in a fresh process as people do it.

Seconds differ from machine to machine, so beside them stand those of a fixed loop, the yardstick:
the ratio of the two can be compared. Peak memory hardly differs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, process_time
from typing import TYPE_CHECKING

from tools.synthetic import write_run

if TYPE_CHECKING:
    from resource import struct_rusage

ROOT = Path(__file__).resolve().parents[2]
YARDSTICK_LOOPS = 20_000_000
YARDSTICK_TRIES = 3
_BYTES_PER_MB = 2**20
_RSS_UNIT = 1 if sys.platform == "darwin" else 2**10


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A run to be judged, and what that may cost; `peak_mb_max` is None where nothing is said."""

    users: int
    sends_per_user: int
    wall_s_max: float
    peak_mb_max: int | None = None

    @property
    def receipts(self) -> int:
        """Everybody receives every message."""
        return self.users * self.users * self.sends_per_user

    def allows(self, wall_s: float, peak_mb: int) -> bool:
        """Judging may cost that much."""
        fits = self.peak_mb_max is None or peak_mb <= self.peak_mb_max
        return fits and wall_s <= self.wall_s_max


# A full house that greets, and the largest that is promised.
SIZES = (
    Size(users=400, sends_per_user=1, wall_s_max=3),
    Size(users=1000, sends_per_user=4, wall_s_max=60, peak_mb_max=2048),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """One judged run. `exit_code` is the verdict's: 0, or the figures are not those of a GO.

    `history_bytes` are on disk, `memory_per_byte` is the peak by them. `cpu_by_yardstick` is
    without a unit.
    """

    size: Size
    receipts: int
    history_bytes: int
    exit_code: int
    wall_s: float
    cpu_s: float
    peak_mb: int
    memory_per_byte: float
    yardstick_s: float
    cpu_by_yardstick: float
    is_on_target: bool


def judging(size: Size) -> Judging:
    """The cost of judging a run of this size."""
    with TemporaryDirectory(prefix="soundcheck-bench-") as name:
        folder = Path(name)
        write_run(folder, users=size.users, sends_per_user=size.sends_per_user)
        history_bytes = sum(path.stat().st_size for path in folder.iterdir())
        loop_s = yardstick_s()
        started_s = monotonic()
        exit_code, usage = _judged(folder)
        wall_s = monotonic() - started_s
    peak_bytes = usage.ru_maxrss * _RSS_UNIT
    peak_mb = peak_bytes // _BYTES_PER_MB
    return Judging(
        size=size,
        receipts=size.receipts,
        history_bytes=history_bytes,
        exit_code=exit_code,
        wall_s=round(wall_s, 2),
        cpu_s=round(usage.ru_utime + usage.ru_stime, 2),
        peak_mb=peak_mb,
        memory_per_byte=round(peak_bytes / history_bytes, 2),
        yardstick_s=round(loop_s, 3),
        cpu_by_yardstick=round((usage.ru_utime + usage.ru_stime) / loop_s, 1),
        is_on_target=size.allows(wall_s, peak_mb),
    )


def _judged(folder: Path) -> tuple[int, struct_rusage]:
    """The exit code and the resources of the one process that judges the run in `folder`.

    `wait4` and not RUSAGE_CHILDREN: that keeps the largest of all children, of whole houses too.
    Its peak is at least this process's own, which Linux takes for the child's until it runs.
    """
    command = [sys.executable, "-m", "reports", "judge", str(folder)]
    # The figures own stdout.
    process = subprocess.Popen(command, cwd=ROOT, stdout=sys.stderr)
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage


def yardstick_s() -> float:
    """CPU-seconds that a fixed loop of plain Python takes here, at its best."""
    return min(_loop_s() for _ in range(YARDSTICK_TRIES))


def _loop_s() -> float:
    started_s = process_time()
    total = 0
    for number in range(YARDSTICK_LOOPS):
        total += number & 7
    return process_time() - started_s
