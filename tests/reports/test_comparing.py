"""Two runs differ only where noise does not explain it, and the same way from both sides."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.comparing import METHOD, Comparison, Difference, Trend, compare, rank_z
from reports.findings import Findings
from reports.history import Exchange, Op, Receipt, Step, StepName
from reports.ledger import build_ledger
from reports.users import user_rows
from tests.reports.histories import healthy, history_of, ns, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

fewer = settings(max_examples=50)
CROWD = [f"user{number:02}" for number in range(20)]
SWAPPED = {
    Trend.WORSENED: Trend.IMPROVED,
    Trend.IMPROVED: Trend.WORSENED,
    Trend.WITHIN_NOISE: Trend.WITHIN_NOISE,
    Trend.NOT_COMPARABLE: Trend.NOT_COMPARABLE,
}


def findings_of(ops: Iterable[Op], users: Sequence[str] = CROWD) -> Findings:
    history = history_of(ops, users)
    ledger = build_ledger(history)
    return Findings(history=history, ledger=ledger, rows=user_rows(history, ledger))


def answered(*statuses: int) -> list[Op]:
    return [
        Exchange(
            user=CROWD[0],
            method="GET",
            route="/rest/v1/registrations",
            status=status,
            started_at_ns=ns(1),
            duration_ms=10,
        )
        for status in statuses
    ]


def tokens(*durations_ms: float) -> list[Op]:
    """Answers to requests for a token, one per user."""
    return [
        Exchange(
            user=f"user{number:02}",
            method="POST",
            route="/auth/v1/token?grant_type=password",
            status=200,
            started_at_ns=ns(1),
            duration_ms=duration_ms,
        )
        for number, duration_ms in enumerate(durations_ms)
    ]


def a_run(seed: int, *, slower: float = 1, lost: int = 0) -> Findings:
    """A crowd whose every latency and step is drawn anew, `slower` times as long."""
    random = Random(seed)
    ops: list[Op] = []
    for op in healthy(CROWD):
        if isinstance(op, Receipt):
            late_ns = round(random.lognormvariate(19, 0.6) * slower)
            ops.append(msgspec.structs.replace(op, at_ns=op.at_ns + late_ns))
        elif isinstance(op, Step) and op.step is StepName.SIGN_IN:
            taken_ns = round(random.lognormvariate(21.8, 0.3) * slower)
            ops.append(msgspec.structs.replace(op, ended_at_ns=op.started_at_ns + taken_ns))
        else:
            ops.append(op)
    receipts = [op for op in ops if isinstance(op, Receipt)]
    exchanges = tokens(*(random.lognormvariate(4.5, 0.5) * slower for _ in CROWD))
    return findings_of([*without(ops, *random.sample(receipts, lost)), *exchanges])


def trends(comparison: Comparison) -> dict[str, Trend]:
    return {one.figure: one.trend for one in comparison.differences}


def difference(figure: str, a: Iterable[Op], b: Iterable[Op]) -> Difference:
    (one,) = [
        one for one in compare(findings_of(a), findings_of(b)).differences if one.figure == figure
    ]
    return one


HUNDREDS = [100.0 + step for step in range(20)]
RECEIPTS = [op for op in healthy(CROWD) if isinstance(op, Receipt)]


@pytest.mark.parametrize(
    ("figure", "a", "b", "trend"),
    [
        (
            "deliveries.received.rate",
            healthy(CROWD),
            without(healthy(CROWD), *RECEIPTS[:20]),
            Trend.WORSENED,
        ),
        (
            "deliveries.received.rate",
            healthy(CROWD),
            without(healthy(CROWD), *RECEIPTS[:2]),
            Trend.WITHIN_NOISE,
        ),
        ("deliveries.received.rate", healthy(CROWD), [], Trend.NOT_COMPARABLE),
        (
            "registrations.status_400.count",
            answered(*[200] * 30),
            answered(*[400] * 30),
            Trend.WORSENED,
        ),
        (
            "registrations.status_400.count",
            answered(*[200] * 30),
            answered(*[400] * 12, *[200] * 18),
            Trend.WITHIN_NOISE,
        ),
        (
            "registrations.status_400.count",
            answered(*[400] * 40),
            answered(*[400] * 100),
            Trend.WORSENED,
        ),
        ("registrations.status_400.count", [], answered(400), Trend.NOT_COMPARABLE),
        (
            "auth.token.latency_ms.p95",
            tokens(*HUNDREDS),
            tokens(*(2 * ms for ms in HUNDREDS)),
            Trend.WORSENED,
        ),
        (  # beyond the floors; so few samples prove nothing
            "auth.token.latency_ms.p95",
            tokens(*HUNDREDS[:4]),
            tokens(*(2 * ms for ms in HUNDREDS[:4])),
            Trend.WITHIN_NOISE,
        ),
        (  # beyond doubt, and more than 25 %, but less than 50 ms
            "auth.token.latency_ms.p95",
            tokens(*HUNDREDS),
            tokens(*(ms + 40 for ms in HUNDREDS)),
            Trend.WITHIN_NOISE,
        ),
        (  # beyond doubt, and more than 50 ms, but less than 25 %
            "auth.token.latency_ms.p50",
            tokens(*(ms + 1000 for ms in HUNDREDS)),
            tokens(*(ms + 1060 for ms in HUNDREDS)),
            Trend.WITHIN_NOISE,
        ),
        (  # nearly all are quicker: a slow tail is no proof that B is slower
            "auth.token.latency_ms.p95",
            tokens(*HUNDREDS),
            tokens(*(ms - 50 for ms in HUNDREDS[:18]), 900, 900),
            Trend.WITHIN_NOISE,
        ),
        (
            "auth.token.latency_ms.p50",
            tokens(*HUNDREDS),
            tokens(*(float("nan") for _ in HUNDREDS)),
            Trend.NOT_COMPARABLE,
        ),
    ],
)
def test_a_figure_of_two_runs(figure: str, a: list[Op], b: list[Op], trend: Trend) -> None:
    assert difference(figure, a, b).trend is trend
    assert difference(figure, b, a).trend is SWAPPED[trend]


def test_a_difference_shows_both_figures_and_the_noise() -> None:
    one = difference(
        "auth.token.latency_ms.p50", tokens(*HUNDREDS), tokens(*(4 * ms for ms in HUNDREDS[:19]))
    )

    assert (one.a, one.b, one.difference, one.noise_floor) == (109, 436, 327, 50)
    assert (one.a_samples, one.b_samples, one.unit) == (20, 19, "ms")


@pytest.mark.parametrize(("a", "b"), [([], answered(400)), (answered(400), [])])
def test_what_one_run_lacks_is_shown_as_nothing(a: list[Op], b: list[Op]) -> None:
    one = difference("registrations.status_400.count", a, b)

    assert {one.a, one.b} == {None, 1}
    assert {one.a_samples, one.b_samples} == {0, 1}
    assert (one.difference, one.noise_floor) == (None, None)


def test_the_noise_floor_is_what_a_difference_must_exceed() -> None:
    for lost in (1, 5, 6, 7, 8, 9, 20):
        one = difference(
            "deliveries.received.rate", healthy(CROWD), without(healthy(CROWD), *RECEIPTS[:lost])
        )
        assert one.difference is not None
        assert one.noise_floor is not None
        assert (one.trend is Trend.WORSENED) == (-one.difference > one.noise_floor)


def test_what_neither_run_has_is_left_out() -> None:
    figures = trends(compare(findings_of(healthy(CROWD)), findings_of(healthy(CROWD))))

    assert "auth.token.latency_ms.p50" not in figures
    assert "delivery.latency_ms.poll.p95" not in figures
    assert {"users.sent.rate", "deliveries.lost.count", "journey.seconds.p95"} < set(figures)


def test_the_comparison_states_its_method() -> None:
    encoded = msgspec.json.encode(compare(findings_of([]), findings_of([])))

    assert msgspec.json.decode(encoded, type=Comparison).method == METHOD


def test_two_runs_of_the_same_kind_are_not_called_different_in_ten_of_ten_tries() -> None:
    for seed in range(10):
        comparison = compare(a_run(2 * seed), a_run(2 * seed + 1))

        assert set(trends(comparison).values()) == {Trend.WITHIN_NOISE}
        assert not comparison.regressed


def test_a_slower_run_is_a_regression() -> None:
    comparison = compare(a_run(1), a_run(2, slower=3))

    assert comparison.regressed
    found = trends(comparison)
    assert found["delivery.latency_ms.p50"] is Trend.WORSENED
    assert found["step.sign_in.seconds.p95"] is Trend.WORSENED
    assert found["users.received.rate"] is Trend.WITHIN_NOISE
    assert not compare(a_run(2, slower=3), a_run(1)).regressed


some_runs = st.builds(
    a_run, st.integers(0, 99), slower=st.sampled_from([1, 1.2, 1.5, 4]), lost=st.integers(0, 60)
)


@settings(fewer, max_examples=10)
@given(run=some_runs)
def test_a_run_is_like_itself(run: Findings) -> None:
    comparison = compare(run, run)

    assert set(trends(comparison).values()) == {Trend.WITHIN_NOISE}
    assert {one.difference for one in comparison.differences} == {0}


@settings(fewer, max_examples=10)
@given(a=some_runs, b=some_runs)
def test_worse_one_way_is_better_the_other_way(a: Findings, b: Findings) -> None:
    forth, back = trends(compare(a, b)), trends(compare(b, a))

    assert back == {figure: SWAPPED[trend] for figure, trend in forth.items()}


@pytest.mark.parametrize(
    ("a", "b", "z"),
    [
        ([1, 2, 3], [4, 5, 6], 1.9640),
        ([4, 5, 6], [1, 2, 3], -1.9640),
        ([1, 2, 2, 3], [2, 3, 3, 4], 1.5174),
        ([7, 7], [7, 7, 7], 0),
    ],
)
def test_the_rank_test(a: list[float], b: list[float], z: float) -> None:
    assert rank_z(a, b) == pytest.approx(z, abs=5e-5)


few = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=30)


@fewer
@given(a=few, b=few)
def test_the_rank_test_counts_every_pair(a: list[float], b: list[float]) -> None:
    wins = sum((y > x) - (y < x) for x in a for y in b)
    z = rank_z(a, b)

    assert (z > 0) - (z < 0) == (wins > 0) - (wins < 0)
    assert rank_z(b, a) == -z
