"""What people see of each other's coming and going."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.scenes.person import Person
    from fixtures.scenes.scene import NewCrowd, Room
    from fixtures.scenes.traveller import Traveller

pytestmark = pytest.mark.presence


def test_all_see_the_same_people_in_the_room(
    alice: Person, bob: Person, traveller: Traveller
) -> None:
    people = (alice, bob, traveller)
    for person in people:
        person.enters()

    for person in people:
        person.sees_present("alice", "bob", "traveller")


def test_whoever_leaves_is_gone_for_the_others(alice: Person, bob: Person) -> None:
    alice.enters()
    bob.enters()

    alice.leaves()

    bob.sees_present("bob")


def test_whoever_closes_her_tab_is_gone_for_the_others(alice: Person, bob: Person) -> None:
    alice.enters()
    bob.enters()

    alice.closes_tab()

    bob.sees_present("bob")


def test_two_tabs_of_one_person_are_one_attendee(room: Room, alice: Person, bob: Person) -> None:
    alice.enters()
    bob.enters()

    tab = room.new_tab_of(alice)
    tab.comes_in()
    bob.sees_present("alice", "bob")

    tab.leaves()
    bob.sees_present("alice", "bob")


def test_whoever_is_there_sees_a_crowd_come_in(alice: Person, crowd: NewCrowd, room: Room) -> None:
    alice.enters()

    guests = crowd(4)
    room.at_once(*(guest.enters for guest in guests))

    alice.sees_present("alice", *(guest.name for guest in guests))
