"""The load generator over time, beside the deliveries that it measured meanwhile."""

from __future__ import annotations

from collections import defaultdict
from math import ceil
from typing import TYPE_CHECKING

import msgspec

from reports.page.timing import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.archive import History
    from reports.history import Health

BUCKETS_MAX = 240


class Second(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of a run: the latest event loop and driver in ms, and the busiest host."""

    at_s: float
    lag_ms: float
    driver_ms: float | None
    host_cpu: float


class Strain(msgspec.Struct, frozen=True, kw_only=True):
    """All stretches, each `width_s` long, in time; those without a sample are left out."""

    width_s: int
    seconds: list[Second]


def strain_of(history: History) -> Strain:
    """How hard the generator had it, in stretches that a chart can show."""
    time = Timeline(history)
    samples = [(time.s(one.at_ns), one) for one in history.browsers_health()]
    span_s = max((at_s for at_s, _ in samples), default=0.0)
    width_s = max(1, ceil(span_s / BUCKETS_MAX))
    stretches: defaultdict[int, list[Health]] = defaultdict(list)
    for at_s, sample in samples:
        stretches[int(at_s // width_s)].append(sample)
    return Strain(
        width_s=width_s,
        seconds=[_second(place * width_s, own) for place, own in sorted(stretches.items())],
    )


def _second(at_s: float, samples: Iterable[Health]) -> Second:
    samples = list(samples)
    drivers = [one.driver_ms for one in samples if one.driver_ms is not None]
    return Second(
        at_s,
        round(max(one.lag_ms for one in samples), 1),
        round(max(drivers), 1) if drivers else None,
        round(max(one.host_cpu for one in samples), 3),
    )
