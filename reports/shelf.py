"""The stored runs as people read them in a terminal: one line each.

A run's id stands whole in its line, to be copied: where the line is too long for the terminal its
remark is cut, and without a terminal nothing is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.runs import StoredRun

_MINUTES_CHARS = len("2026-02-07T00:00")
_REMARK_MIN = 10
_UNBOUNDED = 100_000


def print_runs(runs: Sequence[StoredRun], console: Console) -> None:
    """A line per run in the order given, and below them how many there are and how large."""
    remarks = [Text(one_line(run.problem)) for run in runs]
    if console.is_terminal:
        room = console.width - _width(_table(runs, [Text() for _ in runs]))
        for remark in remarks:
            remark.truncate(max(room, _REMARK_MIN), overflow="ellipsis")
    table = _table(runs, remarks)
    # Where that is wider than the terminal, the terminal breaks the line: rich would cut the id.
    console.width = max(console.width, _width(table))
    console.print(table)
    console.print(Text(f"  {counted(runs)}, {size(runs)}"))


def counted(runs: Sequence[StoredRun]) -> str:
    """How many runs these are."""
    return f"{len(runs):,} {'run' if len(runs) == 1 else 'runs'}"


def size(runs: Sequence[StoredRun]) -> str:
    """How much they take in all."""
    return f"{sum(run.size_mb for run in runs):,.1f} MB"


def _width(table: Table) -> int:
    """Columns that the table takes where nothing of it is cut or broken."""
    return Console(width=_UNBOUNDED).measure(table).maximum


def _table(runs: Sequence[StoredRun], remarks: Sequence[Text]) -> Table:
    table = Table("started (UTC)", "run", "verdict", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("users", justify="right")
    table.add_column("MB", justify="right")
    table.add_column("remark" if any(remarks) else "")
    for run, remark in zip(runs, remarks, strict=True):
        cells = (
            run.started_at[:_MINUTES_CHARS].replace("T", " ") or "-",
            run.run_id,
            run.verdict or "-",
            "-" if run.users is None else f"{run.users:,}",
            f"{run.size_mb:,.1f}",
        )
        table.add_row(*(Text(one_line(cell)) for cell in cells), remark)
    return table
