"""What somebody can count on who stays longer than her access token lives: she does not notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.scenes.clock import MINUTE_S
from fixtures.scenes.routes import REFRESH

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.scenes.backstage import Backstage
    from fixtures.scenes.clock import Clock
    from fixtures.scenes.faults import Faults
    from fixtures.scenes.person import Person
    from fixtures.scenes.scene import Room

pytestmark = pytest.mark.resilience

# A token lives for an hour. supabase-js looks every 30 s whether two minutes of it are left, and
# before every use whether 90 s are (protocol B.6). Servers do not go by the page's time: the new
# token ends for the page as soon as the old one, and would be refreshed again a little later.
ALMOST_AN_HOUR_S = 60 * MINUTE_S - 100
AUTH_S = 1.0  # neither tab hears of the other's new token before it has asked for its own


def test_whoever_stays_for_an_hour_gets_a_new_token_and_chats_on(
    alice: Person, bob: Person, backstage: Backstage, clock_of: Callable[[Person], Clock]
) -> None:
    clock = clock_of(alice)
    alice.enters()
    bob.enters()
    before, old = bob.says("한 시간 뒤에 봐요"), alice.token()

    clock.leaps(ALMOST_AN_HOUR_S)

    assert clock.pace.count(REFRESH) == 1
    is_new = alice.token() != old
    assert is_new
    alice.receives(before, bob.says("벌써 한 시간"))
    bob.receives(alice.says("네, 여기 있어요"))
    bob.sees_present("alice", "bob")
    backstage.has_seated("alice", "bob")
    assert alice.user.traffic.joins == 1


def test_two_tabs_whose_tokens_end_at_once_both_stay(
    room: Room, alice: Person, bob: Person, faults: Faults, clock_of: Callable[[Person], Clock]
) -> None:
    clock = clock_of(alice)
    alice.enters()
    tab = room.new_tab_of(alice)
    tab.comes_in()
    bob.enters()

    with faults.delaying(alice, REFRESH, AUTH_S), faults.delaying(tab, REFRESH, AUTH_S):
        clock.leaps(ALMOST_AN_HOUR_S)

    assert clock.pace.count(REFRESH) == 2
    said = bob.says("둘 다 들리나요?")
    for one in (alice, tab):
        one.receives(said)
        one.was_told_nothing()
        assert one.user.traffic.joins == 1
    bob.receives(alice.says("네"))
