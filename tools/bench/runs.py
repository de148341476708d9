"""The suite's own runs while it is measured: what they are told, and that they leave no trace."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from fixtures.settings import from_process, option_of
from tools.rehearsing import CROWD, ROOT, RUNS

if TYPE_CHECKING:
    from collections.abc import Iterator

LATEST = Path("reports", "latest")  # of a checkout
# How the names begin of what a run can be told in the environment (.env.example).
_SETTINGS = ("SOUNDCHECK_", "SUPABASE_", "DATABASE_URL")


def new_run_dir() -> Path:
    """Where a run that is measured is going to be; its name is the run's id."""
    return ROOT / RUNS / f"bench-{token_hex(6)}"


@contextmanager
def passing_run() -> Iterator[Path]:
    """The folder of a run which is gone after the block, `latest` being what it was before."""
    run_dir = new_run_dir()
    latest = ROOT / LATEST
    before = latest.readlink() if latest.is_symlink() else None
    try:
        yield run_dir
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)
        # Somebody else may have rehearsed here meanwhile.
        if latest.is_symlink() and latest.readlink().name == run_dir.name:
            latest.unlink()
            if before:
                latest.symlink_to(before)


def command_of(run_dir: Path, workers: int, *options: str) -> list[str]:
    """A rehearsal of the crowd. To be started away from the checkout, whose `.env` it would heed.

    Only the browser is the developer's own: the machine may have no other. Raises ConfigError
    where a setting of this process's environment cannot be.
    """
    pytest = [sys.executable, "-m", "pytest", "-q", "-n", str(workers), str(ROOT / CROWD)]
    # Not `-c`, by which workers are known (kinds).
    place = ["--config-file", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)]
    browser = from_process({}).browser
    own = [option_of("browser"), str(Path(browser).resolve())] if browser else []
    return [*pytest, *place, *own, *options, "--run-id", run_dir.name]


def bare_environment() -> dict[str, str]:
    """This process's environment without any setting of a run, so that nothing else is measured."""
    return {key: text for key, text in os.environ.items() if not key.startswith(_SETTINGS)}
