"""The figures of seats without a browser, which are in no other figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reports.checks import judge_checks
from reports.figures import Share
from reports.findings import findings_of
from reports.summary import Summary, Word, summarise
from tests.reports.histories import (
    at_ease,
    fill_receipts,
    fill_seat,
    filled,
    healthy,
    history_of,
    history_with_fill,
    ns,
    without,
)

if TYPE_CHECKING:
    from reports.history import Op

SEATS = ["f00001", "f00002"]


def summary_of(ops: list[Op]) -> Summary:
    findings = findings_of(history_with_fill(SEATS, ops))
    return summarise(findings, judge_checks(findings), [])


def test_a_run_without_such_seats_has_no_figures_of_them() -> None:
    assert summarise(findings_of(history_of(healthy())), {}, []).fill is None


def test_held_seats_are_counted_and_so_is_what_came_to_them() -> None:
    summary = summary_of(filled(SEATS))

    assert summary.verdict is Word.GO
    fill = summary.fill
    assert fill is not None
    assert (fill.joined, fill.held, fill.disconnects) == (Share(2, 2), Share(2, 2), 0)
    assert fill.deliveries == Share(12, 12)
    # Requested 0.01 s after the click, arrived 0.1 s after it.
    assert (fill.latency_ms.n, fill.latency_ms.p95) == (12, 90)


def test_a_seat_that_came_back_was_not_held_throughout() -> None:
    back = replace(
        fill_seat("f00002"),
        joined_at_ns=[ns(5), ns(25)],
        ended_at_ns=[ns(15), ns(70)],
        missing=["100", "101", "102"],
    )

    fill = summary_of([*without(filled(SEATS), fill_seat("f00002")), back]).fill

    assert fill is not None
    assert (fill.joined, fill.held, fill.disconnects) == (Share(2, 2), Share(1, 2), 1)
    assert fill.deliveries == Share(9, 9)


def test_how_long_it_took_is_told_of_each_seat() -> None:
    spread = replace(fill_receipts("ada", 0, "100", seats=2), after_ms=[(0, 1), (40, 1)])
    ops = [*without(filled(SEATS), fill_receipts("ada", 0, "100", seats=2)), spread]

    fill = summary_of(ops).fill

    assert fill is not None
    assert (fill.latency_ms.p50, fill.latency_ms.max) == (90, 130)


def test_its_lateness_is_its_own_and_none_of_the_browsers_generator() -> None:
    late = replace(at_ease("fill00"), lag_ms=3000.0)

    summary = summary_of([*without(filled(SEATS), at_ease("fill00")), late])

    assert summary.fill is not None
    assert summary.fill.lag_ms.max == 3000
    assert summary.generator.lag_ms.max == pytest.approx(5)
    assert list(summary.generator.workers) == ["shard00"]
    assert summary.verdict is Word.GO
