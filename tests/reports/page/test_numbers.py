"""Figures and times as people write them."""

from __future__ import annotations

import pytest

from reports.figures import Share
from reports.metrics import Unit
from reports.page.numbers import NONE, brief, count, figure, moment, moment_utc, percent
from reports.page.texts import texts_of


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.9999, Unit.RATIO, "99.99 %"),
        (399_999 / 400_000, Unit.RATIO, "99.99 %"),
        (1.0, Unit.RATIO, "100 %"),
        (0.29, Unit.RATIO, "29 %"),
        (-0.125, Unit.RATIO, "-12.5 %"),
        (1861.4, Unit.MS, "1,861 ms"),
        (2.41, Unit.S, "2.41 s"),
        (320_000, Unit.COUNT, "320,000"),
        (2.5, Unit.PER_ENTRY, "2.5"),
        (None, Unit.MS, NONE),
    ],
)
def test_a_figure_is_written_in_its_unit(value: float | None, unit: Unit, text: str) -> None:
    assert figure(value, unit) == text


def test_only_all_of_it_is_a_hundred_percent() -> None:
    assert percent(Share(399_999, 400_000)) == "99.99 %"
    assert percent(Share(400, 400)) == "100 %"
    assert percent(Share(0, 0)) == NONE


def test_what_nobody_knows_is_a_dash_and_no_zero() -> None:
    assert [count(None), brief(None), percent(None)] == [NONE] * 3


@pytest.mark.parametrize(
    ("language", "text"),
    [("ko", "2026년 2월 7일 08:30 KST"), ("en", "7 February 2026, 08:30 KST")],
)
def test_times_are_those_of_seoul_with_utc_beside_them(language: str, text: str) -> None:
    started_at = "2026-02-06T23:30:00Z"

    assert moment(started_at, texts_of(language)) == text
    assert moment_utc(started_at) == "2026-02-06 23:30:00 UTC"


def test_what_is_no_time_is_not_shown_as_one() -> None:
    assert moment("yesterday", texts_of("en")) == NONE
    assert moment_utc("") == NONE
