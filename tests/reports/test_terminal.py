"""What people read: verdict first, the incident's figures beside ours, files last."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import msgspec
import pytest
from rich.console import Console

from reports.history import Outcome, StepName
from reports.judging import judge
from reports.spread import Spread
from reports.terminal import print_summary
from tests.reports.histories import healthy, heard, step, told_of_limit, without, write_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reports.history import Op
    from reports.summary import Summary


def shown(
    run_dir: Path, ops: Sequence[Op], *, is_terminal: bool = False, quota: Sequence[str] = ()
) -> str:
    write_run(run_dir, {"shard00": ["ada", "ben", "cho"]}, ops, quota=quota)
    return printed(judge(run_dir), run_dir, is_terminal=is_terminal)


def printed(summary: Summary, run_dir: Path, *, is_terminal: bool = False) -> str:
    console = Console(file=StringIO(), width=100, force_terminal=is_terminal)
    print_summary(summary, run_dir, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_verdict_comes_first_and_the_files_last(tmp_path: Path) -> None:
    lines = shown(tmp_path, healthy()).splitlines()

    assert lines[0] == "GO  run run-1"
    assert lines[1].startswith(
        "  checks 9/9 · gates 1/1 · nothing was asked of: rendering, recovery"
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


@pytest.mark.parametrize("quota", [[], ["first to break: joins per s 3 of 1", "it fits at 0.25"]])
def test_what_the_plan_takes_stands_right_below_what_was_foreseen_of_it(
    tmp_path: Path, quota: list[str]
) -> None:
    ops = [*without(healthy(), heard("cho", "ada", 0, "100")), told_of_limit("cho")]

    lines = shown(tmp_path, ops, quota=quota).splitlines()

    loss = lines.index(
        "LOST  not delivered: throttled by the platform: messages 1, deliveries 1, users 1: cho"
    )
    assert [line for line in lines if line.startswith("quota:")] == lines[loss - len(quota) : loss]
    assert lines[loss - len(quota) : loss] == [f"quota: {line}" for line in quota]


def test_the_driver_s_answers_stand_below_the_loop_s_lag_where_it_was_asked(
    tmp_path: Path,
) -> None:
    lines = [line.split() for line in shown(tmp_path, healthy()).splitlines()]
    lag = lines.index(["generator's", "lag,", "ms", "1", "5", "5", "5", "5"])

    assert lines[lag + 1] == ["its", "drivers'", "answers,", "ms", "1", "2", "2", "2", "2"]


def test_of_drivers_that_nobody_asked_there_is_no_line(tmp_path: Path) -> None:
    write_run(tmp_path, {"shard00": ["ada", "ben", "cho"]}, healthy())
    summary = judge(tmp_path)
    older = msgspec.structs.replace(summary.generator, driver_ms=Spread(n=0))

    assert "its drivers'" not in printed(
        msgspec.structs.replace(summary, generator=older), tmp_path
    )


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
