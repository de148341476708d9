"""Two runs side by side: which metrics worsened or improved by more than noise explains.

Both runs are judged by the same rules, so B is worse than A exactly where A is better than B.
Reads `metrics`; whether a regression stops a release is the caller's business.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from reports.gates import AGGREGATIONS
from reports.metrics import (
    METRICS,
    Count,
    Direction,
    Interval,
    Kind,
    Rate,
    Samples,
    Unit,
    Unread,
    Value,
    measure,
    wilson,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.findings import Findings
    from reports.metrics import Metric, Reading

METHOD = (
    "rates: the Wilson 95 % intervals do not overlap; "
    "counts: the Poisson 99 % intervals (Byar's approximation) do not overlap; "
    "p50 and p95 of samples: they differ by more than 25 % of the smaller one, "
    "and by more than 50 ms, 0.5 s, 0.5 per user or 0.5 per call, "
    "and a two-sided Mann-Whitney U test of all samples (normal approximation, corrected for ties) "
    "says so in the same direction with |z| > 3; "
    "what is one value per run: it differs by more than 25 % and by more than 0.1 per entry"
)
COMPARED = ("p50", "p95")
RELATIVE_FLOOR = 0.25
ABSOLUTE_FLOORS = {
    Unit.MS: 50.0,
    Unit.S: 0.5,
    Unit.PER_USER: 0.5,
    Unit.PER_CALL: 0.5,
    Unit.PER_ENTRY: 0.1,
}
Z_MIN = 3.0
# What METHOD says in figures, for those who say it in other words.
METHOD_FIGURES = {
    "percent": f"{RELATIVE_FLOOR:.0%}".rstrip("%"),
    "ms": f"{ABSOLUTE_FLOORS[Unit.MS]:g}",
    "s": f"{ABSOLUTE_FLOORS[Unit.S]:g}",
    "user": f"{ABSOLUTE_FLOORS[Unit.PER_USER]:g}",
    "entry": f"{ABSOLUTE_FLOORS[Unit.PER_ENTRY]:g}",
    "z": f"{Z_MIN:g}",
}
_Z_99 = 2.5758293035489004


class Trend(StrEnum):
    """What became of a figure from run A to run B."""

    WORSENED = "worsened"
    IMPROVED = "improved"
    WITHIN_NOISE = "within noise"
    NOT_COMPARABLE = "not comparable"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of two runs, in its metric's unit.

    `a` or `b` is None where that run has no samples, and then so are `difference` (B - A) and
    `noise_floor`: the difference that must be exceeded before `trend` can be worse or better.
    """

    figure: str
    unit: Unit
    a: float | None
    b: float | None
    a_samples: int
    b_samples: int
    difference: float | None
    noise_floor: float | None
    trend: Trend

    @property
    def metric(self) -> str:
        """The name of its metric; what follows in `figure` is the aggregation."""
        return self.figure.rpartition(".")[0]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Every figure that at least one of two runs has, in the order of `METRICS`."""

    method: str = METHOD
    differences: list[Difference]

    @property
    def regressed(self) -> bool:
        """Something worsened."""
        return any(one.trend is Trend.WORSENED for one in self.differences)


def compare(a: Findings, b: Findings) -> Comparison:
    """What became of A's figures in B.

    A rate differs where the Wilson 95 % intervals do not overlap, a count where the Poisson 99 %
    intervals do not; counts stand as they are, so compare runs of one size. The p50 and p95 of
    samples differ where three things agree: more than 25 % of the smaller value, more than 50 ms
    (0.5 s, 0.5 per user or call), and a Mann-Whitney U test of all samples with |z| > 3 in the same
    direction. Of very many samples the test alone would call any two runs different, of very few
    the floors would; one value per run has no samples, so there the floors decide. A tail that
    grows while all else stays is not seen: that is a gate's work.
    """
    return Comparison(
        differences=[
            one
            for metric in METRICS.values()
            if metric.is_compared
            for one in _differences(metric, _evidence(metric, a), _evidence(metric, b))
        ]
    )


def _evidence(metric: Metric, findings: Findings) -> Reading | None:
    """The metric's reading, where there is something in it."""
    reading = measure(metric, findings)
    return None if isinstance(reading, Unread) or not reading.cases else reading


class _Figure(NamedTuple):
    """One run's value, and how many cases are behind it."""

    value: float | None
    samples: int


def _differences(metric: Metric, a: Reading | None, b: Reading | None) -> Iterator[Difference]:
    match a, b:
        case Rate(), Rate():
            yield _by_intervals(metric, a, b, wilson(a.n, a.of), wilson(b.n, b.of))
        case Count(), Count():
            yield _by_intervals(metric, a, b, _poisson(a.n), _poisson(b.n))
        case Samples(), Samples():
            yield from _by_ranks(metric, a, b)
        case Value(), Value():
            yield _by_floor(metric, a, b)
        case None, None:
            return
        case _:
            yield from _one_sided(metric, a, b)


def _by_intervals(
    metric: Metric, a: Rate | Count, b: Rate | Count, around_a: Interval, around_b: Interval
) -> Difference:
    """Different where the intervals do not overlap: beyond both arms between the two figures."""
    (value_a,), (value_b,) = a.values, b.values
    if value_b >= value_a:
        is_different = around_b.low > around_a.high
        floor = (around_a.high - value_a) + (value_b - around_b.low)
    else:
        is_different = around_a.low > around_b.high
        floor = (value_a - around_a.low) + (around_b.high - value_b)
    trend = _moved(metric, value_b - value_a) if is_different else Trend.WITHIN_NOISE
    figures = _Figure(value_a, a.cases), _Figure(value_b, b.cases)
    return _difference(metric, metric.kind, *figures, floor=floor, trend=trend)


def _by_floor(metric: Metric, a: Value, b: Value) -> Difference:
    """Different where the change is beyond both floors: one number says nothing of its noise."""
    floor, change = _floor(metric, a.value, b.value), b.value - a.value
    trend = _moved(metric, change) if abs(change) > floor else Trend.WITHIN_NOISE
    figures = _Figure(a.value, a.cases), _Figure(b.value, b.cases)
    return _difference(metric, metric.kind, *figures, floor=floor, trend=trend)


def _floor(metric: Metric, a: float, b: float) -> float:
    return max(RELATIVE_FLOOR * min(abs(a), abs(b)), ABSOLUTE_FLOORS[metric.unit])


def _by_ranks(metric: Metric, a: Samples, b: Samples) -> Iterator[Difference]:
    z = rank_z(a.values, b.values)
    for aggregation in COMPARED:
        aggregate = AGGREGATIONS[metric.kind][aggregation]
        value_a, value_b = aggregate(a.values), aggregate(b.values)
        floor = _floor(metric, value_a, value_b)
        change = value_b - value_a
        is_different = abs(change) > floor and abs(z) > Z_MIN and (z > 0) == (change > 0)
        trend = _moved(metric, change) if is_different else Trend.WITHIN_NOISE
        figures = _Figure(value_a, a.cases), _Figure(value_b, b.cases)
        yield _difference(metric, aggregation, *figures, floor=floor, trend=trend)


def _one_sided(metric: Metric, a: Reading | None, b: Reading | None) -> Iterator[Difference]:
    """One run has figures and the other has nothing to set beside them."""
    for aggregation in COMPARED if metric.kind is Kind.SAMPLES else (metric.kind,):
        aggregate = AGGREGATIONS[metric.kind][aggregation]
        figures = (
            _Figure(aggregate(one.values), one.cases) if one else _Figure(None, 0) for one in (a, b)
        )
        yield _difference(metric, aggregation, *figures, floor=None, trend=Trend.NOT_COMPARABLE)


def _moved(metric: Metric, change: float) -> Trend:
    is_better = (change > 0) == (metric.better is Direction.HIGHER)
    return Trend.IMPROVED if is_better else Trend.WORSENED


def _difference(
    metric: Metric, aggregation: str, a: _Figure, b: _Figure, *, floor: float | None, trend: Trend
) -> Difference:
    return Difference(
        figure=f"{metric.name}.{aggregation}",
        unit=metric.unit,
        a=a.value,
        b=b.value,
        a_samples=a.samples,
        b_samples=b.samples,
        difference=None if a.value is None or b.value is None else b.value - a.value,
        noise_floor=floor,
        trend=trend,
    )


def rank_z(a: Sequence[float], b: Sequence[float]) -> float:
    """The z of a Mann-Whitney U test (1947), corrected for ties; positive where B's are larger.

    0 where all samples are the same. Swapping the runs changes nothing but the sign.
    """
    of_a, of_b = Counter(a), Counter(b)
    smaller = ties = 0
    u = 0.0
    for value in sorted(of_a.keys() | of_b.keys()):
        here = of_a[value] + of_b[value]
        u += of_b[value] * (smaller + of_a[value] / 2)
        smaller += of_a[value]
        ties += here**3 - here
    pairs, total = len(a) * len(b), len(a) + len(b)
    variance = pairs / 12 * (total + 1 - ties / (total * (total - 1)))
    return (u - pairs / 2) / sqrt(variance) if variance > 0 else 0.0


def _poisson(n: int) -> Interval:
    """Where the mean of a Poisson count of `n` lies, at 99 %: Byar's approximation (1979)."""
    return Interval(_byar(n, -_Z_99) if n else 0.0, _byar(n + 1, _Z_99))


def _byar(n: int, z: float) -> float:
    return float(n * (1 - 1 / (9 * n) + z / (3 * sqrt(n))) ** 3)
