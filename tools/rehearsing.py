"""One rehearsal in a process of its own, for tools that look at what came of it."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
RUNS = ROOT / "reports" / "runs"
GO, TEST_FAILED, NO_GO, INVALID = 0, 1, 10, 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """How a rehearsal ended: its exit code, and its summary.json as it was read."""

    code: int
    summary: dict[str, Any]


def rehearse(*options: str, environment: Mapping[str, str] | None = None) -> Rehearsal:
    """Rehearse with these options; `environment` is added to this process's own.

    Raises SystemExit with all that pytest said where no rehearsal took place.
    """
    # Not the latest: somebody else may rehearse in this checkout at the same time.
    run_id = f"tried-{secrets.token_hex(6)}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "e2e/", *options, "--run-id", run_id],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (GO, TEST_FAILED, NO_GO, INVALID):
        said = f"{done.stdout}{done.stderr}"
        raise SystemExit(f"{' '.join(options)}: the rehearsal did not start:\n{said}")
    summary = json.loads((RUNS / run_id / "summary.json").read_text(encoding="utf-8"))
    return Rehearsal(code=done.returncode, summary=summary)
