"""`python -m reports judge`: the exit code is the verdict's, and a bad path is one clear line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reports import __main__ as command
from tests.reports.histories import healthy, heard, unread, without, write_run

if TYPE_CHECKING:
    from pathlib import Path

    from reports.history import Op

SHARDS = {"shard00": ["ada", "ben", "cho"]}


@pytest.mark.parametrize(
    ("ops", "exit_code"),
    [
        (healthy(), 0),
        (without(healthy(), heard("cho", "ada", 0, "100")), 10),
        (unread(healthy()), 11),
    ],
)
def test_the_exit_code_is_the_verdict(tmp_path: Path, ops: list[Op], exit_code: int) -> None:
    write_run(tmp_path, SHARDS, ops)

    assert command.main(["judge", str(tmp_path)]) == exit_code
    assert (tmp_path / "summary.json").exists()


def test_latest_is_the_newest_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(tmp_path / "runs" / "run-1", SHARDS, healthy())
    (tmp_path / "latest").symlink_to(tmp_path / "runs" / "run-1")
    monkeypatch.setattr(command, "LATEST", tmp_path / "latest")

    assert command.main(["judge", "latest"]) == 0
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
