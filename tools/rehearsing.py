"""One rehearsal in a process of its own, for tools that look at what came of it."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
RUNS = Path("reports", "runs")  # of a checkout
CROWD = "e2e/chat"
FED_S, STARVED_S = 0.5, 3.0
GO, TEST_FAILED, NO_GO, INVALID = 0, 1, 10, 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """How a rehearsal ended: its exit code, and its summary.json as it was read."""

    code: int
    summary: dict[str, Any]


def rehearse(
    *options: str,
    folders: Sequence[str] = (CROWD,),
    environment: Mapping[str, str] | None = None,
    is_starved: bool = False,
    checkout: Path = ROOT,
) -> Rehearsal:
    """Rehearse what is in `folders` of `checkout`; `environment` is added to this process's own.

    `is_starved`: it has the processor for half a second in every three and a half. Raises
    SystemExit with all that pytest said where no rehearsal took place.
    """
    # Not the latest: somebody else may rehearse in this checkout at the same time.
    run_id = f"tried-{secrets.token_hex(6)}"
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", *folders, *options, "--run-id", run_id],
        cwd=checkout,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with _starving(process) if is_starved else nullcontext():
        said, _ = process.communicate()
    if process.returncode not in (GO, TEST_FAILED, NO_GO, INVALID):
        raise SystemExit(f"{' '.join(options)}: the rehearsal did not start:\n{said}")
    summary = json.loads((checkout / RUNS / run_id / "summary.json").read_text(encoding="utf-8"))
    return Rehearsal(code=process.returncode, summary=summary)


@contextmanager
def _starving(process: subprocess.Popen[str]) -> Iterator[None]:
    """The process stands still most of the time, as on a machine that has no time for it."""
    is_over = threading.Event()

    def starve() -> None:
        while not is_over.wait(FED_S):
            process.send_signal(signal.SIGSTOP)
            is_over.wait(STARVED_S)
            process.send_signal(signal.SIGCONT)

    thread = threading.Thread(target=starve)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
