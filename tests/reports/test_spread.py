"""Percentiles are values that did occur."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.spread import Spread, spread_of, spread_of_counted


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


@given(samples=st.lists(st.integers(0, 9)))
def test_samples_that_were_counted_spread_like_samples(samples: list[int]) -> None:
    counts = {float(value): samples.count(value) for value in range(10)}

    assert spread_of_counted(counts) == spread_of(samples)
