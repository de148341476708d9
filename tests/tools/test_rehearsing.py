"""A rehearsal in a process of its own: what is started, and what is read afterwards."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tools import rehearsing
from tools.rehearsing import ROOT, Rehearsal, rehearse

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What was started; the rehearsal ends with the code that is put in here."""
    seen: dict[str, Any] = {"code": 0, "runs": []}

    class Started:
        """A rehearsal that ended at once."""

        def __init__(self, command: list[str], **options: Any) -> None:
            *asked, _, run_id = command
            seen.update(options, asked=asked)
            seen["runs"].append(run_id)
            self.returncode = seen["code"]
            (tmp_path / run_id).mkdir()
            (tmp_path / run_id / "summary.json").write_text(f'{{"run_id": "{run_id}"}}')

        def communicate(self) -> tuple[str, None]:
            return "no such house\nsorry\n", None

    monkeypatch.setattr(rehearsing, "RUNS", tmp_path)
    monkeypatch.setattr(subprocess, "Popen", Started)
    monkeypatch.setenv("SOUNDCHECK_SEED", "7")
    return seen


@pytest.mark.parametrize("code", [0, 1, 10, 11])
def test_a_rehearsal_is_its_exit_code_and_its_summary(started: dict[str, Any], code: int) -> None:
    started["code"] = code

    done = rehearse("--users", "3", folders=["e2e/a"], environment={"SOUNDCHECK_SETTLE_S": "8"})

    assert done == Rehearsal(code=code, summary={"run_id": started["runs"][0]})
    assert started["asked"] == [sys.executable, "-m", "pytest", "-q", "e2e/a", "--users", "3"]
    assert started["cwd"] == ROOT
    assert started["env"]["SOUNDCHECK_SEED"] == "7"
    assert started["env"]["SOUNDCHECK_SETTLE_S"] == "8"


def test_each_rehearsal_reads_what_came_of_itself(started: dict[str, Any]) -> None:
    one, other = rehearse(), rehearse()

    assert started["asked"] == [sys.executable, "-m", "pytest", "-q", "e2e/chat"]
    assert [one.summary["run_id"], other.summary["run_id"]] == started["runs"]
    assert one.summary != other.summary


@pytest.mark.parametrize("code", [2, 3, 4, 5, -9])
def test_without_a_rehearsal_what_pytest_said_is_the_last_word(
    started: dict[str, Any], code: int
) -> None:
    started["code"] = code

    with pytest.raises(SystemExit, match=r"--users 0: the rehearsal did not start:\nno.*\nsorry"):
        rehearse("--users", "0")
