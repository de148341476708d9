"""A house among several: what only one house knows carries its name, and nothing else does."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.history import AnyOp, Fault, FillSeat, Footer, Op, Outcome, Rendered, Send, Served
from reports.houses import LISTS, MESSAGES, MOMENT, NAMES, Place
from tests.reports.histories import fill_seat, header, ns

PLACE = Place(folder="part-02", by_ns=7, users=("ada", "ben"))
KINDS = [kind for kind in get_args(AnyOp) if kind is not Footer]
# What means the same in every house: kinds, outcomes, durations, words, and names of users.
_WORDS = """
    absent after_ms altered author available_mb caller calls code commits connections cpu created_at
    deadlocks defects detail digest driver_ms duration_ms error_ns fill gates held_ns host_cpu
    is_found is_held is_quarantined is_throttled joins lag_ms languages log_id marks
    messages_per_user method missing_parts moment name number others outcome part people phase
    present query quota
    reference_ns repeated request_id rollbacks route rows run_id runnable schema serving source
    started_at state status step table target throttled topic total_ms unasked user users via
    waited_ns webinar
"""
COMMON = frozenset(_WORDS.split())


@pytest.mark.parametrize("kind", KINDS)
def test_every_member_of_every_op_is_known_to_be_a_houses_own_or_common(kind: type[Op]) -> None:
    """A new member must say which: two houses would be taken for one by it."""
    own = (
        {name for name in kind.__struct_fields__ if name.endswith(MOMENT)}
        | NAMES
        | LISTS
        | MESSAGES
    )

    assert set(kind.__struct_fields__) <= own | COMMON


def moved(op: Op) -> Op:
    ops = [op]
    PLACE.move(ops)  # type: ignore[arg-type]
    return ops[0]


@given(at_ns=st.integers(0, 2**60), by_ns=st.integers(-(2**60), 2**60))
def test_all_moments_of_an_op_move_alike_and_what_never_was_stays_so(
    at_ns: int, by_ns: int
) -> None:
    send = Send(
        user="ada", number=0, outcome=Outcome.OK, clicked_at_ns=at_ns, requested_at_ns=at_ns + 1
    )
    ops: list[AnyOp] = [send]

    Place(folder="part-01", by_ns=by_ns, users=()).move(ops)

    [there] = ops
    assert isinstance(there, Send)
    assert (there.clicked_at_ns, there.requested_at_ns) == (at_ns + by_ns, at_ns + by_ns + 1)
    assert (there.accepted_at_ns, there.message_id) == (None, None)


def test_names_of_messages_shards_and_calls_are_those_of_the_part() -> None:
    look = Rendered(user="ada", at_ns=ns(1), message_ids=["100", "101"])
    call = Served(
        user="", method="GET", route="/", status=200, started_at_ns=1, duration_ms=1, call=""
    )

    assert moved(look) == msgspec.structs.replace(
        look, at_ns=ns(1) + 7, message_ids=["part-02/100", "part-02/101"]
    )
    assert moved(call) == msgspec.structs.replace(call, started_at_ns=8)


def test_parts_of_one_house_have_the_same_messages() -> None:
    look = Rendered(user="ada", at_ns=ns(1), message_ids=["100", "101"])
    ops: list[AnyOp] = [look]

    Place(folder="part-02", by_ns=7, users=(), one_house=True).move(ops)

    assert ops == [msgspec.structs.replace(look, at_ns=ns(1) + 7)]


def test_every_stretch_of_a_seat_moves_with_its_house() -> None:
    seat = msgspec.structs.replace(
        fill_seat("f00001"), joined_at_ns=[1, 5], ended_at_ns=[3, 9], missing=["100"]
    )

    there = moved(seat)

    assert isinstance(there, FillSeat)
    assert (there.joined_at_ns, there.ended_at_ns) == ([8, 12], [10, 16])
    assert (there.shard, there.missing) == ("part-02/fill00", ["part-02/100"])


def test_a_fault_of_everybody_is_one_of_everybody_in_its_house() -> None:
    everybody = Fault(name="realtime-down", injected_at_ns=1, healed_at_ns=None)
    somebody = msgspec.structs.replace(everybody, users=["ada"])

    assert moved(everybody).users == ["ada", "ben"]  # type: ignore[attr-defined]
    assert moved(somebody).users == ["ada"]  # type: ignore[attr-defined]


def test_a_header_says_in_which_part_something_was_broken_on_purpose() -> None:
    head = msgspec.structs.replace(header(), shards=["shard00", "shard01"], defects=["duplicate"])

    there = PLACE.head(head)

    assert there.shard == "part-02/shard00"
    assert there.shards == ["part-02/shard00", "part-02/shard01"]
    assert there.defects == ["duplicate (part-02)"]
    assert (there.started_at_ns, there.started_at) == (ns(0) + 7, head.started_at)


def test_the_house_is_the_house_in_a_merged_run_as_well() -> None:
    assert header(shard="house").is_house
    assert header(shard="part-02/house").is_house
    assert not header(shard="part-02/shard00").is_house
