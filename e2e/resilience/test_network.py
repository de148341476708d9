"""What somebody can count on whose network goes away for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.scenes.traveller import RECONNECT_S, in_a_tunnel

if TYPE_CHECKING:
    from fixtures.scenes.backstage import Backstage
    from fixtures.scenes.faults import Faults
    from fixtures.scenes.person import Person
    from fixtures.scenes.scene import Room
    from fixtures.scenes.traveller import Traveller

pytestmark = pytest.mark.resilience

CATCH_UP_S = RECONNECT_S + 5.0  # a message may take five seconds (gates.toml)


def test_whoever_was_in_a_tunnel_misses_nothing_and_chats_on(
    traveller: Traveller, bob: Person
) -> None:
    traveller.enters()
    bob.enters()

    with in_a_tunnel(traveller):
        said = [bob.says(f"문장 {number}") for number in range(3)]

    traveller.receives(*said)
    bob.receives(traveller.says("다시 왔어요"))


def test_whoever_comes_out_of_a_tunnel_is_there_once(traveller: Traveller, bob: Person) -> None:
    traveller.enters()
    bob.enters()

    with in_a_tunnel(traveller):
        bob.sees_present("bob")

    bob.sees_present("bob", "traveller")


def test_those_in_a_tunnel_catch_up_while_the_others_chat_on(
    room: Room, alice: Person, bob: Person, traveller: Traveller
) -> None:
    carol, commuter = room.new_person("carol"), room.new_traveller("commuter")
    people = (alice, bob, carol, traveller, commuter)
    room.at_once(*(one.enters for one in people))

    with in_a_tunnel(traveller, commuter):
        said = [one.says(f"{one.name}, {number}") for number in (1, 2) for one in people[:3]]

    assert max(one.caught_up_s(*said) for one in (traveller, commuter)) <= CATCH_UP_S
    said.append(commuter.says("다시 왔어요"))
    for one in people:
        one.receives(*said)


def test_whatever_was_tried_while_the_server_was_away_can_be_sent_when_it_is_back(
    room: Room, traveller: Traveller, backstage: Backstage
) -> None:
    people = (traveller, room.new_traveller("bob"), room.new_traveller("commuter"))
    room.at_once(*(one.enters for one in people))

    with in_a_tunnel(*people):
        for one in people:
            assert one.tries_to_say(f"{one.name}: 들리세요?").status is None
            one.is_told("전송하지 못했습니다")
    said = [one.tries_again() for one in people]

    for one in people:
        one.receives(*said)
        one.was_told_nothing()
    assert backstage.stored == [one.body for one in said]


def test_whatever_was_tried_offline_can_be_sent_online(
    alice: Person, bob: Person, faults: Faults, backstage: Backstage
) -> None:
    alice.enters()
    bob.enters()

    with faults.offline(alice):
        question = bob.says("들리세요?")
        assert alice.tries_to_say("네, 잘 들려요").status is None
        alice.is_told("전송하지 못했습니다")
    answer = alice.tries_again()

    alice.receives(question, answer)
    bob.receives(question, answer)
    assert backstage.stored == [question.body, answer.body]
