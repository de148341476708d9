"""What people read: verdict first, the incident's figures beside ours, files last."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import msgspec
import pytest
from rich.console import Console

from reports.dod import ADVICE, Done
from reports.history import Outcome, StepName
from reports.judging import judge
from reports.spread import Spread
from reports.terminal import print_summary
from reports.verdicts import Validity
from tests.reports.histories import healthy, heard, served, step, told_of_limit, without, write_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reports.history import Op
    from reports.summary import Summary


def shown(
    run_dir: Path, ops: Sequence[Op], *, is_terminal: bool = False, quota: Sequence[str] = ()
) -> str:
    return printed(judged(run_dir, ops, quota=quota), run_dir, is_terminal=is_terminal)


def judged(run_dir: Path, ops: Sequence[Op], *, quota: Sequence[str] = ()) -> Summary:
    write_run(run_dir, {"shard00": ["ada", "ben", "cho"]}, ops, quota=quota)
    return judge(run_dir)


def printed(
    summary: Summary, run_dir: Path, *, is_terminal: bool = False, verbosity: int = 0
) -> str:
    console = Console(file=StringIO(), width=100, force_terminal=is_terminal)
    print_summary(summary, run_dir, console, verbosity=verbosity)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_verdict_comes_first_and_the_files_last(tmp_path: Path) -> None:
    lines = shown(tmp_path, healthy()).splitlines()

    assert lines[0] == "GO  run run-1"
    assert lines[1].startswith(
        "  checks 10/10 · gates 1/1 · nothing was asked of: rendering, recovery"
    )
    assert lines[-2] == str(tmp_path)
    assert lines[-1].split(" · ") == [
        "  index.html",
        "client.html",
        "summary.json",
        "summary.md",
        "junit.xml",
        "users.csv",
        "checks.json",
        "history-*.jsonl",
    ]
    assert all(any(tmp_path.glob(name.strip())) for name in lines[-1].split(" · "))


def test_quiet_there_is_the_verdict_with_its_reasons_and_the_place_of_the_report(
    tmp_path: Path,
) -> None:
    good = printed(judged(tmp_path / "good", healthy()), tmp_path / "good", verbosity=-1)
    lossy = without(healthy(), heard("cho", "ada", 0, "100"))
    bad = printed(judged(tmp_path / "bad", lossy), tmp_path / "bad", verbosity=-1)

    assert good.splitlines() == ["GO  run run-1", str(tmp_path / "good" / "index.html")]
    assert bad.splitlines()[0] == "NO-GO  run run-1"
    assert bad.splitlines()[1].startswith("  stored but not delivered: messages 1, deliveries 1")
    assert bad.splitlines()[-1] == str(tmp_path / "bad" / "index.html")


def test_quiet_without_pages_the_place_is_the_runs_folder(tmp_path: Path) -> None:
    summary = judged(tmp_path, healthy())
    (tmp_path / "index.html").unlink()
    (tmp_path / "client.html").unlink()

    assert printed(summary, tmp_path, verbosity=-1).splitlines()[-1] == str(tmp_path)


def test_verbose_there_is_each_gate_with_its_figures_and_each_check_with_its_cases(
    tmp_path: Path,
) -> None:
    summary = judged(tmp_path, without(healthy(), heard("cho", "ada", 0, "100")))
    order = next(check for check in summary.checks if check.check == "order")
    broken = msgspec.structs.replace(
        order, validity=Validity.INVALID, cases=3, first=["ada at [b]ben[/b]", "cho at ben"]
    )
    [gate] = summary.gates
    rate = msgspec.structs.replace(
        gate, text="a rate", validity=Validity.VALID, interval=(0.51, 1.0), margin=0.25
    )
    unread = msgspec.structs.replace(
        gate, text="no samples", validity=Validity.UNKNOWN, interval=None, margin=None
    )
    summary = msgspec.structs.replace(summary, checks=[broken], gates=[gate, rate, unread])

    lines = printed(summary, tmp_path, verbosity=1).splitlines()

    gates, checks = lines.index("gates"), lines.index("checks")
    assert lines[gates + 1 : checks] == [
        "  invalid  deliveries.lost.count == 0: observed 1 over 18 samples, margin -1",
        "  valid    a rate, interval 0.51 to 1, margin 0.25",
        "  unknown  no samples",
    ]
    assert lines[checks + 1 : checks + 5] == [
        f"  invalid  order: {order.text}",
        "      ada at [b]ben[/b]",
        "      cho at ben",
        "      and 1 more, in checks.json",
    ]
    assert "gates" not in printed(summary, tmp_path).splitlines()


def test_of_promises_alone_no_checks_and_gates_are_counted(tmp_path: Path) -> None:
    summary = msgspec.structs.replace(judged(tmp_path, healthy()), checks=[], gates=[])

    assert "checks 0/0" not in printed(summary, tmp_path)


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


def test_what_the_hot_paths_cost_is_said_for_a_full_house(tmp_path: Path) -> None:
    calls = [served("ada", "/rest/v1/entrances", 200, "1", by) for by in ("track", "ping")]

    text = shown(tmp_path, [*healthy(), *calls])

    assert "queries: 1 a track, 1 a ping; 700 a minute with 1,000 viewers, 7,000" in text


def test_a_broken_promise_is_shown_with_its_evidence_and_what_to_do(tmp_path: Path) -> None:
    summary = judged(tmp_path, healthy())
    chains = [f"chain {number}" for number in range(5)]
    broken = Done(
        dod="DoD-1",
        promise="no 400 on registrations",
        validity=Validity.INVALID,
        failed=["registrations.status_400.count == 0"],
        evidence=chains,
        advice=ADVICE,
    )
    done = [broken, msgspec.structs.replace(broken, dod="DoD-2", evidence=[])]

    lines = printed(msgspec.structs.replace(summary, dod=done), tmp_path).splitlines()

    at = lines.index("  DoD-1 failed: no 400 on registrations")
    assert [line.strip() for line in lines[at : at + 7]] == [
        "DoD-1 failed: no 400 on registrations",
        *chains[:3],
        "and 2 more, in summary.json",
        "DoD-2 failed: no 400 on registrations",
        ADVICE,
    ]
