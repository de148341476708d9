"""A full house signs in, greets and chats, and everybody receives everything.

The tests of a shard run in this order on one worker. Each can also be run alone: what has to come
before it happens without being asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reports.history import StepName

if TYPE_CHECKING:
    from fixtures.crowd import EachUser

# What the whole crowd meets is the evidence for the whole Definition of Done.
pytestmark = [
    pytest.mark.chat,
    pytest.mark.dod1,
    pytest.mark.dod2,
    pytest.mark.dod3,
    pytest.mark.dod4,
]


def test_everyone_signs_in_through_the_form(each_user: EachUser) -> None:
    each_user(StepName.SIGN_IN)


def test_everyone_takes_a_seat_and_is_ready_to_receive(each_user: EachUser) -> None:
    each_user(StepName.SEAT)


def test_everyone_sends_a_greeting_to_the_full_house(each_user: EachUser) -> None:
    each_user(StepName.GREET)


def test_everyone_sends_messages(each_user: EachUser) -> None:
    each_user(StepName.CHAT)


def test_everyone_receives_every_stored_message(each_user: EachUser) -> None:
    each_user(StepName.RECEIVE)


def test_everyone_leaves_the_seat(each_user: EachUser) -> None:
    each_user(StepName.LEAVE)
