"""What somebody who writes can count on: her words go out as she meant them, and only once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.scenes.prying import Prying

if TYPE_CHECKING:
    from fixtures.scenes.backstage import Backstage
    from fixtures.scenes.person import Person
    from fixtures.scenes.scene import Room

pytestmark = [pytest.mark.roles, pytest.mark.dod4]

LONGEST = 2000  # characters that a message may have

# A family of four in seven code points, a flag, a skin tone; syllables, lone letters; a syllable
# and a letter composed of several code points; letters of another script, and markup.
WORDS = "👩‍👩‍👧‍👦 🇰🇷 👍🏽 한글 ㅋㅋㅎ \u1112\u1161\u11ab e\u0301 中文 <b>&amp;</b>"


def test_emoji_and_hangul_arrive_unaltered(
    alice: Person, bob: Person, backstage: Backstage
) -> None:
    alice.enters()
    bob.enters()

    said = alice.says(WORDS)

    bob.receives(said)
    bob.reads(WORDS)
    assert backstage.stored == [WORDS]


def test_the_longest_message_arrives_whole(
    alice: Person, bob: Person, backstage: Backstage
) -> None:
    alice.enters()
    bob.enters()

    said = alice.says("가" * LONGEST)

    bob.receives(said)
    assert backstage.stored == ["가" * LONGEST]


def test_the_composer_takes_no_more_than_may_be_sent(alice: Person, backstage: Backstage) -> None:
    alice.enters()

    alice.says("가" * (LONGEST + 1))

    assert backstage.stored == ["가" * LONGEST]


def test_one_character_too_many_is_refused_with_the_limit(
    room: Room, alice: Person, backstage: Backstage
) -> None:
    alice.enters()

    reply = Prying(alice, room.plan).posts("가" * (LONGEST + 1))

    assert reply.status == 400
    assert str(LONGEST) in str(reply.content)
    assert backstage.stored == []


def test_a_message_that_is_refused_is_told_to_its_author(
    alice: Person, backstage: Backstage
) -> None:
    alice.enters()
    backstage.strikes_off(alice)

    answer = alice.tries_to_say("아직 여기 있어요")

    assert answer.status == 403
    alice.is_told("전송하지 못했습니다. 이 웨비나에 등록되어 있지 않습니다.")
    assert backstage.stored == []


def test_shift_and_enter_begin_a_line_and_enter_sends_them_all(alice: Person, bob: Person) -> None:
    alice.enters()
    bob.enters()

    alice.types_lines("첫째 줄", "둘째 줄", "", "넷째 줄")
    said = alice.says_by_enter()

    assert said.body == "첫째 줄\n둘째 줄\n\n넷째 줄"
    bob.receives(said)
    bob.reads(said.body)


def test_enter_picks_a_syllable_while_hangul_is_composed_and_sends_afterwards(
    alice: Person,
) -> None:
    alice.enters()

    alice.composes("ㅎ", "하", "한")
    alice.picks_with_enter("한")
    alice.composes("ㄱ", "그", "글")
    alice.picks_with_enter("글")
    said = alice.says_by_enter()

    assert said.body == "한글"
    assert alice.sent == ["한글"]


@pytest.mark.parametrize("text", ["", "   ", "\n \t\n"], ids=["nothing", "blanks", "lines"])
def test_a_message_without_a_letter_is_not_sent(
    alice: Person, backstage: Backstage, text: str
) -> None:
    alice.enters()

    alice.clicks_send_on(text)
    alice.says("이제 보냅니다")

    assert alice.sent == ["이제 보냅니다"]
    assert backstage.stored == ["이제 보냅니다"]


def test_a_double_click_sends_once(alice: Person, backstage: Backstage) -> None:
    alice.enters()

    alice.says_by_double_click("한 번만")
    alice.says("다음")

    assert alice.sent == ["한 번만", "다음"]
    assert backstage.stored == ["한 번만", "다음"]


def test_a_double_click_greets_once(alice: Person, backstage: Backstage) -> None:
    alice.enters()

    greeting = alice.greets_by_double_click()
    alice.says("다음")

    assert alice.sent == [greeting.body, "다음"]
    assert backstage.stored == [greeting.body, "다음"]
