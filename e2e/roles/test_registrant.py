"""What somebody who is registered can count on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.scenes.backstage import Backstage
    from fixtures.scenes.person import Person
    from fixtures.scenes.scene import Room

pytestmark = [pytest.mark.roles, pytest.mark.dod4]


def test_two_people_greet_each_other(alice: Person, bob: Person) -> None:
    alice.enters()
    bob.enters()

    hello = alice.greets()
    answer = bob.says("반가워요 👋")

    alice.receives(hello, answer)
    bob.receives(hello, answer)


def test_a_wrong_password_is_told_and_lets_nobody_in(alice: Person) -> None:
    answer = alice.tries_password("not hers")

    assert (answer.status, answer.code) == (400, "invalid_credentials")
    alice.is_told("이메일 또는 비밀번호가 올바르지 않습니다.")
    alice.still_outside()


def test_whoever_enters_finds_her_seat_and_her_name_among_those_present(
    alice: Person, bob: Person, backstage: Backstage
) -> None:
    alice.enters()
    bob.enters()

    bob.sees_present("alice", "bob")
    backstage.has_seated("alice", "bob")


def test_whoever_comes_later_reads_what_was_said_before(alice: Person, bob: Person) -> None:
    alice.enters()
    before = [alice.greets(), alice.says("자료는 어디서 받을 수 있나요?")]

    bob.enters()

    bob.receives(*before)
    bob.reads(*[said.body for said in before])


def test_the_greeting_can_be_repeated_once_its_button_has_rested(
    alice: Person, bob: Person
) -> None:
    alice.enters()
    bob.enters()

    first, second = alice.greets(), alice.greets_again()

    assert first.message_id != second.message_id
    bob.receives(first, second)


def test_the_console_is_closed_to_her(alice: Person) -> None:
    alice.signs_in_to_the_console()

    alice.is_told("관리자만 볼 수 있는 화면입니다.")


def test_sign_out_gives_up_the_seat_and_the_session(alice: Person, backstage: Backstage) -> None:
    alice.enters()
    backstage.has_seated("alice")
    token = alice.refresh_token()

    alice.signs_out()

    backstage.has_seated()
    # Asked for first: an assertion that fails shows what it was about, and this is a secret.
    is_alive = backstage.still_trades(token)
    assert not is_alive
    alice.opens_the_webinar()
    alice.is_asked_to_sign_in()


def test_a_reload_keeps_the_one_seat(
    room: Room, alice: Person, bob: Person, backstage: Backstage
) -> None:
    # A page that is loaded anew asks at once, whenever it asked last.
    room.unjudged.add("heartbeat")
    alice.enters()
    bob.enters()

    alice.reloads()

    hello = bob.greets()
    alice.receives(hello)
    backstage.has_seated("alice", "bob")
    bob.sees_present("alice", "bob")
