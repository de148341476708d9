"""`make bench`: which parts are measured, what the figures say, and what the exit code means."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from reports.history import Receipt, Via
from reports.shards import ShardWriter
from scenarios.errors import TargetError
from tests.reports import histories
from tools.bench import __main__ as bench
from tools.bench import judging as bench_judging
from tools.bench.host import processor_in
from tools.bench.houses import House
from tools.bench.judging import Size, judging
from tools.bench.kinds import Kind
from tools.bench.profile import Part, Spent
from tools.bench.recorder import recording
from tools.bench.ways import Drive, Way
from tools.synthetic import write_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reports.history import Op

SMALL = Size(users=4, sends_per_user=2, wall_s_max=60)


def house(workers: int, users: int, messages: int) -> House:
    """A house that was measured in no time, and whose workers are its exit code."""
    start = Spent(part=Part.START, wall_s=0.75, cpu_s={Kind.WORKER: 0.5})
    return House(
        workers=workers,
        users=users,
        messages=messages,
        wall_s=1.0,
        cpu_s=1.0,
        cpu_from="a guess",
        cpu_by_kind={Kind.WORKER: 1.0},
        peak_mb=1,
        peak_from="a guess",
        exit_code=workers,
        profile=[start],
        summary=None,
    )


def drive(way: Way, *, users: int, messages: int, together: int) -> Drive:
    """A journey that took no time; the suite needs half of what the others do."""
    return Drive(
        way=way,
        users=users,
        messages=messages,
        done=users,
        exit_code=0,
        wall_s=together,
        cpu_s=1.0 if way is Way.SUITE else 2.0,
        cpu_from="a guess",
        cpu_by_kind={Kind.WORKER: 1 / 3},
        target_cpu_s=1.0,
        peak_mb=1,
        peak_from="a guess",
        online_most=users,
        owed_pairs=users,
        proven_pairs=users,
    )


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Way, int]]:
    """No browsers, small runs, and a loop that ends at once; who was driven, and how many."""
    driven: list[tuple[Way, int]] = []

    def noted(way: Way, *, users: int, messages: int, together: int) -> Drive:
        driven.append((way, users))
        return drive(way, users=users, messages=messages, together=together)

    monkeypatch.setattr(bench, "drive", noted)
    monkeypatch.setattr(bench, "house", house)
    monkeypatch.setattr(bench, "SIZES", (SMALL, SMALL))
    monkeypatch.setattr(bench, "recording", lambda: recording(users=8, workers=4))
    monkeypatch.setattr(bench_judging, "YARDSTICK_LOOPS", 1000)
    return driven


def figures(capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What stdout holds: one line, and nothing but the figures."""
    (line,) = capfd.readouterr().out.splitlines()
    return dict(json.loads(line))


def test_all_but_houses_is_measured_unless_a_part_is_named(
    capfd: pytest.CaptureFixture[str], quick: list[tuple[Way, int]]
) -> None:
    assert bench.main(["--rounds", "2"]) == 0

    measured = figures(capfd)
    assert [list(one) for one in measured["ways"]["rounds"]] == [
        ["suite", "playwright", "locust"],
        ["locust", "playwright", "suite"],
    ]
    assert quick[:3] == [(way, 4) for way in Way]
    assert {users for _, users in quick[3:]} == {40}
    assert [one["receipts"] for one in measured["judging"]] == [32, 32]
    assert measured["recorder"]["users"] == 8
    assert measured["machine"]["cores"] >= 1
    assert measured["machine"]["processor"]
    assert measured["houses"] == []


def test_ratios_are_those_of_the_suite_to_each_other_way(
    capfd: pytest.CaptureFixture[str], quick: list[tuple[Way, int]]
) -> None:
    bench.main(["--users", "6", "--warm-up", "0", "--rounds", "3", "--together", "2"])

    said = capfd.readouterr()
    ways = json.loads(said.out.splitlines()[-1])["ways"]
    assert quick == [*((way, 6) for way in Way), *((way, 6) for way in [*Way][::-1]), *quick[6:]]
    assert ways["rounds"][0]["locust"]["users_per_min"] == 180
    assert ways["rounds"][0]["suite"]["cpu_by_kind"] == {"workers": 0.333}
    assert set(ways["suite_is_times_better"]) == {"playwright", "locust"}
    assert ways["suite_is_times_better"]["locust"]["cpu_ms_per_pair"] == {
        "median": 2,
        "least": 2,
        "most": 2,
        "n": 3,
    }
    assert "6 users, 2 messages each, 3 rounds" in said.err
    assert "CPU by a guess" in said.err


@pytest.mark.usefixtures("quick")
def test_one_way_alone_has_figures_and_no_ratios(capfd: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--only", "suite", "--rounds", "1"]) == 0

    ways = figures(capfd)["ways"]
    assert [list(one) for one in ways["rounds"]] == [["suite"]]
    assert ways["suite_is_times_better"] == {}


@pytest.mark.usefixtures("quick")
def test_a_way_that_left_somebody_behind_is_no_success(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lame(way: Way, **how: int) -> Drive:
        return replace(drive(way, **how), done=how["users"] - (way is Way.LOCUST))

    monkeypatch.setattr(bench, "drive", lame)

    assert bench.main(["--rounds", "1"]) == 1
    assert "locust, 10 s, 2 CPU-s, 39 of 40 done" in capfd.readouterr().err


@pytest.mark.usefixtures("quick")
def test_a_target_that_does_not_start_is_said_in_one_line(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(way: Way, **_: int) -> Drive:
        raise TargetError("the embedded EventLive did not start")

    monkeypatch.setattr(bench, "drive", fail)

    assert bench.main([]) == 4
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.endswith("bench: the embedded EventLive did not start\n")


def test_a_busy_machine_is_told(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    quick: list[tuple[Way, int]],
) -> None:
    monkeypatch.setattr(psutil, "getloadavg", lambda: (3.0, 0.0, 0.0))
    monkeypatch.setattr(psutil, "cpu_count", lambda: 2)

    bench.main(["--only", "suite", "--rounds", "1"])

    said = capfd.readouterr()
    assert "the machine is busy (load 1.5 per core)" in said.err
    assert json.loads(said.out)["machine"]["load_per_core"] == 1.5
    assert len(quick) == 2


@pytest.mark.parametrize(
    ("cpuinfo", "processor"),
    [
        ("processor\t: 0\nmodel name\t: AMD EPYC\nmodel name\t: Other\n", "AMD EPYC"),
        ("processor\t: 0\n", platform.processor() or platform.machine()),
    ],
)
def test_the_processor_is_named(cpuinfo: str, processor: str) -> None:
    assert processor_in(cpuinfo) == processor


@pytest.mark.usefixtures("quick")
def test_houses_are_as_large_as_asked_and_the_worst_decides(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "figures.json"
    asked = ["--only", "houses", "--users", "100", "--workers", "4,11,0", "--json", str(file)]

    assert bench.main(asked) == 11

    said = capfd.readouterr()
    measured = json.loads(said.out)
    assert [(one["workers"], one["users"]) for one in measured["houses"]] == [
        (4, 100),
        (11, 100),
        (0, 100),
    ]
    assert measured["houses"][0]["profile"] == [
        {"part": "start", "wall_s": 0.75, "cpu_s": {"workers": 0.5}}
    ]
    assert (measured["judging"], measured["recorder"]) == ([], None)
    assert json.loads(file.read_text()) == measured
    assert "100 users, -n 11: 1 s, 1 MB, 1 CPU-seconds" in said.err


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("part", "judged", "has_recorder"), [("judging", 2, False), ("recorder", 0, True)]
)
def test_without_a_house_the_exit_code_is_0(
    capfd: pytest.CaptureFixture[str], part: str, judged: int, *, has_recorder: bool
) -> None:
    assert bench.main(["--only", part]) == 0

    measured = figures(capfd)
    assert measured["houses"] == []
    assert measured["ways"]["rounds"] == []
    assert len(measured["judging"]) == judged
    assert (measured["recorder"] is not None) == has_recorder


@pytest.mark.parametrize(
    "words",
    [["--only", "browsers"], ["--workers", "many"], ["--users", "0"], ["--rounds", "-1"]],
)
def test_what_cannot_be_measured_is_refused(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        bench.main(words)

    assert stopped.value.code == 2
    assert words[0] in capsys.readouterr().err


def size_of_small(tmp_path: Path) -> int:
    """The bytes of such a run."""
    write_run(tmp_path / "run", users=SMALL.users, sends_per_user=SMALL.sends_per_user)
    return sum(path.stat().st_size for path in (tmp_path / "run").iterdir())


@pytest.mark.usefixtures("quick")
def test_a_run_is_judged_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()

    judged = judging(SMALL)

    assert (judged.exit_code, judged.receipts) == (0, 32)
    assert judged.history_bytes == size_of_small(tmp_path)
    assert judged.cpu_s > 0
    assert judged.wall_s > 0
    # No bound above: a process inherits the peak of its parent, which is pytest here.
    assert judged.peak_mb > 15
    assert judged.memory_per_byte == pytest.approx(
        judged.peak_mb * 2**20 / judged.history_bytes, rel=0.1
    )
    assert judged.is_on_target
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.usefixtures("quick")
def test_figures_of_a_run_that_is_no_go_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unread(folder: Path, **_: int) -> None:
        histories.write_run(
            folder, {"shard00": histories.USERS}, histories.unread(histories.healthy())
        )

    monkeypatch.setattr(bench_judging, "write_run", unread)

    assert judging(SMALL).exit_code == 11


@pytest.mark.timeout(60)
def test_whoever_ends_the_bench_ends_the_judging(monkeypatch: pytest.MonkeyPatch) -> None:
    judges: list[int] = []

    def endless(folder: Path, **_: int) -> None:
        # Reading the shard would wait for somebody who writes to it.
        os.mkfifo(folder / "history-shard00.jsonl")

    def interrupted(pid: int, _: int) -> None:
        judges.append(pid)
        raise KeyboardInterrupt

    monkeypatch.setattr(bench_judging, "YARDSTICK_LOOPS", 1000)
    monkeypatch.setattr(bench_judging, "write_run", endless)
    monkeypatch.setattr(os, "wait4", interrupted)

    with pytest.raises(KeyboardInterrupt):
        judging(SMALL)
    assert not any(psutil.pid_exists(pid) for pid in judges)
    assert judges


@pytest.mark.parametrize(
    ("wall_s", "peak_mb", "is_allowed"),
    [(3.0, 100, True), (3.1, 1, False), (1.0, 101, False)],
)
def test_a_target_is_a_bound_on_seconds_and_on_memory(
    wall_s: float, peak_mb: int, *, is_allowed: bool
) -> None:
    size = Size(users=1, sends_per_user=1, wall_s_max=3, peak_mb_max=100)

    assert size.allows(wall_s, peak_mb) == is_allowed


def test_without_a_bound_on_memory_any_is_allowed() -> None:
    assert SMALL.allows(1.0, 10**6)


def test_the_targets_are_those_that_are_promised() -> None:
    promised = [(one.receipts, one.wall_s_max, one.peak_mb_max) for one in bench_judging.SIZES]

    assert promised == [(160_000, 3, None), (4_000_000, 60, 2048)]


def clock(*durations_s: float) -> Callable[[], float]:
    """Shows these durations in turn, between every second look and the one before it."""
    looks = [look for one in durations_s for look in (0.0, one)]
    return iter(looks).__next__


def test_the_yardstick_is_the_best_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_judging, "YARDSTICK_LOOPS", 1000)
    monkeypatch.setattr(bench_judging, "process_time", clock(3, 2, 4))

    judged = judging(SMALL)

    assert judged.yardstick_s == 2
    assert judged.cpu_by_yardstick == pytest.approx(judged.cpu_s / 2, abs=0.06)


@pytest.mark.usefixtures("quick")
def test_figures_are_per_receipt_and_the_best_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.bench.recorder.process_time", clock(0.4, 0.32, 0.4, 0.3, 0.2, 0.16))

    figures = recording(users=8, workers=4)

    assert (figures.frame_us, figures.record_us) == (10_000, 5_000)  # of 2 x 16 receipts
    assert figures.worker_cpu == 0.4  # 2 users, 20 messages per second


@pytest.mark.usefixtures("quick")
def test_a_receipt_is_measured_alone_and_on_its_whole_way() -> None:
    figures = recording(users=40, workers=4)

    assert 0 < figures.record_us < figures.frame_us
    assert figures.users_per_worker == 10
    assert (figures.messages_per_s, figures.receipts_per_s) == (20, 200)
    assert figures.worker_cpu == pytest.approx(figures.frame_us * 200 / 1e6, abs=1e-4)
    assert figures.yardstick_s >= 0


@pytest.mark.usefixtures("quick")
def test_both_ways_record_the_same_receipts(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded: list[Op] = []
    monkeypatch.setattr("tools.bench.recorder.TRIES", 1)
    monkeypatch.setattr(ShardWriter, "append", lambda _, op: recorded.append(op))

    recording(users=8, workers=4)

    receipts = [one for one in recorded if isinstance(one, Receipt)]
    whats = [(one.user, one.message_id, one.author, one.digest, one.webinar) for one in receipts]
    assert len(whats) == 2 * 32
    assert whats[:32] == whats[32:]
    assert {one.via for one in receipts} == {Via.FRAME}
