"""Beside the figures: what cannot be told is no claim, and what is measured is none either."""

from __future__ import annotations

from reports.checks import CHECKERS
from reports.claims import MEASURED, Claim, ClaimKind, claims_of, no_longer
from reports.history import Outcome, Promise
from reports.verdicts import invalid, unknown, valid

ORDER = Claim(ClaimKind.CHECK, "order")
TEST = Claim(ClaimKind.PROMISE, "test_a")


def test_checks_and_promises_hold_or_do_not() -> None:
    checks = [
        invalid("order", "1 overtook", []),
        valid("presence", "all"),
        unknown("sessions", "?"),
    ]
    promises = [
        Promise(name="test_b", outcome=Outcome.UNKNOWN, is_quarantined=True),
        Promise(name="test_a", outcome=Outcome.OK),
    ]

    assert claims_of(checks, promises) == {
        ORDER: False,
        Claim(ClaimKind.CHECK, "presence"): True,
        TEST: True,
    }


def test_what_is_measured_is_left_to_its_figure() -> None:
    assert CHECKERS.keys() >= MEASURED
    assert claims_of([invalid(check, "one pair", []) for check in MEASURED], []) == {}


def test_only_what_held_before_holds_no_longer() -> None:
    assert no_longer({ORDER: True}, {ORDER: False, TEST: False}) == [ORDER]
    assert no_longer({ORDER: False, TEST: True}, {ORDER: False, TEST: True}) == []
    assert no_longer({TEST: True}, {}) == []
