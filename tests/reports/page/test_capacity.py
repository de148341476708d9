"""What a run's figures mean for larger houses."""

from __future__ import annotations

from tests.reports.histories import entries, healthy, served, unasked
from tests.reports.page.pages import page_from


def test_a_house_of_the_incidents_size_and_two_larger_ones_are_foreseen() -> None:
    loads = page_from(healthy()).capacity.loads

    assert [(load.viewers, load.calls_per_minute) for load in loads] == [
        (311, 218),
        (1_000, 700),
        (10_000, 7_000),
    ]


def test_deliveries_grow_with_the_viewers_at_this_runs_pace() -> None:
    capacity = page_from(healthy()).capacity

    assert (capacity.pace.messages_per_s, capacity.pace.deliveries_per_s_max) == (0.5, 9)
    assert [load.deliveries_per_s for load in capacity.loads] == [156, 500, 5_000]


def test_queries_are_those_of_the_budget_and_unknown_without_a_gateways_log() -> None:
    calls = [
        served("ada", "/rest/v1/registrations", 200, "1", "track"),
        served("ada", "/rest/v1/entrances", 201, "1", "track"),
        served("ada", "/rest/v1/webinar_live_presence", 201, "2", "ping"),
    ]

    told = page_from([*unasked(healthy()), *entries(), *calls])
    untold = page_from(healthy())

    queries = [load.queries_per_minute for load in told.capacity.loads]
    assert queries[1:] == list(told.summary.budget.queries_per_minute.values()) == [900, 9_000]
    assert [load.queries_per_minute for load in untold.capacity.loads] == [None] * 3


def test_where_nothing_was_said_no_plan_is_held_against_it() -> None:
    capacity = page_from([]).capacity

    assert capacity.pace.messages_per_s is None
    assert [load.limits for load in capacity.loads] == [[]] * 3
