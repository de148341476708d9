"""The pull request's sharded crowd, as its workflow has it played and merged."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.rehearsal.conftest import ROOT, clean_environment
from tests.workflows import filled, workflow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.real

RUNS = ROOT / "reports" / "runs"
FLOW = workflow("pull-request")
# A small house, and one test beside it, which one of the runners plays.
SMALLER = {"USERS": "4", "TESTS": "e2e/chat e2e/roles/test_conversation.py"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Plays the steps of jobs in this checkout, in place of GitHub's machines.

    Set-up has been done; artefacts are folders of `artefacts`. `page` is the job's page.
    """

    run: str
    artefacts: Path
    page: Path

    def play(self, job: str, **matrix: object) -> list[int]:
        """The exit code of each command of this job, which go on after a failure."""
        context: dict[str, object] = {"github.run_id": self.run, "github.run_attempt": 1}
        context |= {f"matrix.{name}": value for name, value in matrix.items()}
        told = {**FLOW["env"], **FLOW["jobs"][job].get("env", {})}
        env = {name: filled(value, context) for name, value in told.items()} | SMALLER
        context |= {f"env.{name}": value for name, value in env.items()}
        return [
            code
            for step in FLOW["jobs"][job]["steps"]
            if (code := self._do(step, env, context)) is not None
        ]

    def _do(
        self, step: dict[str, Any], env: dict[str, str], context: dict[str, object]
    ) -> int | None:
        if "run" in step:
            variables = clean_environment() | env | {"GITHUB_STEP_SUMMARY": str(self.page)}
            command = ["bash", "-e", "-c", str(step["run"])]
            return subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode
        given = {name: filled(value, context) for name, value in step.get("with", {}).items()}
        if "upload-artifact" in step["uses"]:
            self._upload(given)
        elif "download-artifact" in step["uses"]:
            self._download(given)
        return None

    def _upload(self, given: dict[str, str]) -> None:
        """What a wildcard finds stands at the top of the artefact."""
        for folder in ROOT.glob(given["path"]):
            shutil.copytree(folder, self.artefacts / given["name"] / folder.name)

    def _download(self, given: dict[str, str]) -> None:
        assert given["merge-multiple"] == "True"
        for artefact in self.artefacts.glob(given["pattern"]):
            shutil.copytree(artefact, ROOT / given["path"], dirs_exist_ok=True)

    def forget(self, *artefacts: str) -> None:
        """These were never there, nor was any merged run."""
        for name in artefacts:
            shutil.rmtree(self.artefacts / name)
        shutil.rmtree(ROOT / "parts")
        for folder in RUNS.glob(f"*{self.run}*-merged"):
            shutil.rmtree(folder)


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    """A runner whose traces in the checkout go at the end."""
    run = f"test-{secrets.token_hex(6)}"
    parts = ROOT / "parts"
    assert not parts.exists()
    yield Runner(run=run, artefacts=tmp_path / "artefacts", page=tmp_path / "page.md")
    shutil.rmtree(parts, ignore_errors=True)
    for folder in RUNS.glob(f"*{run}*"):
        shutil.rmtree(folder)


def test_the_parts_of_a_pull_requests_crowd_are_merged_into_one_report(runner: Runner) -> None:
    matrix = FLOW["jobs"]["parts"]["strategy"]["matrix"]
    played = [runner.play("parts", part=part) for part in matrix["part"]]
    merged = runner.play("merge")

    assert (played, merged) == ([[0], [0]], [0, 0])
    [report] = (runner.artefacts / "report").iterdir()
    summary = json.loads((report / "summary.json").read_text())
    assert (summary["verdict"], len(summary["parts"])) == ("GO", 2)
    assert summary["deliveries"]["received"] == {"n": 16, "of": 16}
    assert summary["promises"]["kept"] == 1
    assert (report / "index.html").exists()
    headlines = [line for line in runner.page.read_text().splitlines() if line.startswith("## ")]
    assert headlines == [
        "## Soundcheck: GO, part 1/2 only",
        "## Soundcheck: GO, part 2/2 only",
        "## Soundcheck: GO, merged of 2 parts",
    ]

    # A runner that was lost leaves no artefact.
    runner.forget("part-1", "report")
    assert runner.play("merge") == [11, 0]
    [report] = (runner.artefacts / "report").iterdir()
    summary = json.loads((report / "summary.json").read_text())
    assert summary["reasons"] == ["parts of the run that are missing: part 1/2"]
