"""`python -m reports`: exit codes are verdicts, and what does not exist is one clear sentence."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reports import __main__ as command
from reports import commands
from reports.history import Outcome, Part, Promise, Send, StepName
from reports.judging import judge
from tests.reports.histories import (
    healthy,
    heard,
    refused,
    step,
    unasked,
    unread,
    without,
    write_run,
)

if TYPE_CHECKING:
    from reports.history import Op

CHECKOUT = Path(__file__).resolve().parents[2]
USERS = tuple(f"u{number:02}" for number in range(20))
SHARDS = {"shard00": ["ada", "ben", "cho"]}


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of stored runs, with the healthy `run-1` in it, which is the latest."""
    folder = tmp_path / "runs"
    write_run(folder / "run-1", SHARDS, healthy())
    (tmp_path / "latest").symlink_to(folder / "run-1")
    monkeypatch.setattr(commands, "RUNS", folder)
    monkeypatch.setattr(commands, "LATEST", tmp_path / "latest")
    monkeypatch.setenv("COLUMNS", "140")
    return folder


def refusing_everybody() -> list[Op]:
    """A run of `USERS` in which the server refused every message after the greeting."""
    kept = [op for op in healthy(USERS) if not (isinstance(op, Send) and op.number == 1)]
    return [*kept, *(refused(user, 1, 429, "slow_down") for user in USERS)]


@pytest.mark.parametrize(
    ("ops", "exit_code"),
    [
        (healthy(), 0),
        (without(healthy(), heard("cho", "ada", 0, "100")), 10),
        (unread(healthy()), 11),
    ],
)
def test_the_exit_code_of_judge_is_the_verdict(
    tmp_path: Path, ops: list[Op], exit_code: int
) -> None:
    write_run(tmp_path, SHARDS, ops)

    assert command.main(["judge", str(tmp_path)]) == exit_code
    assert (tmp_path / "summary.json").exists()


@pytest.mark.parametrize("name", ["latest", "run-1", "{runs}/run-1"])
def test_a_run_is_named_by_its_folder_its_id_or_as_the_latest(
    runs: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert command.main(["judge", name.format(runs=runs)]) == 0
    assert "GO  run run-1" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_a_path_without_a_run_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert command.main(["judge", str(tmp_path / name)]) == 4

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "expected a run's folder" in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["judge", "no\nwhere"], "no where: expected a run's folder"),
        (["show", "nowhere", "--user", "ada"], "stored runs are run-1\n"),
        (["explain", "nowhere", "100"], "stored runs are run-1\n"),
        (["compare", "run-1", "nowhere"], "nowhere: expected a run's folder"),
        (["show", "run-1", "--user", "[b]eve"], "no user '[b]eve'; there are ada, ben, cho\n"),
        (["explain", "run-1", ":smile:"], "no message ':smile:'; there are ada#0, ada#1"),
    ],
)
def test_what_does_not_exist_is_one_sentence_and_exit_4(
    runs: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert command.main(words) == 4

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert sentence in said.err


def test_a_shard_that_cannot_be_read_is_one_sentence_and_exit_4(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (runs / "run-2" / "history-shard00.jsonl").mkdir(parents=True)

    assert command.main(["show", "run-2", "--user", "ada"]) == 4
    assert capsys.readouterr().err.startswith("Is a directory (")


def test_list_has_every_run_with_its_verdict_and_every_oddity(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judge(runs / "run-1")
    (runs / "[red]\x1b[2J").mkdir()

    assert command.main(["list"]) == 0

    size_mb = sum(path.stat().st_size for path in (runs / "run-1").iterdir()) / 1_000_000
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["2026-02-07", "00:00", "run-1", "GO", "3", f"{size_mb:,.1f}"] in rows
    assert ["-", "[red]", "[2J", "-", "-", "0.0", "no", "run:", "it", "has", "no", "shards"] in rows


def test_prune_says_what_it_removed_and_what_that_freed(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("run-0", "run-2"):
        write_run(runs / name, SHARDS, healthy())
    for folder in runs.iterdir():
        judge(folder)

    assert command.main(["prune", "--keep", "1", "--dry-run"]) == 0
    trial = capsys.readouterr().out.splitlines()
    assert sorted(one.name for one in runs.iterdir()) == ["run-0", "run-1", "run-2"]
    assert command.main(["prune", "--keep", "1"]) == 0
    done = capsys.readouterr().out.splitlines()

    assert sorted(one.name for one in runs.iterdir()) == ["run-1", "run-2"]
    assert trial == [
        "run-0  1.4 MB  would remove",
        "run-1  1.4 MB  kept: it is the latest",
        "would remove 1 run, 1.4 MB",
    ]
    assert done == [line.replace("would remove", "removed") for line in trial]


@pytest.mark.parametrize("keep", ["-1", "0", "all"])
def test_prune_refuses_nonsense_in_one_sentence(
    runs: Path, capsys: pytest.CaptureFixture[str], keep: str
) -> None:
    assert command.main(["prune", "--keep", keep]) == 4

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"expected --keep to be a whole number from 1 on, got {keep!r}\n"


def test_list_without_runs_says_so(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "RUNS", runs / "nowhere")

    assert command.main(["list"]) == 0
    assert capsys.readouterr().out == f"no run is stored in {runs / 'nowhere'}\n"


def test_show_tells_one_users_time(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["show", "latest", "--user", "ben"]) == 0
    assert capsys.readouterr().out.startswith("ben  reached: received\n")


def test_what_a_target_said_is_no_markup_in_a_story(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = step("ben", StepName.LEAVE, 63, 64, outcome=Outcome.FAIL, detail="[/b] :smile: [red]")
    write_run(runs / "run-2", SHARDS, [*healthy(), failure])

    assert command.main(["show", "run-2", "--user", "ben"]) == 0
    assert "leave: [/b] :smile: [red]\n" in capsys.readouterr().out


def test_explain_tells_one_messages_way(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(runs / "run-2", {"shard00": USERS}, healthy(USERS))

    assert command.main(["explain", "run-2", "u00#0"]) == 0
    short = capsys.readouterr().out.splitlines()
    assert command.main(["explain", "run-2", "u00#0", "--all"]) == 0
    whole = capsys.readouterr().out.splitlines()

    assert short[0] == whole[0] == "u00#0 (message 100): stored"
    assert "  ... 10 more, --all shows them" in short
    assert len(whole) == len(short) + 9


def test_compare_of_a_run_with_itself_is_no_regression(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["compare", "run-1", "latest"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "no regression"
    assert lines[-3].startswith("method: ")


def test_compare_names_what_worsened_and_exits_10(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(runs / "run-2", {"shard00": USERS}, healthy(USERS))
    write_run(runs / "run-3", {"shard00": USERS}, refusing_everybody())

    assert command.main(["compare", "run-2", "run-3"]) == 10
    worse = capsys.readouterr().out
    assert command.main(["compare", "run-3", "run-2"]) == 0
    better = capsys.readouterr().out

    assert worse.startswith(
        "regressed\nB run-3 against A run-2\n  Some people cannot send what they write.\n"
        "  no longer holds: check witnesses agree\nworsened"
    )
    assert better.startswith("no regression\nB run-2 against A run-3\nimproved")
    assert "B - A" in worse


def test_compare_names_a_promise_that_holds_no_longer(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, outcome in (("run-2", Outcome.OK), ("run-3", Outcome.FAIL)):
        promise = Promise(name="test_[b]a", outcome=outcome)
        write_run(runs / name, SHARDS, [*healthy(), promise])

    assert command.main(["compare", "run-2", "run-3"]) == 10
    assert "\n  no longer holds: promise test_[b]a\n" in capsys.readouterr().out


def test_figures_that_only_one_run_has_are_named(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(runs / "run-2", SHARDS, unasked(healthy()))

    command.main(["compare", "run-1", "run-2"])

    assert "\nnot comparable" in capsys.readouterr().out


def test_runs_without_a_common_figure_are_no_pass(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (runs / "run-2").mkdir()
    (runs / "run-2" / "history-shard00.jsonl").write_text("{")

    assert command.main(["compare", "run-1", "run-2"]) == 11
    assert capsys.readouterr().out.startswith("nothing can be compared\n")


def test_a_run_whose_evidence_has_gaps_is_compared_and_proves_nothing(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(runs / "run-2", SHARDS, unread(healthy()))

    assert command.main(["compare", "run-1", "run-2"]) == 11

    said = capsys.readouterr().out.splitlines()
    assert said[:2] == [
        "nothing can be compared",
        "  B run-2: the messages table was never read: nobody knows what was stored",
    ]
    assert said[-4].startswith("within noise: ")


def pages(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.html"))


def test_the_page_of_a_comparison_is_beside_the_run_that_started_last_and_it_says_where(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(runs / "run-2", SHARDS, healthy())

    assert command.main(["compare", "run-1", "run-2"]) == 0

    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"page: {runs / 'run-2' / 'comparison.html'}",
        f"page: {runs / 'run-2' / 'comparison.en.html'}",
    ]
    assert pages(runs / "run-2") == ["comparison.en.html", "comparison.html"]
    assert pages(runs / "run-1") == []


@pytest.mark.parametrize("place", ["seen/here.html", "seen/here", "seen"])
def test_the_page_is_where_it_was_wished_in_the_languages_asked_for(
    runs: Path, tmp_path: Path, place: str
) -> None:
    (tmp_path / "seen").mkdir()
    name = "here.html" if "here" in place else "comparison.html"
    (tmp_path / "seen" / name.replace(".html", ".en.html")).write_text("of an earlier time")

    wished = ["--page", str(tmp_path / place), "--report-lang", "en"]
    assert command.main(["compare", "run-1", "run-1", *wished]) == 0

    assert pages(tmp_path / "seen") == [name]
    assert '<html lang="en">' in (tmp_path / "seen" / name).read_text(encoding="utf-8")
    assert pages(runs / "run-1") == []


def test_a_page_that_cannot_be_written_is_one_sentence_and_exit_4(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "nowhere" / "here.html"

    assert command.main(["compare", "run-1", "run-1", "--page", str(place)]) == 4
    assert capsys.readouterr().err == f"No such file or directory ({place})\n"


def test_where_no_script_is_built_a_comparison_has_no_page_and_says_so(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "read_bundle", lambda: None)

    assert command.main(["compare", "run-1", "run-1"]) == 0

    assert "no page was written" in capsys.readouterr().out
    assert pages(runs / "run-1") == []


def test_more_than_two_runs_are_each_set_against_the_baseline(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, ops in (("run-2", healthy(USERS)), ("run-3", refusing_everybody())):
        write_run(runs / name, {"shard00": USERS}, ops)

    assert command.main(["compare", "run-1", "run-2", "run-3"]) == 10
    by_order = capsys.readouterr().out
    assert command.main(["compare", "run-1", "run-2", "run-3", "--baseline", "run-3"]) == 0
    by_name = capsys.readouterr().out

    against = [line for line in by_order.splitlines() if " against " in line]
    assert against == [
        "B run-2 against A run-1: no regression",
        "C run-3 against A run-1: regressed",
    ]
    assert "  set up differently: users\n" in by_order
    assert "B run-1 against A run-3: no regression\n" in by_name
    assert "C run-2 against A run-3: no regression\n" in by_name


@pytest.mark.parametrize("words", [["run-1"], ["run-1", "latest", "--baseline", "run-1"]])
def test_one_run_alone_is_not_compared(
    runs: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert command.main(["compare", *words]) == 4
    assert capsys.readouterr().err.startswith("run-1: expected a second run to set beside it")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(21, "Is a directory", "a\nb"), "Is a directory (a b)\n"),
        (OSError(5, "Input/output error"), "Input/output error\n"),
        (OSError("the disk took only part of it"), "the disk took only part of it\n"),
    ],
)
def test_what_the_system_refuses_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: OSError,
    sentence: str,
) -> None:
    def refuse(_run: str, _languages: tuple[str, ...]) -> int:
        raise error

    monkeypatch.setattr(command, "judge_run", refuse)

    assert command.main(["judge", "latest"]) == 4
    assert capsys.readouterr().err == sentence


def started(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "reports", *words],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_closed_pipe_ends_in_silence(tmp_path: Path) -> None:
    write_run(tmp_path, SHARDS, healthy())
    process = started("show", str(tmp_path), "--user", "ada")
    assert process.stdout is not None
    process.stdout.close()

    _, said = process.communicate(timeout=60)

    assert (process.returncode, said) == (-signal.SIGPIPE, b"")


@pytest.mark.timeout(60)
def test_an_interrupt_ends_in_silence(tmp_path: Path) -> None:
    # Reading the shard blocks until the other end of the pipe is opened: that is the moment.
    os.mkfifo(tmp_path / "history-shard00.jsonl")
    process = started("judge", str(tmp_path))

    with (tmp_path / "history-shard00.jsonl").open("wb"):
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)

    assert (process.returncode, said) == (-signal.SIGINT, b"")


def write_parts(runs: Path) -> None:
    """The runs `one` and `two`, which are the two parts of one run."""
    for number, (name, users) in enumerate({"one": ("ada", "cho"), "two": ("ben",)}.items(), 1):
        part = Part(number=number, of=2, users=3, seed=1)
        write_run(runs / name, {"shard00": users}, healthy(users), part=part)


def test_parts_are_merged_judged_and_the_latest_run(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_parts(runs)

    assert command.main(["merge", "two", str(runs / "one"), "--run-id", "both"]) == 0

    assert "GO  run both, merged of 2 parts" in capsys.readouterr().out
    assert {"summary.json", "index.html"} <= {one.name for one in (runs / "both").iterdir()}
    assert command.main(["judge", "latest"]) == 0
    assert "GO  run both" in capsys.readouterr().out
    assert command.main(["explain", "both", "cho#0"]) == 0
    assert "part-01/101" in capsys.readouterr().out
    assert command.main(["list"]) == 0
    assert re.search(r"both +GO +3 ", capsys.readouterr().out)


def test_a_part_that_is_missing_makes_the_merged_run_invalid(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_parts(runs)

    assert command.main(["merge", "two"]) == 11

    out = capsys.readouterr().out
    assert "INVALID  run run-1-merged" in out
    assert "parts of the run that are missing: part 1/2" in out


def test_what_cannot_be_merged_is_one_sentence(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_parts(runs)

    assert command.main(["merge", "one", "run-1"]) == 4

    assert capsys.readouterr().err == (f"{runs / 'run-1'} is no part: its run had no --shard k/N\n")
