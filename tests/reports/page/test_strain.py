"""The generator over time: the worst of each stretch, in as many as a chart can show."""

from __future__ import annotations

from msgspec import structs

from reports.page.strain import BUCKETS_MAX, Second
from tests.reports.histories import at_ease, ns
from tests.reports.page.pages import page_from


def test_a_stretch_is_the_worst_of_all_workers() -> None:
    busy = structs.replace(at_ease("shard01"), lag_ms=700, driver_ms=None, host_cpu=0.9)

    strain = page_from([at_ease("shard00"), busy]).charts.strain

    assert strain.seconds == [Second(30, 700, 2, 0.9)]


def test_a_driver_that_nobody_asked_is_unknown() -> None:
    older = structs.replace(at_ease("shard00"), driver_ms=None)

    assert page_from([older]).charts.strain.seconds == [Second(30, 5, None, 0.2)]


def test_a_long_run_is_shown_in_wider_stretches() -> None:
    samples = [structs.replace(at_ease("shard00"), at_ns=ns(at_s)) for at_s in range(1, 1000)]

    strain = page_from(samples).charts.strain

    assert strain.width_s == 5
    assert len(strain.seconds) <= BUCKETS_MAX
