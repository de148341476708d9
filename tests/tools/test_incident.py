"""`make incident`: when the incident counts as shown, and its repair as proven."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reports.judging import judge
from tests.reports.histories import healthy, write_run
from tools import incident
from tools.incident import complaints
from tools.rehearsing import Rehearsal

if TYPE_CHECKING:
    from pathlib import Path

CHAIN = "GET registrations 400 -> POST registrations 409"
SHOWN = [f"{CHAIN} -> POST registrations 200, 8 times, 8 users, from 1.2 s on"]
BROKEN: dict[str, Any] = {
    "reasons": [
        "DoD-1 failed: registrations.status_400.count == 0: observed 16 over 120 samples",
        "DoD-2 failed: registrations.status_409.count == 0: observed 16 over 120 samples",
    ],
    "dod": [
        {
            "dod": dod,
            "promise": "any",
            "validity": "invalid",
            "failed": [],
            "evidence": evidence,
            "advice": "",
        }
        for dod, evidence in (("DoD-1", SHOWN), ("DoD-4", []))
    ],
}
HEALTHY: dict[str, Any] = {"reasons": [], "dod": [{"dod": "DoD-1", "evidence": []}]}


def run(code: int, summary: dict[str, Any]) -> Rehearsal:
    return Rehearsal(code=code, summary=summary)


def test_a_no_go_with_its_chain_and_then_a_go_are_as_it_should_be() -> None:
    assert complaints(run(10, BROKEN), run(0, HEALTHY)) == []


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        (
            run(0, BROKEN),
            run(0, HEALTHY),
            "before the fix: expected exit code 10 (NO-GO), got 0",
        ),
        (
            run(11, BROKEN),
            run(0, HEALTHY),
            "before the fix: expected exit code 10 (NO-GO), got 11",
        ),
        (
            run(10, BROKEN | {"reasons": BROKEN["reasons"][1:]}),
            run(0, HEALTHY),
            "before the fix: expected a reason that begins with 'DoD-1 failed', found none",
        ),
        (
            run(10, BROKEN | {"reasons": ["gate failed: DoD-2 failed", BROKEN["reasons"][0]]}),
            run(0, HEALTHY),
            "before the fix: expected a reason that begins with 'DoD-2 failed', found none",
        ),
        (
            run(10, BROKEN | {"dod": [{"dod": "DoD-1", "evidence": ["GET registrations 400"]}]}),
            run(0, HEALTHY),
            f"before the fix: expected the chain {CHAIN} as evidence, found none",
        ),
        (
            run(10, BROKEN),
            run(10, HEALTHY),
            "after the fix: expected exit code 0 (GO), got 10",
        ),
        (run(10, BROKEN), run(1, HEALTHY), "after the fix: expected exit code 0 (GO), got 1"),
    ],
)
def test_whatever_is_otherwise_is_said(before: Rehearsal, after: Rehearsal, complaint: str) -> None:
    assert complaints(before, after) == [complaint]


def test_a_healthy_run_in_the_place_of_the_broken_one_lacks_everything() -> None:
    assert len(complaints(run(0, HEALTHY), run(0, HEALTHY))) == 4


@pytest.fixture
def summary(tmp_path: Path) -> dict[str, Any]:
    """The summary.json of a healthy run."""
    write_run(tmp_path, {"shard00": ["ada", "ben", "cho"]}, healthy())
    judge(tmp_path)
    told: dict[str, Any] = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    return told


def test_both_runs_get_the_options_and_show_their_summaries(
    summary: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def rehearse(*options: str) -> Rehearsal:
        asked.append(" ".join(options))
        is_broken = "--defect" in options
        return run(10, summary | BROKEN) if is_broken else run(0, summary)

    monkeypatch.setattr(incident, "rehearse", rehearse)
    code = incident.main(["--users", "40"])

    small = "-n 0 --users 8 --messages 1 --gates release --users 40"
    assert (code, asked) == (0, [f"{small} --defect continue-after-400", small])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("before the fix: ")
    assert lines[1] == "GO  run run-1"
    [again] = [place for place, line in enumerate(lines) if line.startswith("after the fix: ")]
    assert lines[again + 1] == "GO  run run-1"
    assert lines[-1] == "before the fix NO-GO, after the fix GO, as it should be"


def test_what_is_wrong_is_said_last_and_by_the_exit_code(
    summary: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(incident, "rehearse", lambda *_, **__: run(10, summary | BROKEN))

    assert incident.main([]) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "after the fix: expected exit code 0 (GO), got 10"
