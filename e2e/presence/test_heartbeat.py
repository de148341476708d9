"""What keeps a seat: signs of life, neither too few nor too many, for as long as somebody stays."""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from fixtures.scenes.clock import MINUTE_S, about
from fixtures.scenes.pace import pace_of
from fixtures.scenes.routes import ENTRY, PING

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.scenes.backstage import Backstage
    from fixtures.scenes.clock import Clock
    from fixtures.scenes.console import Console
    from fixtures.scenes.person import Person
    from fixtures.scenes.scene import Room

pytestmark = pytest.mark.presence

# Incident report, sections 3.1 and 9.
PING_S, JITTER_S = 120, 10
TRACK_S = 300
IDLE_S = 20 * MINUTE_S
PINGS_MIN = int(IDLE_S / (PING_S + JITTER_S))
# Of nine waits drawn from 20 s, all are within so much of each other once in 10⁷ times.
SPREAD_MIN_S = 2.0
SOAK_S = 6 * MINUTE_S


def test_an_idle_page_gives_a_sign_of_life_every_two_minutes(
    alice: Person, clock_of: Callable[[Person], Clock]
) -> None:
    clock = clock_of(alice)
    alice.enters()

    clock.turns(IDLE_S)

    waits_s = clock.pace.waits_s(PING)
    assert len(waits_s) >= PINGS_MIN
    assert waits_s == [about(PING_S, JITTER_S)] * len(waits_s)


def test_two_idle_pages_do_not_give_them_in_step(
    room: Room, alice: Person, bob: Person, clock_of: Callable[[Person], Clock]
) -> None:
    clocks = [clock_of(alice), clock_of(bob)]
    room.at_once(alice.enters, bob.enters)

    room.at_once(*(partial(clock.turns, IDLE_S) for clock in clocks))

    first_s, second_s = (clock.pace.waits_s(PING)[:PINGS_MIN] for clock in clocks)
    for waits_s in (first_s, second_s):
        assert max(waits_s) - min(waits_s) >= SPREAD_MIN_S
    assert first_s != [about(wait_s) for wait_s in second_s]


def test_an_idle_page_reports_its_visit_every_five_minutes(
    alice: Person, clock_of: Callable[[Person], Clock]
) -> None:
    clock = clock_of(alice)
    alice.enters()

    clock.turns(IDLE_S)

    # The first follows the entry; the last may be due at the very end.
    waits_s = clock.pace.waits_s(ENTRY)
    assert len(waits_s) >= IDLE_S // TRACK_S - 1
    assert waits_s == [about(TRACK_S)] * len(waits_s)


def test_whoever_is_idle_for_twenty_minutes_is_still_there_and_hears_what_is_said(
    alice: Person, bob: Person, clock_of: Callable[[Person], Clock]
) -> None:
    clock = clock_of(alice)
    alice.enters()
    bob.enters()

    clock.turns(IDLE_S)

    for person in (alice, bob):
        person.sees_present("alice", "bob")
    alice.receives(bob.says("아직 계신가요?"))
    bob.receives(alice.says("네, 잘 듣고 있어요"))
    assert alice.user.traffic.joins == 1


@pytest.mark.soak
def test_six_real_minutes_without_a_word_cost_nobody_her_seat(
    room: Room, alice: Person, bob: Person, admin: Console, backstage: Backstage
) -> None:
    pace = alice.ask(pace_of, alice.user.page.context, monotonic)
    alice.enters()
    bob.enters()

    room.idles(SOAK_S)

    admin.opens()
    admin.lists(backstage.names_of(alice, bob))
    bob.sees_present("alice", "bob")
    alice.receives(bob.says("아직 계신가요?"))
    assert alice.user.traffic.joins == 1
    waits_s = pace.waits_s(PING)
    assert len(waits_s) in (2, 3)
    assert waits_s == [about(PING_S, JITTER_S)] * len(waits_s)
    assert pace.waits_s(ENTRY) == [about(TRACK_S)]
