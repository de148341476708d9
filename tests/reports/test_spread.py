"""Percentiles are values that did occur."""

from __future__ import annotations

import pytest

from reports.spread import Spread, spread_of


@pytest.mark.parametrize(
    ("samples", "spread"),
    [
        ([], Spread(n=0)),
        ([2.5], Spread(n=1, mean=2.5, p50=2.5, p95=2.5, max=2.5)),
        ([3, 1, 2], Spread(n=3, mean=2, p50=2, p95=3, max=3)),
        (range(1, 401), Spread(n=400, mean=200.5, p50=200, p95=380, max=400)),
    ],
)
def test_the_spread_of_samples(samples: list[float], spread: Spread) -> None:
    assert spread_of(samples) == spread
