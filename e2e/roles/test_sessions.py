"""What somebody who is signed in can count on, however many tabs and devices she has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.scenes.prying import Prying

if TYPE_CHECKING:
    from fixtures.scenes.backstage import Backstage
    from fixtures.scenes.person import Person
    from fixtures.scenes.scene import Room

pytestmark = [pytest.mark.roles, pytest.mark.dod4]


def test_tabs_that_refresh_at_once_all_stay_signed_in(room: Room, alice: Person) -> None:
    alice.enters()
    tabs = Prying(alice, room.plan)

    # What two tabs do when the token of both has expired (protocol B.4, B.6).
    replies = tabs.refreshes_at_once(2)

    assert [reply.status for reply in replies] == [200, 200]
    assert tabs.asks_for_the_chat().status == 200


def test_whoever_comes_in_at_another_device_is_told_so_at_the_first(
    room: Room, alice: Person
) -> None:
    alice.enters()
    phone = room.new_device_of(alice)

    with alice.giving_way():
        phone.enters()

    alice.still_cannot_write()
    phone.was_told_nothing()


def test_whoever_comes_in_at_another_device_chats_on_there(
    room: Room, alice: Person, bob: Person
) -> None:
    alice.enters()
    bob.enters()
    phone = room.new_device_of(alice)
    with alice.giving_way():
        phone.enters()

    hello = phone.greets()
    answer = bob.says("이제 휴대폰이시군요")
    thanks = phone.says("네, 잘 들립니다")

    phone.receives(hello, answer, thanks)
    bob.receives(hello, answer, thanks)


def test_whoever_comes_in_at_another_device_has_one_seat(
    room: Room, alice: Person, bob: Person, backstage: Backstage
) -> None:
    alice.enters()
    bob.enters()
    phone = room.new_device_of(alice)

    with alice.giving_way():
        phone.enters()

    backstage.has_seated("alice", "bob")
    bob.sees_present("alice", "bob")
    phone.leaves()
    backstage.has_seated("bob")
    bob.sees_present("bob")


def test_whoever_starts_over_at_the_first_device_has_her_seat_there_again(
    room: Room, alice: Person, bob: Person, backstage: Backstage
) -> None:
    bob.enters()
    alice.enters()
    phone = room.new_device_of(alice)
    with alice.giving_way():
        phone.enters()

    with phone.giving_way():
        alice.starts_over()

    bob.receives(alice.greets())
    alice.receives(bob.says("다시 오셨네요"))
    backstage.has_seated("alice", "bob")


def test_two_tabs_of_one_browser_both_chat_on(room: Room, alice: Person, bob: Person) -> None:
    alice.enters()
    bob.enters()
    tab = room.new_tab_of(alice)

    tab.comes_in()
    said = [alice.says("하나"), tab.says("둘"), bob.says("셋")]

    for page in (alice, tab, bob):
        page.receives(*said)
        page.was_told_nothing()
