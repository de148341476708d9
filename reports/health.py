"""Whether the load generator itself was well: its figures, and why it cannot be trusted.

A generator that wakes up late, or whose Playwright driver is behind, stamps late what came in time,
and the target looks slow where the generator is. Such a run is INVALID, never NO-GO. Processor time
alone proves nothing: a machine whose cores are all at work and whose event loops wake up in time is
well used.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import repeat
from typing import TYPE_CHECKING

import msgspec

from reports.naming import first_of
from reports.spread import Spread, spread_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reports.archive import History
    from reports.history import Health

# Deliveries are judged in seconds, and a receipt is stamped when the driver has passed it on and
# its worker's loop wakes up: beyond this the generator would be a good part of what it measures.
# It bounds the loop's lag and the driver's answer each, not their sum: the answer comes the way of
# a receipt, through the driver and then the loop, so what the loop was late is in it already.
LAG_MS_P95_MAX = 1000.0
# Where no gate is on a time, lag does not touch what is judged, until the suite itself times out:
# steps after 60 s by default, and a lag is met in each of their turns.
UNTIMED_LAG_MS_P95_MAX = 5000.0
# With less the kernel takes pages away that are in use, and then kills: browsers stall one by one.
AVAILABLE_MB_MIN = 500
# Older runs did not watch the generator.
WATCHED_SINCE_SCHEMA = 2

_SAMPLE_MS = 1000.0
_WEIGHT_MAX = 3600


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """One worker at its worst. `cpu` is of one core, its Playwright driver included.

    `driver_ms` is None where nobody asked the driver, as in older runs.
    """

    lag_ms_p95: float
    lag_ms_max: float
    driver_ms_p95: float | None
    driver_ms_max: float | None
    cpu_max: float


class Generator(msgspec.Struct, frozen=True, kw_only=True):
    """How the generator was. Shares are of 1: `worker_cpu` of one core, `host_cpu` of all.

    `runnable` counts the host's processes that want a core, per core. `available_mb_min` is None
    and the spreads are empty where nobody watched. `lag_ms` and `driver_ms` are spread over time,
    not over samples: a loop that was held up for a minute gave one sample instead of sixty.
    `saturated` says why the generator, not the target, may be what was measured.
    """

    lag_ms: Spread
    driver_ms: Spread
    worker_cpu: Spread
    host_cpu: Spread
    runnable: Spread
    available_mb_min: int | None
    workers: dict[str, Worker]
    saturated: list[str] = []


def health_of(history: History, saturated: Sequence[str] = ()) -> Generator:
    """The generator's figures, over all workers with browsers and of each."""
    samples = history.browsers_health()
    return Generator(
        lag_ms=lag_of(samples),
        driver_ms=_driver_of(samples),
        worker_cpu=spread_of(sample.cpu for sample in samples),
        host_cpu=spread_of(sample.host_cpu for sample in samples),
        runnable=spread_of(sample.runnable for sample in samples),
        available_mb_min=min((sample.available_mb for sample in samples), default=None),
        workers={shard: _worker(own) for shard, own in _by_worker(samples).items()},
        saturated=list(saturated),
    )


def saturation(history: History, *, is_timed: bool) -> list[str]:
    """Why the generator, not the target, may be what was measured; empty where it was well.

    `is_timed`: times decide about this run, so its clocks must be right.
    """
    return [
        *_unwatched(history),
        *_late(health_of(history).workers, LAG_MS_P95_MAX if is_timed else UNTIMED_LAG_MS_P95_MAX),
        *_short_of_memory(history.health),
    ]


def _unwatched(history: History) -> Iterator[str]:
    expected = {
        header.shard
        for header in history.headers
        if header.schema >= WATCHED_SINCE_SCHEMA and not header.is_house
    }
    silent = sorted(expected - {sample.shard for sample in history.health})
    if silent:
        yield f"nobody watched the load generator in {first_of(silent)}: it may have been too slow"


def _late(workers: Mapping[str, Worker], most_ms: float) -> Iterator[str]:
    lags = {shard: worker.lag_ms_p95 for shard, worker in workers.items()}
    drivers = {shard: worker.driver_ms_p95 for shard, worker in workers.items()}
    late = [
        *_beyond(most_ms, "event loops woke up", lags),
        *_beyond(most_ms, "Playwright's drivers answered", drivers),
    ]
    if late:
        yield (
            f"the load generator was saturated: {' and '.join(late)}; "
            "use fewer users or a slower pace, more workers where cores are idle, or another host"
        )


def _beyond(most_ms: float, what: str, p95s_ms: Mapping[str, float | None]) -> Iterator[str]:
    late = {shard: p95_ms for shard, p95_ms in p95s_ms.items() if p95_ms and p95_ms > most_ms}
    if late:
        yield (
            f"{what} {max(late.values()):.0f} ms late (p95, at most {most_ms:.0f} ms) "
            f"in {first_of(sorted(late))}"
        )


def _short_of_memory(samples: Sequence[Health]) -> Iterator[str]:
    available_mb = min((sample.available_mb for sample in samples), default=AVAILABLE_MB_MIN)
    if available_mb < AVAILABLE_MB_MIN:
        yield (
            f"the load generator ran out of memory: {available_mb} MB were available (at least "
            f"{AVAILABLE_MB_MIN} MB); use fewer users, fewer workers, or another host"
        )


def _by_worker(samples: Iterable[Health]) -> dict[str, list[Health]]:
    workers: defaultdict[str, list[Health]] = defaultdict(list)
    for sample in samples:
        workers[sample.shard].append(sample)
    return dict(sorted(workers.items()))


def _worker(samples: Sequence[Health]) -> Worker:
    lag = lag_of(samples)
    assert lag.p95 is not None
    assert lag.max is not None
    driver = _driver_of(samples)
    return Worker(
        lag_ms_p95=lag.p95,
        lag_ms_max=lag.max,
        driver_ms_p95=driver.p95,
        driver_ms_max=driver.max,
        cpu_max=max(sample.cpu for sample in samples),
    )


def lag_of(samples: Iterable[Health]) -> Spread:
    """How late event loops woke up, spread over time."""
    return spread_of(sample.lag_ms for sample in _each_second(samples))


def _driver_of(samples: Iterable[Health]) -> Spread:
    return spread_of(
        sample.driver_ms for sample in _each_second(samples) if sample.driver_ms is not None
    )


def _each_second(samples: Iterable[Health]) -> Iterator[Health]:
    """Each sample as often as it stands for seconds: a loop that is held up takes none."""
    for sample in samples:
        yield from repeat(sample, 1 + int(min(max(0, sample.lag_ms) // _SAMPLE_MS, _WEIGHT_MAX)))
