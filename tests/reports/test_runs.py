"""Stored runs are listed at a glance, whatever has become of their folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from reports.judging import judge
from reports.runs import StoredRun, is_run, list_runs
from reports.summary import Word
from tests.reports.histories import header, healthy, write_run, write_shard

if TYPE_CHECKING:
    from pathlib import Path


def started(folder: Path, started_at: str, *, run_id: str | None = None) -> Path:
    """A run that only has the header and footer of its one shard."""
    head = header(run_id=run_id or folder.name)
    write_shard(folder, msgspec.structs.replace(head, started_at=started_at), [])
    return folder


def the_one_run(folder: Path) -> StoredRun:
    (run,) = list_runs(folder)
    return run


def test_a_judged_run_has_its_verdict_users_and_size(tmp_path: Path) -> None:
    folder = tmp_path / "run-1"
    write_run(folder, {"shard00": ["ada", "ben", "cho"]}, healthy())
    judge(folder)

    run = the_one_run(tmp_path)

    size_mb = sum(path.stat().st_size for path in folder.iterdir()) / 1_000_000
    assert run == StoredRun(
        run_id="run-1",
        started_at="2026-02-07T00:00:00Z",
        verdict=Word.GO,
        users=3,
        size_mb=size_mb,
    )


def test_a_run_that_was_not_judged_has_what_its_shards_say(tmp_path: Path) -> None:
    started(tmp_path / "run-1", "2026-02-07T10:00:00Z")

    run = the_one_run(tmp_path)

    assert (run.started_at, run.verdict, run.users) == ("2026-02-07T10:00:00Z", None, 3)
    assert run.problem == "not judged"


def test_the_newest_run_comes_first_and_what_has_no_date_last(tmp_path: Path) -> None:
    for name, at in [("b", "2026-02-07T10"), ("a", "2026-02-08T10"), ("c", "2026-02-06T10")]:
        started(tmp_path / name, at)
    (tmp_path / "z-foreign").mkdir()
    (tmp_path / "file").write_text("no folder")

    assert [run.run_id for run in list_runs(tmp_path)] == ["a", "b", "c", "z-foreign"]


def test_a_foreign_folder_is_listed_as_no_run(tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "summary.json").write_text("{}")

    assert the_one_run(tmp_path).problem == "no run: it has no shards"


@pytest.mark.parametrize(
    "text", ["", "{", "{}", '{"verdict":"GO"}', "[" * 100_000, "\x00\xff", '{"run_id":1}']
)
def test_a_damaged_summary_is_named(tmp_path: Path, text: str) -> None:
    folder = started(tmp_path / "run-1", "2026-02-07T10:00:00Z")
    (folder / "summary.json").write_text(text)

    run = the_one_run(tmp_path)

    assert (run.verdict, run.users) == (None, 3)
    assert run.problem == "damaged: summary.json cannot be read"


@pytest.mark.parametrize("text", ["", "\n", "{}", '{"op":"step"}\n', "\x00\xff", "[" * 100_000])
def test_a_run_without_a_readable_header_is_damaged(tmp_path: Path, text: str) -> None:
    (tmp_path / "run-1").mkdir()
    (tmp_path / "run-1" / "history-shard00.jsonl").write_text(text)

    run = the_one_run(tmp_path)

    assert (run.started_at, run.users) == ("", None)
    assert run.problem == "damaged: no shard has a header that can be read"


def test_a_summary_of_another_run_is_named(tmp_path: Path) -> None:
    judge(started(tmp_path / "run-1", "2026-02-07T10:00:00Z", run_id="run-2"))

    assert the_one_run(tmp_path).problem == "its summary is of the run 'run-2'"


def test_a_folder_that_cannot_be_read_is_listed_with_the_reason(tmp_path: Path) -> None:
    folder = started(tmp_path / "run-1", "2026-02-07T10:00:00Z")
    (folder / "summary.json").mkdir()

    assert the_one_run(tmp_path).problem == "cannot be read: Is a directory"


def test_no_folder_has_no_runs(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "nowhere") == []


def test_a_run_is_a_folder_with_a_shard(tmp_path: Path) -> None:
    assert is_run(started(tmp_path / "run-1", "2026-02-07T10:00:00Z"))
    assert not is_run(tmp_path)
    assert not is_run(tmp_path / "nowhere")
