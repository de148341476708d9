"""The matrix of defects: its rules, and a few of its rows for real."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import defects
from tools.defects import Row, families, parted, red_of
from tools.rehearsing import Rehearsal

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("expected", "red", "verdict", "problem"),
    [
        ((), (), "GO", ""),
        ((), ("order",), "NO-GO", "also turned red: delivery"),
        ((), (), "INVALID", "expected GO"),
        (("order",), ("order", "deliveries.lost.count"), "NO-GO", ""),
        (("order",), ("no loss",), "NO-GO", "not seen by order"),
        (("order",), ("order", "presence"), "NO-GO", "also turned red: presence"),
        (("order",), ("order",), "INVALID", "expected NO-GO"),
        (("test_a",), ("test_a", "test_b"), "NO-GO", ""),
        (("test_a",), ("test_b",), "NO-GO", "not seen by test_a"),
        (("order",), ("order", "test_a"), "NO-GO", "also turned red: promises"),
    ],
)
def test_a_row_is_right_when_the_named_checks_and_no_other_family_turned_red(
    expected: tuple[str, ...], red: tuple[str, ...], verdict: str, problem: str
) -> None:
    row = Row(name="any", expected=expected, red=red, verdict=verdict, seconds=1)

    assert row.problem == problem


def test_a_check_of_no_known_family_is_one_of_its_own() -> None:
    assert families(["weather.rain.count", "no leak"]) == {"weather", "delivery"}


def test_checks_gates_and_promises_that_do_not_hold_are_red() -> None:
    promise = "security/test_rows.py::test_nobody_reads"
    broken = [f"{promise}[nobody]", f"{promise}[foreigner-a::b]", "roles/test_x.py::test_once"]
    summary = {
        "checks": [
            {"check": "order", "validity": "invalid"},
            {"check": "no loss", "validity": "valid"},
            {"check": "presence", "validity": "unknown"},
        ],
        "gates": [
            {"gate": "messages.lost.count <= 0", "validity": "invalid"},
            {"gate": "messages.accepted.rate >= 1", "validity": "valid"},
        ],
        "promises": {"first": [{"name": name, "detail": ""} for name in broken]},
        "reasons": ["the load generator was saturated: …", "check 'order' failed: …"],
    }

    assert red_of(summary) == (
        "generator",
        "order",
        "messages.lost.count",
        "test_nobody_reads",
        "test_once",
    )


@pytest.mark.parametrize(
    ("run", "folders", "options"),
    [
        ((), ["e2e/chat"], []),
        (("--gates", "release"), ["e2e/chat"], ["--gates", "release"]),
        (("e2e/security",), ["e2e/security"], []),
        (("e2e/a", "--users", "8", "e2e/b"), ["e2e/a", "e2e/b"], ["--users", "8"]),
    ],
)
def test_a_defect_is_rehearsed_in_its_own_folders_or_by_the_crowd(
    run: tuple[str, ...], folders: list[str], options: list[str]
) -> None:
    assert parted(run) == (folders, options)


def test_the_healthy_target_is_rehearsed_wherever_a_defect_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rehearsed: list[tuple[tuple[str, ...], list[str], bool]] = []
    nothing = {"checks": [], "gates": [], "promises": {"first": []}, "reasons": []}

    def rehearse(
        *options: str, folders: list[str], environment: object, is_starved: bool
    ) -> Rehearsal:
        rehearsed.append((options[len(defects.SMALL) :], folders, is_starved))
        return Rehearsal(code=0, summary={"verdict": "GO", **nothing})

    monkeypatch.setattr(defects, "rehearse", rehearse)

    assert defects.main(["reorder", "rls-off", "starve-the-generator"]) == 1
    assert "1 of 4 as expected" in capsys.readouterr().out
    assert rehearsed == [
        ((), ["e2e/chat", "e2e/security"], False),
        (("--defect", "reorder"), ["e2e/chat"], False),
        (("--defect", "rls-off"), ["e2e/security"], False),
        (("--gates", "webinar"), ["e2e/chat"], True),
    ]


@pytest.mark.real
def test_a_broken_promise_is_seen_by_the_test_that_makes_it() -> None:
    done = _matrix("token-in-url")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 of 2 as expected" in done.stdout


@pytest.mark.real
def test_defects_are_seen_by_the_checks_that_are_named_for_them() -> None:
    done = _matrix("reorder", "ack-without-store", "drop-for-one-user", "wrong-count")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 of 5 as expected" in done.stdout


def test_a_name_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    done = _matrix("rain")

    assert done.returncode == 4
    assert "no defect rain; there are starve-the-generator, drop-for-one-user, " in done.stderr


def _matrix(*names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.defects", *names]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
