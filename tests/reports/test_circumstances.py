"""What a run was made under is read from its history, and what nobody knows is no difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from reports.circumstances import Circumstance, circumstances_of, differing
from reports.history import HOUSE, Channel, ChannelState, Exchange, Fault
from tests.reports.histories import entries, header, healthy, history_of, ns, served, unasked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.archive import History
    from reports.history import Op


def test_a_runs_circumstances_are_what_its_history_says() -> None:
    asked = Exchange(
        user="ada",
        method="GET",
        route="/rest/v1/profiles",
        status=200,
        started_at_ns=ns(1),
        duration_ms=1,
        caller="supabase-js/2.119.1",
    )
    changes = Channel(
        user="ada",
        topic="realtime:webinar:149402",
        state=ChannelState.READY,
        at_ns=ns(10),
        detail="Subscribed to PostgreSQL",
    )
    house = structs.replace(header([], HOUSE), defects=["delay-5s"])
    history = history_of(
        [asked, changes, served("ada", "/rest/v1/x", 200), Fault(name="cut", injected_at_ns=ns(2))]
    )
    history.headers.append(house)

    assert circumstances_of(history) == {
        Circumstance.USERS: ["3"],
        Circumstance.MESSAGES: ["1"],
        Circumstance.WORKERS: ["1"],
        Circumstance.TARGET: ["embedded"],
        Circumstance.TRANSPORT: ["postgres_changes"],
        Circumstance.SOFTWARE: ["supabase-js/2.119.1"],
        Circumstance.GATES: ["deliveries.lost.count == 0"],
        Circumstance.FAULTS: ["cut"],
        Circumstance.DEFECTS: ["delay-5s"],
        Circumstance.SCHEMA: ["3"],
    }


def elsewhere(ops: Sequence[Op]) -> History:
    """The history of a run on a target that outlives it."""
    history = history_of(ops)
    history.headers.append(structs.replace(header([], HOUSE), target="5f0c"))
    return history


def test_a_target_that_outlives_the_run_is_elsewhere_also_where_its_gateways_log_was_read() -> None:
    logged = [*entries(), served("ada", "/rest/v1/x", 200)]

    for ops in (entries(), logged):
        assert circumstances_of(elsewhere(ops))[Circumstance.TARGET] == ["elsewhere"]
    found = differing(circumstances_of(history_of(logged)), circumstances_of(elsewhere(logged)))
    assert Circumstance.TARGET in found


def test_nobody_knows_of_a_target_that_neither_header_nor_gateway_tells_of() -> None:
    assert circumstances_of(history_of(entries()))[Circumstance.TARGET] == []


def test_runs_of_different_size_differ_in_users() -> None:
    small, large = history_of(healthy()), history_of(healthy(["u1", "u2"]), ["u1", "u2"])

    found = differing(circumstances_of(small), circumstances_of(large))

    assert found == [Circumstance.USERS]


def test_what_one_of_the_two_does_not_know_is_no_difference() -> None:
    told = history_of([*healthy(), served("ada", "/rest/v1/x", 200)])
    silent = history_of(unasked(healthy()))
    assert circumstances_of(silent)[Circumstance.TARGET] == []

    assert differing(circumstances_of(told), circumstances_of(silent)) == []
