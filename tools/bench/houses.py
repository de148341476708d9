"""A whole rehearsal with everything on this machine: what it takes, and where that goes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tools.bench.metering import take
from tools.bench.profile import profile_of
from tools.bench.runs import bare_environment, command_of, new_run_dir

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tools.bench.kinds import Kind
    from tools.bench.profile import Spent

TIMEOUT_S = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One measured run. `summary` is what the run wrote into summary.json, None where it did not.

    `profile` is where its time and CPU went; empty where the crowd did not get to the end.
    """

    workers: int
    users: int
    messages: int
    wall_s: float
    cpu_s: float
    cpu_from: str
    cpu_by_kind: Mapping[Kind, float]
    peak_mb: int
    peak_from: str
    exit_code: int
    profile: Sequence[Spent]
    summary: object


def house(workers: int, users: int, messages: int) -> House:
    """A rehearsal of the crowd on the embedded EventLive, target and database included.

    Raises ConfigError where a setting is wrong.
    """
    run_dir = new_run_dir()
    options = ["--users", str(users), "--messages", str(messages)]
    command = command_of(run_dir, workers, *options)
    with TemporaryDirectory(prefix="soundcheck-bench-") as name:
        taken = take(command, cwd=Path(name), environment=bare_environment(), timeout_s=TIMEOUT_S)
    summary = _summary(run_dir)
    return House(
        workers=workers,
        users=users,
        messages=messages,
        wall_s=taken.wall_s,
        cpu_s=taken.cpu_s,
        cpu_from=taken.cpu_from,
        cpu_by_kind=taken.cpu_by_kind,
        peak_mb=taken.peak_mb,
        peak_from=taken.peak_from,
        exit_code=taken.exit_code,
        profile=profile_of(run_dir, taken.began_ns, taken.ended_ns, taken.looks) if summary else [],
        summary=summary,
    )


def _summary(run_dir: Path) -> object:
    try:
        return json.loads((run_dir / "summary.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
