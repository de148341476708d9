"""Measure full houses, judging and recording: `python -m tools.bench`, figures as JSON.

Each house is one whole `pytest -n N e2e/chat` with everything on this machine: wall time,
CPU-seconds and peak memory. CPU and memory are those of the machine, less what it used before the
start, so processes that ended are counted too; run it on an otherwise idle machine. Judging and
recording need neither browser nor target: `bench_judging`, `bench_recorder`.
"""

from __future__ import annotations

import argparse
import json
import platform
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import psutil

from tools.bench_judging import SIZES, judging
from tools.bench_recorder import recording

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
SAMPLE_INTERVAL_S = 0.25
PARTS = ("houses", "judging", "recorder")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One measured run. `summary` is what the run wrote into summary.json."""

    workers: int
    users: int
    wall_s: float
    cpu_s: float
    peak_mb: int
    exit_code: int
    summary: object


class Meter:
    """CPU-seconds and peak memory of the machine between `__enter__` and `__exit__`."""

    def __enter__(self) -> Meter:
        self._free_mb = _free_mb()
        self._least_free_mb = self._free_mb
        self._busy_s = _busy_s()
        self._started_s = monotonic()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._stopping.set()
        self._thread.join()
        self.wall_s = round(monotonic() - self._started_s, 1)
        self.cpu_s = round(_busy_s() - self._busy_s, 1)
        self.peak_mb = self._free_mb - self._least_free_mb

    def _watch(self) -> None:
        while not self._stopping.wait(SAMPLE_INTERVAL_S):
            self._least_free_mb = min(self._least_free_mb, _free_mb())


def main(arguments: Sequence[str]) -> int:
    """Prints the figures; 0 when every house ended with GO, or none was asked for."""
    wanted = _parser().parse_args(arguments)
    parts = [wanted.only] if wanted.only else PARTS
    # Whoever ends the bench ends the house that it is measuring, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    houses = [_measure(workers, wanted.users) for workers in wanted.workers if "houses" in parts]
    figures = {
        "machine": _machine(),
        "houses": [asdict(house) for house in houses],
        "judging": [asdict(judging(size)) for size in SIZES if "judging" in parts],
        "recorder": asdict(recording()) if "recorder" in parts else None,
    }
    print(json.dumps(figures))
    return max((house.exit_code for house in houses), default=0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", choices=PARTS, help="measure this part (all)")
    parser.add_argument("--users", type=int, default=400, help="of each house")
    parser.add_argument(
        "--workers",
        type=lambda text: [int(workers) for workers in text.split(",")],
        default="16,4",
        help="one house for each number, separated by commas",
    )
    return parser


def _measure(workers: int, users: int) -> House:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        str(workers),
        "e2e/chat",
        "--users",
        str(users),
    ]
    with Meter() as meter:
        # The figures own stdout.
        done = subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False)
    return House(
        workers=workers,
        users=users,
        wall_s=meter.wall_s,
        cpu_s=meter.cpu_s,
        peak_mb=meter.peak_mb,
        exit_code=done.returncode,
        summary=_summary(),
    )


def _summary() -> object:
    try:
        return json.loads((ROOT / "reports" / "latest" / "summary.json").read_text())
    except FileNotFoundError:
        return None


def _machine() -> dict[str, object]:
    return {
        "cores": psutil.cpu_count(),
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _free_mb() -> int:
    return int(psutil.virtual_memory().available // 2**20)


def _busy_s() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
