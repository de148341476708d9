"""Which stored runs are kept: the newest so many, and whatever must not be taken away.

Only `remove` changes anything. A folder that is no run, or a run whose date cannot be read, is
never among the surplus: nobody can say that it is older than others.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.runs import is_over, list_runs
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.runs import StoredRun

KEPT_MIN = 1  # the newest run may be the one that somebody is about to read


class BadCountError(ValueError):
    """So many runs cannot be kept; the words say how many can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surplus:
    """A run beyond those that are kept. `spared` says why it stays nevertheless, or is empty."""

    run: StoredRun
    folder: Path
    spared: str = ""


def count_of(text: str) -> int:
    """How many runs are to be kept. Raises BadCountError."""
    try:
        count = int(text)
    except ValueError:
        count = 0
    if count < KEPT_MIN:
        raise BadCountError(
            f"expected --keep to be a whole number from {KEPT_MIN} on, got {one_line(text)!r}"
        )
    return count


def surplus_of(folder: Path, latest: Path, keep: int) -> list[Surplus]:
    """The runs in `folder` beyond the newest `keep`, the oldest first."""
    dated = [
        run
        for run in list_runs(folder)
        # What a link leads to is stored elsewhere.
        if run.started_at and not (folder / run.run_id).is_symlink()
    ]
    return [_surplus(folder / run.run_id, run, latest) for run in reversed(dated[keep:])]


def _surplus(folder: Path, run: StoredRun, latest: Path) -> Surplus:
    return Surplus(run=run, folder=folder, spared=" and ".join(_reasons(folder, latest)))


def _reasons(folder: Path, latest: Path) -> Iterator[str]:
    """Why the run in `folder` must stay."""
    if latest.resolve() == folder.resolve():
        yield "it is the latest"
    if not is_over(folder):
        yield "it may still be written"


def remove(surplus: Surplus) -> None:
    """The run's folder is gone. Raises OSError."""
    shutil.rmtree(surplus.folder)
