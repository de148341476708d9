"""How a figure is spread over its samples."""

from __future__ import annotations

from itertools import accumulate
from math import ceil, fsum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


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


def spread_of_counted(counts: Mapping[float, int]) -> Spread:
    """The spread of samples that are told as how often there was which: `{12.0: 340, 13.0: 22}`."""
    ordered = sorted((value, n) for value, n in counts.items() if n)
    total = sum(n for _, n in ordered)
    if not total:
        return Spread(n=0)
    return Spread(
        n=total,
        mean=round(fsum(value * n for value, n in ordered) / total, 3),
        p50=round(_at_rank(ordered, ceil(50 * total / 100)), 3),
        p95=round(_at_rank(ordered, ceil(95 * total / 100)), 3),
        max=round(ordered[-1][0], 3),
    )


def _at_rank(ordered: Sequence[tuple[float, int]], rank: int) -> float:
    """The sample that is the `rank`-th from the smallest on."""
    ranks = accumulate(n for _, n in ordered)
    return next(value for (value, _), upto in zip(ordered, ranks, strict=True) if upto >= rank)


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile of ascending samples, of which there is one at least."""
    # Whole numbers: 0.95 * 400 is 380.00000000000006 on some machines, and its ceiling 381.
    return ordered[ceil(percent * len(ordered) / 100) - 1]
