"""The matrix of defects: its rules, and a few of its rows for real."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools.defects import Row, families

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
    ],
)
def test_a_row_is_right_when_the_named_checks_and_no_other_family_turned_red(
    expected: tuple[str, ...], red: tuple[str, ...], verdict: str, problem: str
) -> None:
    row = Row(name="any", expected=expected, red=red, verdict=verdict, seconds=1)

    assert row.problem == problem


def test_a_check_of_no_known_family_is_one_of_its_own() -> None:
    assert families(["weather.rain.count", "no leak"]) == {"weather", "delivery"}


@pytest.mark.real
def test_defects_are_seen_by_the_checks_that_are_named_for_them() -> None:
    done = _matrix("reorder", "ack-without-store", "drop-for-one-user", "wrong-count")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 of 5 as expected" in done.stdout


def test_a_name_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    done = _matrix("rain")

    assert done.returncode == 4
    assert "no defect rain; there are drop-for-one-user, " in done.stderr


def _matrix(*names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.defects", *names]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
