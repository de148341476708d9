"""How a figure is spread over its samples."""

from __future__ import annotations

from math import ceil, fsum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """`n` samples; the rest is None without any.

    Percentiles are nearest-rank: values that did occur.
    """

    n: int
    mean: float | None = None
    p50: float | None = None
    p95: float | None = None
    max: float | None = None


def spread_of(samples: Iterable[float]) -> Spread:
    """The spread of `samples`, in their unit, with three decimals; their order does not matter."""
    ordered = sorted(samples)
    if not ordered:
        return Spread(n=0)
    return Spread(
        n=len(ordered),
        mean=round(fsum(ordered) / len(ordered), 3),
        p50=round(percentile(ordered, 50), 3),
        p95=round(percentile(ordered, 95), 3),
        max=round(ordered[-1], 3),
    )


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile of ascending samples, of which there is one at least."""
    # Whole numbers: 0.95 * 400 is 380.00000000000006 on some machines, and its ceiling 381.
    return ordered[ceil(percent * len(ordered) / 100) - 1]
