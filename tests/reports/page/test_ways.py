"""A message's way: its stages, and each recipient's arrival in two bytes."""

from __future__ import annotations

from array import array
from base64 import b64decode
from typing import TYPE_CHECKING

import pytest

from reports.history import Via
from reports.page import ways as all_ways
from reports.page.ways import BY_POLL, MISSING, NOT_OWED, SLOWEST_MS, UNPROVEN
from tests.reports.histories import (
    USERS,
    accepted,
    healthy,
    heard,
    ignored,
    message_id,
    refused,
    without,
)
from tests.reports.page.pages import page_from

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.history import Op
    from reports.page.ways import Way, Ways


def ways_from(ops: Iterable[Op]) -> Ways:
    return page_from(ops).charts.ways


def arrivals(ways: Ways, place: int) -> list[int]:
    numbers = array("H", b64decode(ways.arrivals))
    row = ways.told.index(place) * len(USERS)
    return list(numbers[row : row + len(USERS)])


def way(ways: Ways, author: str, number: int) -> Way:
    (found,) = [one for one in ways.ways if (USERS[one.author], one.number) == (author, number)]
    return found


def test_a_way_has_every_stage_with_its_time() -> None:
    one = way(ways_from(healthy()), "ben", 1)

    assert (one.clicked_s, one.requested_ms, one.accepted_ms) == (30, 10, 40)
    assert (one.fate, one.answer, one.owed, one.lost) == ("stored", "201", 3, 0)
    assert (one.p50_ms, one.slowest_ms) == (90, 90)


def test_arrivals_are_milliseconds_from_the_request() -> None:
    id_ = message_id(USERS, "ada", 0)
    ops = without(healthy(), heard("ben", "ada", 0, id_), heard("cho", "ada", 0, id_))

    ways = ways_from([*ops, heard("cho", "ada", 0, id_, after_s=0.25, via=Via.POLL)])

    assert arrivals(ways, 0) == [90, MISSING, 240 + BY_POLL]


def test_what_took_longer_than_can_be_told_is_the_slowest() -> None:
    id_ = message_id(USERS, "ada", 0)
    ops = without(healthy(), heard("ben", "ada", 0, id_))

    ways = ways_from([*ops, heard("ben", "ada", 0, id_, after_s=40)])

    assert arrivals(ways, 0)[1] == SLOWEST_MS
    assert way(ways, "ada", 0).slowest_ms == 39_990


@pytest.mark.parametrize(
    ("send", "fate", "answer"),
    [
        (refused("cho", 1, 409, "23505"), "refused", "409 23505"),
        (ignored("cho", 1), "no request after the click", ""),
    ],
)
def test_what_never_lasted_is_owed_to_nobody(send: Op, fate: str, answer: str) -> None:
    id_ = message_id(USERS, "cho", 1)
    ops = without(
        healthy(), accepted("cho", 1, id_), *(heard(user, "cho", 1, id_) for user in USERS)
    )

    ways = ways_from([*ops, send])

    one = way(ways, "cho", 1)
    assert (one.fate, one.answer, one.owed, one.slowest_ms) == (fate, answer, 0, None)
    assert arrivals(ways, ways.ways.index(one)) == [NOT_OWED] * 3


def test_of_too_many_deliveries_those_that_lost_most_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(all_ways, "PAIRS_MAX", 2 * len(USERS))
    id_ = message_id(USERS, "cho", 0)

    ways = ways_from(without(healthy(), heard("ben", "cho", 0, id_)))

    assert len(ways.ways) == 6
    assert len(ways.told) == 2
    assert ways.ways.index(way(ways, "cho", 0)) in ways.told


def test_the_numbers_that_are_no_latency_are_beyond_all_latencies() -> None:
    assert min(NOT_OWED, UNPROVEN, MISSING) > SLOWEST_MS
    assert max(NOT_OWED, UNPROVEN, MISSING) < BY_POLL
