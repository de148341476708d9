"""The arithmetic of a plan: what a house asks, and what breaks first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.history import HOUSE as HOUSE_SHARD
from reports.quota import LIMITS, House, forecast, foreseen, preflight
from tests.reports.histories import header

if TYPE_CHECKING:
    from reports.history import Header

FULL = House(users=400, arrivals_per_s=20.0, sends_per_s=20.0)


def test_every_delivery_counts_against_the_plan() -> None:
    demands = {one.what: one for one in forecast("pro", FULL)}

    assert demands["messages per s"].needed == 20 * 401
    assert demands["messages per s"].times == pytest.approx(16.04)
    assert demands["connections"].times == 0.8
    assert demands["joins per s"].needed == 20
    assert demands["presence messages per s"].needed == 8000


def test_seats_that_only_listen_are_delivered_to_like_everybody() -> None:
    own, shared = (
        {
            one.what: one.needed
            for one in forecast("team", replace(FULL, fill=9_600, fill_accounts=accounts))
        }
        for accounts in (0, 100)
    )

    assert own["connections"] == shared["connections"] == 10_000
    assert own["messages per s"] == 20 * 10_001
    assert own["joins per s"] == 20
    assert own["sign-ins at once per address"] == 9_750  # the bucket gains 250 while they arrive
    assert shared["sign-ins at once per address"] == 487.5


def test_what_breaks_first_is_said_first_with_the_pace_that_fits() -> None:
    first, also, advice, sign_ins = preflight("pro", FULL)

    assert first == (
        "plan pro allows less than this run asks; "
        "first to break: presence messages per s 8,000 of 50"
    )
    assert also.startswith("also over the plan: messages per s 8,020 of 500")
    assert advice == "the chat of 400 users fits at --sends-per-s 1.2"
    assert "limits.sign_ins_at_once" in sign_ins


def test_the_bucket_of_sign_ins_gains_while_people_arrive() -> None:
    def at_once(*, arrivals_per_s: float = 20, arrived_after_s: float = 0) -> float:
        house = House(
            users=400,
            sends_per_s=1,
            arrivals_per_s=arrivals_per_s,
            arrived_after_s=arrived_after_s,
        )
        demands = forecast("pro", house)
        return next(one.needed for one in demands if one.what.startswith("sign-ins"))

    assert at_once() == 390
    assert at_once(arrived_after_s=740) == 30
    assert at_once(arrivals_per_s=0.1) == 1


def test_without_a_pace_everybody_comes_and_speaks_within_a_second() -> None:
    stampede = House(users=10, arrivals_per_s=0, sends_per_s=0)

    demands = {one.what: one.needed for one in forecast("free", stampede)}

    assert demands["joins per s"] == 10
    assert demands["messages per s"] == 110


@pytest.mark.parametrize(("plan", "users"), [("none", 100_000), ("pro", 2)])
def test_what_fits_is_not_spoken_of(plan: str, users: int) -> None:
    assert preflight(plan, House(users=users, arrivals_per_s=1, sends_per_s=1)) == []


def test_what_was_foreseen_is_what_the_house_wrote_down_and_no_other_shard() -> None:
    house, shard = header(shard=HOUSE_SHARD), header(shard="shard00")

    assert foreseen([house, shard]) == []
    assert foreseen([with_quota(shard, "no"), with_quota(house, "a", "b")]) == ["a", "b"]


def with_quota(one: Header, *lines: str) -> Header:
    return msgspec.structs.replace(one, quota=list(lines))


@settings(deadline=None)
@given(
    plan=st.sampled_from(sorted(LIMITS)),
    users=st.integers(1, 2000),
    arrivals=st.floats(0, 500),
    sends=st.floats(0, 500),
)
def test_a_larger_house_never_asks_less(
    plan: str, users: int, arrivals: float, sends: float
) -> None:
    def asked(size: int) -> dict[str, float]:
        demands = forecast(plan, House(users=size, arrivals_per_s=arrivals, sends_per_s=sends))
        assert [one.times for one in demands] == sorted(
            (one.times for one in demands), reverse=True
        )
        return {one.what: one.needed for one in demands}

    smaller, larger = asked(users), asked(users + 1)

    assert all(larger[what] >= needed for what, needed in smaller.items())
