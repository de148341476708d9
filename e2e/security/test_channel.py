"""The webinar's channel: only those with a seat listen, and only the server speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.scenes.outside import Caller

pytestmark = pytest.mark.security


def test_whoever_has_no_seat_hears_nothing(intruder: Caller, resident: Caller) -> None:
    resident.joins()
    intruder.eavesdrops()

    said = resident.says("우리끼리 하는 말입니다")

    resident.hears(said)
    assert intruder.heard_of_others() == []


@pytest.mark.parametrize("event", ["message", "message_hidden"])
def test_nobody_speaks_in_the_servers_place(anybody: Caller, resident: Caller, event: str) -> None:
    resident.joins()

    anybody.broadcasts(event)

    resident.hears(resident.says("여기까지 잘 들립니다"))
    assert resident.heard_of_others() == []


def test_whoever_has_no_seat_cannot_get_a_word_in(intruder: Caller, resident: Caller) -> None:
    resident.joins()

    intruder.tries_to_say("저도 한마디 할게요")

    resident.hears(resident.says("여기까지 잘 들립니다"))
    assert resident.heard_of_others() == []
