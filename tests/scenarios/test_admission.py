"""A bucket of sign-ins: nobody is let in whom Auth would send away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.admission import Admission


def test_an_idle_bucket_is_full_and_no_fuller() -> None:
    asked_s = [0.0, 0.0, 100.0, 100.0, 100.0, 100.0]

    admitted_s = list(Admission(at_once=2, per_s=0.5).times_s(asked_s))

    assert admitted_s == [0, 0, 100, 100, 102, 104]


def test_without_a_limit_everybody_gets_in_at_once() -> None:
    assert list(Admission().times_s([0.0, 0.0, 3.0])) == [0, 0, 3]


@given(
    asked_s=st.lists(st.floats(0, 1000)).map(sorted),
    at_once=st.integers(1, 40),
    per_s=st.floats(0.1, 10),
)
def test_the_bucket_holds_for_all_who_come_and_lets_nobody_wait_longer_than_it_must(
    asked_s: list[float], at_once: int, per_s: float
) -> None:
    admitted_s = list(Admission(at_once=at_once, per_s=per_s).times_s(asked_s))

    left, at_s = float(at_once), 0.0
    for asked, admitted in zip(asked_s, admitted_s, strict=True):
        assert admitted >= max(asked, at_s)
        left = min(at_once, left + (admitted - at_s) * per_s) - 1
        at_s = admitted
        assert left >= -1e-6
        # Who waited took the first there was.
        assert admitted == pytest.approx(asked) or left == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("people", "full_s"), [(0, 0), (1, 2), (3, 2 + 4), (50, 96 + 4)])
def test_a_bucket_is_full_again_some_time_after_the_last_was_let_in(
    people: int, full_s: float
) -> None:
    admission = Admission(at_once=2, per_s=0.5)

    assert admission.full_s(list(admission.times_s([0.0] * people))) == full_s
    assert Admission().full_s([0.0] * people) == 0
