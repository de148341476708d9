"""What people read: verdict first, the incident's figures beside ours, files last."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console

from reports.history import Outcome, StepName
from reports.judging import judge
from reports.terminal import print_summary
from tests.reports.histories import healthy, heard, step, without, write_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from reports.history import Op


def shown(run_dir: Path, ops: Sequence[Op], *, is_terminal: bool = False) -> str:
    write_run(run_dir, {"shard00": ["ada", "ben", "cho"]}, ops)
    console = Console(file=StringIO(), width=100, force_terminal=is_terminal)
    print_summary(judge(run_dir), run_dir, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_verdict_comes_first_and_the_files_last(tmp_path: Path) -> None:
    lines = shown(tmp_path, healthy()).splitlines()

    assert lines[0] == "GO  run run-1"
    assert lines[1].startswith(
        "  checks 9/9 · gates 0/0 · nothing was asked of: rendering, recovery"
    )
    assert lines[-2] == str(tmp_path)
    assert lines[-1].split(" · ") == [
        "  summary.json",
        "summary.md",
        "junit.xml",
        "users.csv",
        "checks.json",
        "history-*.jsonl",
    ]
    assert all(any(tmp_path.glob(name.strip())) for name in lines[-1].split(" · "))


def test_each_figure_stands_beside_the_incidents(tmp_path: Path) -> None:
    cells = [line.split() for line in shown(tmp_path, healthy()).splitlines()]

    assert ["signed", "in", "3/3", "(100", "%)", "400/400"] in cells
    assert ["sent", "everything", "(users)", "3/3", "(100", "%)", "396/400"] in cells
    assert ["received", "everything", "(users)", "3/3", "(100", "%)", "0/400"] in cells
    assert ["p95", "per", "user", "25.10", "s", "18.83", "s"] in cells


def test_a_loss_names_its_stage_and_users(tmp_path: Path) -> None:
    text = shown(tmp_path, without(healthy(), heard("cho", "ada", 0, "100")))

    assert "LOST  stored but not delivered: messages 1, deliveries 1, users 1: cho" in text
    assert "cho  reached: sent  messages owed and not received: 1" in text
    assert "17/18 (94.44 %)" in text


def test_what_a_target_says_is_shown_as_it_is(tmp_path: Path) -> None:
    failure = step(
        "ben", StepName.LEAVE, 63, 64, outcome=Outcome.FAIL, detail="[/bold] \x1b[2J [red]gone"
    )

    text = shown(tmp_path, [*healthy(), failure])

    assert "ben  reached: received  leave: [/bold] [2J [red]gone" in text


def test_there_is_no_colour_without_a_terminal(tmp_path: Path) -> None:
    assert "\x1b[" not in shown(tmp_path, healthy())


def test_no_colour_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")

    assert "\x1b[1;32m" not in shown(tmp_path, healthy(), is_terminal=True)
