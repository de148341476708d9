"""What somebody can count on while Realtime is away and everything else is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.scenes.routes import POLLING
from fixtures.scenes.traveller import without_realtime

if TYPE_CHECKING:
    from fixtures.scenes.faults import Faults
    from fixtures.scenes.person import Person
    from fixtures.scenes.scene import Room
    from fixtures.scenes.traveller import Traveller

pytestmark = pytest.mark.resilience

GROWTH = 1.5  # EventLive doubles its delays; what matters is that they grow (report, section 10.1)


def test_a_room_without_realtime_hears_everything_by_poll_and_polls_no_more_when_it_is_back(
    room: Room, traveller: Traveller
) -> None:
    people = (traveller, room.new_traveller("bob"), room.new_traveller("commuter"))
    room.at_once(*(one.enters for one in people))

    with without_realtime(*people):
        said = [one.says(f"{one.name}: 들리세요?") for one in people]
        for one in people:
            one.receives(*said)
    room.at_once(*(one.polls_no_more for one in people))

    afterwards = traveller.says("다시 왔어요")
    for one in people:
        one.receives(afterwards)


def test_whoever_polls_asks_less_and_less_often(traveller: Traveller) -> None:
    traveller.enters()

    with without_realtime(traveller):
        sooner_s, later_s = traveller.polls(3)

    assert later_s >= GROWTH * sooner_s


def test_whoever_may_not_poll_is_told_and_asks_no_more_and_misses_nothing_afterwards(
    traveller: Traveller, bob: Person, faults: Faults
) -> None:
    traveller.enters()
    bob.enters()

    with without_realtime(traveller), faults.refusing(traveller, POLLING, 403):
        traveller.sees_connection("보조 수신 중지")
        said = bob.says("들리세요?")
        traveller.polls_no_more()

    traveller.receives(said)
    bob.receives(traveller.says("다시 왔어요"))
