"""The house over time: lanes, phases, faults, and what ended before its user left."""

from __future__ import annotations

from msgspec import structs

from reports.archive import assemble
from reports.findings import findings_of
from reports.history import (
    HOUSE,
    SOCKET,
    Channel,
    ChannelState,
    Fault,
    Outcome,
    Rendezvous,
    StepName,
)
from reports.page.lanes import Act, house_of
from tests.reports.histories import header, healthy, ns, step
from tests.reports.page.pages import page_from

SIGN_IN, SEAT = 0, 1


def met(name: str, left_s: float, shard: str = "shard00") -> Rendezvous:
    return Rendezvous(shard=shard, name=name, arrived_at_ns=ns(1), left_at_ns=ns(left_s))


def test_a_lane_has_the_acts_without_the_waiting_before_them() -> None:
    lane = page_from(healthy()).charts.house.lanes[0]

    assert lane.user == "ada"
    assert lane.acts[:2] == [Act(SIGN_IN, 0, 4, True), Act(SEAT, 9, 10, True)]
    assert lane.seat == (10, 61)


def test_lanes_stand_in_the_order_of_arrival() -> None:
    arrivals_s = {"a": 2, "b": 1, "c": 3}
    arrivals = [step(user, StepName.SIGN_IN, at_s, 4) for user, at_s in arrivals_s.items()]

    house = page_from(arrivals, users=list(arrivals_s)).charts.house

    assert [lane.user for lane in house.lanes] == ["b", "a", "c"]


def test_a_step_that_went_wrong_is_marked() -> None:
    failed = step("ada", StepName.SIGN_IN, 0, 4, outcome=Outcome.FAIL)

    house = page_from([failed]).charts.house

    assert house.lanes[0].acts == [Act(SIGN_IN, 0, 4, False)]
    assert house.lanes[0].seat is None


def test_a_phase_lasts_from_the_last_shard_at_one_rendezvous_to_the_last_at_the_next() -> None:
    meetings = [met("house", 12), met("house", 15, "shard01"), met("sent", 40), met("settled", 60)]

    house = page_from([*healthy(), *meetings]).charts.house

    assert [(one.name, one.since_s, one.until_s) for one in house.phases] == [
        ("arriving", 0, 15),
        ("talking", 15, 40),
        ("settling", 40, 60),
        ("leaving", 60, 62),
    ]


def test_the_house_ends_with_what_was_done_last_and_not_with_the_reads_after_it() -> None:
    late = structs.replace(header(shard=HOUSE), started_at_ns=ns(100))
    history = assemble("run-1", [header(), late], [healthy()], frozenset(), [])

    assert house_of(findings_of(history), None).until_s == 62
    assert page_from([]).charts.house.until_s == 0


def test_a_fault_that_was_never_healed_lasts_to_the_end() -> None:
    faults = [
        Fault(name="polls-refused", injected_at_ns=ns(30)),
        Fault(name="realtime-down", injected_at_ns=ns(20), healed_at_ns=ns(25)),
    ]

    house = page_from([*healthy(), *faults]).charts.house

    assert [(one.name, one.since_s, one.until_s) for one in house.faults] == [
        ("realtime-down", 20, 25),
        ("polls-refused", 30, 62),
    ]


def test_a_socket_that_closed_while_its_user_sat_is_an_end_and_a_goodbye_is_none() -> None:
    closed = [
        Channel(user=user, topic=SOCKET, state=ChannelState.CLOSED, at_ns=ns(at_s), detail="1006")
        for user, at_s in [("ada", 35), ("ben", 61.5)]
    ]

    house = page_from([*healthy(), *closed]).charts.house

    assert [lane.ends for lane in house.lanes] == [[(35, "socket closed 1006")], [], []]
