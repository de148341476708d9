"""The newest runs are kept, and nothing goes that somebody may still need or that is no run."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from reports.history import HOUSE
from reports.judging import judge
from reports.retention import BadCountError, count_of, remove, surplus_of
from reports.shards import is_closed, shard_path
from tests.reports.histories import header, healthy, write_run, write_shard

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["run-1", "run-2", "run-3", "run-4"]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Four judged runs, a day apart, the newest last."""
    for number, name in enumerate(NAMES, start=1):
        finished(tmp_path / "runs" / name, f"2026-02-0{number}T00:00:00Z")
    return tmp_path / "runs"


def finished(folder: Path, started_at: str) -> Path:
    head = msgspec.structs.replace(header(run_id=folder.name), started_at=started_at)
    write_shard(folder, head, [])
    write_shard(folder, msgspec.structs.replace(head, shard=HOUSE), [])
    judge(folder)
    return folder


def at_work(folder: Path, started_at: str) -> None:
    """A run whose one worker has not come to its end: no footer, no house, no summary."""
    head = msgspec.structs.replace(header(run_id=folder.name), started_at=started_at)
    shard = write_shard(folder, head, [])
    header_line, _footer = shard.read_bytes().splitlines(keepends=True)
    shard.write_bytes(header_line)


def close_house(folder: Path) -> None:
    write_shard(folder, header(shard=HOUSE, run_id=folder.name), [])


def rest(folder: Path, hours: float) -> None:
    """Nothing has been written into the folder for so long."""
    then_s = (datetime.now(UTC) - timedelta(hours=hours)).timestamp()
    for one in (*folder.rglob("*"), folder):
        os.utime(one, (then_s, then_s))


def named(runs: Path, keep: int, latest: str = "run-4") -> list[tuple[str, str]]:
    surplus = surplus_of(runs, runs / latest, keep)
    return [(one.run.run_id, one.spared) for one in surplus]


def test_what_is_beyond_the_newest_is_surplus_the_oldest_first(runs: Path) -> None:
    assert named(runs, keep=2) == [("run-1", ""), ("run-2", "")]


@pytest.mark.parametrize("keep", [4, 5, 1000])
def test_nothing_is_surplus_where_there_are_no_more_than_are_kept(runs: Path, keep: int) -> None:
    assert named(runs, keep) == []


def test_the_latest_stays_however_old_it_is(runs: Path) -> None:
    (runs.parent / "latest").symlink_to(runs / "run-1")

    assert named(runs, keep=3, latest="../latest") == [("run-1", "it is the latest")]


def test_a_run_at_work_stays(runs: Path) -> None:
    at_work(runs / "run-0", "2026-01-31T00:00:00Z")

    assert named(runs, keep=4) == [("run-0", "it may still be written")]


def test_a_run_that_is_being_judged_for_the_first_time_stays(runs: Path) -> None:
    (runs / "run-1" / "summary.json").unlink()

    assert named(runs, keep=3) == [("run-1", "it may still be written")]


def test_a_run_that_somebody_judged_while_it_went_on_stays(runs: Path) -> None:
    at_work(runs / "run-0", "2026-01-31T00:00:00Z")
    judge(runs / "run-0")
    assert named(runs, keep=4) == [("run-0", "it may still be written")]

    # Its house is closed now, and the summary is of a time before that.
    close_house(runs / "run-0")
    os.utime(runs / "run-0" / "summary.json", (1, 1))

    assert named(runs, keep=4) == [("run-0", "it may still be written")]


def test_a_run_that_was_killed_goes_once_nobody_can_write_it_any_more(runs: Path) -> None:
    at_work(runs / "run-0", "2026-01-31T00:00:00Z")
    rest(runs / "run-0", hours=23)
    assert named(runs, keep=4) == [("run-0", "it may still be written")]

    rest(runs / "run-0", hours=25)
    assert named(runs, keep=4) == [("run-0", "")]

    # A worker writes on in its shard, and the folder itself does not change.
    shard_path(runs / "run-0", "shard00").touch()
    assert named(runs, keep=4) == [("run-0", "it may still be written")]


def test_a_run_of_which_a_worker_died_is_over_once_it_was_judged(runs: Path) -> None:
    at_work(runs / "run-0", "2026-01-31T00:00:00Z")
    close_house(runs / "run-0")
    judge(runs / "run-0")

    assert not is_closed(shard_path(runs / "run-0", "shard00"))
    assert ("run-0", "") in named(runs, keep=1)


def test_what_is_no_run_or_has_no_date_is_no_surplus(runs: Path, tmp_path: Path) -> None:
    (runs / "holiday").mkdir()
    (runs / "a-file").write_text("no folder")
    (runs / "damaged").mkdir()
    (runs / "damaged" / "history-shard00.jsonl").write_text("{")
    elsewhere = finished(tmp_path / "elsewhere", "2026-01-01T00:00:00Z")
    (runs / "linked").symlink_to(elsewhere)

    assert [name for name, _ in named(runs, keep=1)] == ["run-1", "run-2", "run-3"]


def test_what_is_removed_is_gone_and_all_else_is_as_it_was(runs: Path) -> None:
    before = {one: one.stat().st_mtime_ns for one in runs.rglob("*")}

    for one in surplus_of(runs, runs / "run-4", 3):
        remove(one)

    gone = {one for one in before if "run-1" in one.parts}
    assert {one: one.stat().st_mtime_ns for one in runs.rglob("*")} == {
        one: at for one, at in before.items() if one not in gone
    }


def test_no_folder_has_no_surplus(tmp_path: Path) -> None:
    assert surplus_of(tmp_path / "nowhere", tmp_path / "latest", 1) == []


@pytest.mark.parametrize("text", ["-1", "0", "", "x", "1.5", "1e3", "\x1b[2J", "9" * 5_000])
def test_a_count_that_is_none_is_refused_with_what_it_may_be(text: str) -> None:
    with pytest.raises(BadCountError, match="expected --keep to be a whole number from 1 on, got"):
        count_of(text)


@pytest.mark.parametrize(("text", "count"), [("1", 1), ("20", 20), ("9999999999", 9_999_999_999)])
def test_a_count_is_a_whole_number(text: str, count: int) -> None:
    assert count_of(text) == count


@pytest.mark.parametrize(
    "content", ["", "\n", "{}", "\x00\xff", "[" * 100_000, '{"op":"footer","ops":1}']
)
def test_a_shard_without_a_whole_footer_is_not_closed(tmp_path: Path, content: str) -> None:
    path = tmp_path / "history-house.jsonl"
    path.write_text(content)

    assert not is_closed(path)


@pytest.mark.parametrize("more", ["{}\n", "{"])
def test_a_shard_is_closed_by_its_footer_and_by_nothing_else(tmp_path: Path, more: str) -> None:
    write_run(tmp_path, {"shard00": ["ada", "ben", "cho"]}, healthy())
    path = shard_path(tmp_path, "shard00")
    assert is_closed(path)

    with path.open("a") as file:
        file.write(more)

    assert not is_closed(path)
