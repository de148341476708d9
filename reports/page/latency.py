"""How long deliveries took, by their way: the distribution, and the percentiles people ask for."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

import msgspec

from reports.history import Via
from reports.metrics import METRICS, Samples, measure
from reports.spread import percentile

if TYPE_CHECKING:
    from reports.findings import Findings


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """Deliveries that came by `via`, in ms. `points` are the latencies of 0, 1, … 100 % of them."""

    via: Via
    n: int
    mean: float
    p50: float
    p95: float
    p99: float
    max: float
    points: list[float]


def paths_of(findings: Findings) -> list[Path]:
    """Each way by which anything came; the figures are those of the metric that gates bound."""
    found = ((via, measure(METRICS[f"delivery.latency_ms.{via}"], findings)) for via in Via)
    return [
        _path(via, sorted(reading.values))
        for via, reading in found
        if isinstance(reading, Samples) and reading.values
    ]


def _path(via: Via, ordered: list[float]) -> Path:
    points = [ordered[0], *(percentile(ordered, percent) for percent in range(1, 101))]
    return Path(
        via=via,
        n=len(ordered),
        mean=round(fsum(ordered) / len(ordered), 3),
        p50=round(points[50], 3),
        p95=round(points[95], 3),
        p99=round(points[99], 3),
        max=round(points[100], 3),
        points=[round(ms, 1) for ms in points],
    )
