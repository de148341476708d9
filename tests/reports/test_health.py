"""The generator's figures, and when they say that it cannot be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from reports.archive import assemble
from reports.health import AVAILABLE_MB_MIN, LAG_MS_P95_MAX, Worker, health_of, saturation
from reports.history import HOUSE, Health
from reports.spread import Spread
from tests.reports.histories import header, history_of, ns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.archive import History
    from reports.history import Header, Op


def sample(
    at_s: float = 10,
    *,
    shard: str = "shard00",
    lag_ms: float = 20,
    cpu: float = 0.1,
    host_cpu: float = 0.5,
    available_mb: int = 8000,
    runnable: float = 1,
    driver_ms: float | None = 2,
) -> Health:
    return Health(
        shard=shard,
        at_ns=ns(at_s),
        lag_ms=lag_ms,
        cpu=cpu,
        host_cpu=host_cpu,
        available_mb=available_mb,
        runnable=runnable,
        driver_ms=driver_ms,
    )


def samples(*lags_ms: float, shard: str = "shard00") -> list[Health]:
    """One sample per second with these lags."""
    return [sample(10 + at, lag_ms=lag_ms, shard=shard) for at, lag_ms in enumerate(lags_ms)]


def house_of(ops: Iterable[Op], headers: Iterable[Header]) -> History:
    return assemble("run-1", list(headers), [ops], frozenset(), [])


def test_a_generator_that_was_well_is_not_saturated() -> None:
    assert saturation(history_of(samples(5, 10, 20)), is_timed=True) == []


def test_cores_all_at_work_are_no_saturation_while_loops_wake_up_in_time() -> None:
    busy = [
        sample(at, lag_ms=LAG_MS_P95_MAX * 0.9, cpu=1.9, host_cpu=1.0, runnable=40)
        for at in range(100)
    ]

    assert saturation(history_of(busy), is_timed=True) == []
    assert health_of(history_of(busy)).host_cpu.p50 == 1.0


def test_loops_that_wake_up_late_are_named_with_advice() -> None:
    late = [*samples(1500, 1600, shard="shard01"), *samples(1200, shard="shard02")]

    (reason,) = saturation(house_of([*samples(5, 5), *late], [header()]), is_timed=True)

    assert "woke up 1600 ms late (p95, at most 1000 ms) in shard01, shard02;" in reason
    assert "use fewer users" in reason


@pytest.mark.parametrize(
    ("lag_ms", "driver_ms", "said"),
    [
        (1000, 1000, ""),
        (5, 1001, "saturated: Playwright's drivers answered 1001 ms late (p95, at most 1000 ms)"),
        # An answer comes through the loop: what the loop was late is in it, and counts once.
        (900, 950, ""),
        (
            1100,
            1300,
            "saturated: event loops woke up 1100 ms late (p95, at most 1000 ms) in shard00 and "
            "Playwright's drivers answered 1300 ms late (p95, at most 1000 ms) in shard00;",
        ),
        (5, None, ""),
    ],
)
def test_a_driver_that_is_behind_counts_by_the_same_bound(
    lag_ms: float, driver_ms: float | None, said: str
) -> None:
    ops = [sample(at, lag_ms=lag_ms, driver_ms=driver_ms) for at in range(100)]

    reasons = saturation(history_of(ops), is_timed=True)

    assert len(reasons) == bool(said)
    assert all(said in reason and "use fewer users" in reason for reason in reasons)


def test_a_driver_counts_for_the_seconds_in_which_its_loop_took_no_sample() -> None:
    held_up = sample(99, lag_ms=60_000, driver_ms=60_000)

    spread = health_of(history_of([*samples(*[5] * 100), held_up])).driver_ms

    assert (spread.n, spread.p50, spread.p95) == (161, 2, 60_000)


def test_one_worker_of_many_is_enough() -> None:
    well = [op for number in range(15) for op in samples(*[5] * 60, shard=f"shard{number:02d}")]

    (reason,) = saturation(
        history_of([*well, *samples(*[1001] * 60, shard="shard15")]), is_timed=True
    )

    assert "in shard15;" in reason


def test_a_single_hold_up_in_a_long_run_is_no_saturation() -> None:
    held_up = [*samples(*[5] * 100, 3000), sample(200, driver_ms=3000)]

    assert saturation(history_of(held_up), is_timed=True) == []


def test_a_long_hold_up_counts_for_the_time_it_took() -> None:
    (reason,) = saturation(history_of(samples(*[5] * 100, 60_000)), is_timed=True)

    assert "60000 ms" in reason


@pytest.mark.parametrize(("available_mb", "reasons"), [(AVAILABLE_MB_MIN, 0), (499, 1)])
def test_memory_below_the_bound_is_named_with_advice(available_mb: int, reasons: int) -> None:
    found = saturation(
        history_of([sample(), sample(11, available_mb=available_mb), sample(12)]), is_timed=True
    )

    assert len(found) == reasons
    assert all("499 MB were available (at least 500 MB); use fewer users" in one for one in found)


def test_a_run_that_nobody_watched_says_so() -> None:
    (reason,) = saturation(history_of([]), is_timed=True)

    assert "nobody watched the load generator in shard00" in reason


def test_a_worker_that_nobody_watched_is_named_and_the_house_is_none() -> None:
    headers = [header(shard=shard) for shard in (HOUSE, "shard00", "shard01")]

    (reason,) = saturation(house_of([sample()], headers), is_timed=True)

    assert "in shard01:" in reason


def test_runs_of_the_time_before_are_not_expected_to_have_been_watched() -> None:
    old = msgspec.structs.replace(header(), schema=1)

    assert saturation(house_of([], [old]), is_timed=True) == []


def test_figures_are_over_all_workers_and_of_each() -> None:
    ops = [
        sample(10, lag_ms=30, cpu=0.2, host_cpu=0.4, available_mb=900, runnable=2, driver_ms=9),
        sample(11, lag_ms=10, cpu=0.3, host_cpu=0.8, available_mb=700, runnable=4, driver_ms=7),
        sample(10, shard="shard01", lag_ms=70, cpu=0.1, host_cpu=0.6, available_mb=800, runnable=3),
    ]

    generator = health_of(history_of(ops))

    assert (generator.lag_ms.n, generator.lag_ms.max) == (3, 70)
    assert (generator.worker_cpu.p50, generator.host_cpu.p50, generator.runnable.p50) == (
        0.2,
        0.6,
        3,
    )
    assert generator.available_mb_min == 700
    assert (generator.driver_ms.n, generator.driver_ms.p50) == (3, 7)
    assert list(generator.workers) == ["shard00", "shard01"]
    assert generator.workers["shard00"] == Worker(
        lag_ms_p95=30, lag_ms_max=30, driver_ms_p95=9, driver_ms_max=9, cpu_max=0.3
    )


def test_of_a_driver_that_nobody_asked_nothing_is_claimed() -> None:
    older = (
        b'{"op":"health","shard":"shard00","at_ns":1,"lag_ms":5,"cpu":0.1,"host_cpu":0.2,'
        b'"available_mb":4000,"runnable":0.5}'
    )

    generator = health_of(history_of([msgspec.json.decode(older, type=Health)]))

    assert generator.driver_ms == Spread(n=0)
    assert (generator.workers["shard00"].driver_ms_p95, generator.lag_ms.n) == (None, 1)


def test_without_samples_nothing_is_claimed() -> None:
    generator = health_of(history_of([]))

    assert (generator.lag_ms.n, generator.available_mb_min, generator.workers) == (0, None, {})


@pytest.mark.parametrize("damaged_ms", [-1e300, 1e300])
def test_a_damaged_figure_is_no_traceback(damaged_ms: float) -> None:
    saturation(history_of([sample(lag_ms=damaged_ms, driver_ms=damaged_ms)]), is_timed=True)


def test_the_order_of_shards_does_not_matter() -> None:
    ops = [*samples(5, 900), *samples(2000, 3, shard="shard01")]

    assert health_of(history_of(ops)) == health_of(history_of(reversed(ops)))
    assert list(health_of(history_of(reversed(ops))).workers) == ["shard00", "shard01"]


@pytest.mark.parametrize(
    ("lag_ms", "driver_ms", "is_timed", "is_saturated"),
    [
        (1500, 2, True, True),
        (1500, 2, False, False),
        (5500, 2, False, True),
        (5, 1500, True, True),
        (5, 1500, False, False),
        (5, 5500, False, True),
    ],
)
def test_where_no_time_decides_more_lag_is_borne(
    lag_ms: int, driver_ms: int, is_timed: bool, is_saturated: bool
) -> None:
    ops = [sample(at, lag_ms=lag_ms, driver_ms=driver_ms) for at in range(60)]

    assert bool(saturation(history_of(ops), is_timed=is_timed)) is is_saturated
