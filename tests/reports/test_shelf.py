"""A stored run is one line, whose id can be copied, on any terminal and on none."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from reports.runs import StoredRun
from reports.shelf import counted, print_runs, size
from reports.summary import Word

ODD = StoredRun(run_id="holiday", problem="no run: it has no shards, and never had any at all")
USUAL = StoredRun(
    run_id="20261125-185458-b28e",
    started_at="2026-11-25T18:54:58.123Z",
    verdict=Word.INVALID,
    users=10_000,
    size_mb=1234.56,
)


def listed(*runs: StoredRun, width: int, is_terminal: bool) -> list[str]:
    out = StringIO()
    print_runs(runs, Console(file=out, width=width, force_terminal=is_terminal, color_system=None))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_at_80_columns_a_run_is_one_line_and_its_remark_is_cut() -> None:
    lines = listed(USUAL, ODD, width=80, is_terminal=True)

    assert all(len(line) <= 80 for line in lines)
    assert " 2026-11-25 18:54  20261125-185458-b28e  INVALID  10,000  1,234.6" in lines
    [odd] = [line for line in lines if "holiday" in line]
    assert odd.split()[-2:] == ["no", "run:…"] or odd.endswith("…")


@pytest.mark.parametrize("is_terminal", [True, False])
def test_an_id_is_whole_however_long_it_is(is_terminal: bool) -> None:
    run_id = "the-rehearsal-of-" + 90 * "x"

    lines = listed(StoredRun(run_id=run_id), USUAL, width=80, is_terminal=is_terminal)

    assert sum(run_id in line.split() for line in lines) == 1


def test_without_a_terminal_nothing_is_cut_or_broken() -> None:
    lines = listed(USUAL, ODD, width=80, is_terminal=False)

    assert any(line.endswith(ODD.problem) for line in lines)


def test_the_last_line_is_the_total() -> None:
    assert listed(USUAL, ODD, USUAL, width=80, is_terminal=True)[-1] == "  3 runs, 2,469.1 MB"


def test_one_run_is_a_run() -> None:
    assert (counted([USUAL]), size([USUAL])) == ("1 run", "1,234.6 MB")
