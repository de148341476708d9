"""What a handful of people who talk to each other can count on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.scenes.evidence import Evidence
    from fixtures.scenes.scene import NewCrowd, Room

pytestmark = [pytest.mark.roles, pytest.mark.chat, pytest.mark.dod4]


def test_whatever_anybody_says_reaches_everybody_there(
    crowd: NewCrowd, room: Room, evidence: Evidence
) -> None:
    guests = crowd(5)
    room.at_once(*(guest.enters for guest in guests))

    room.at_once(*(guest.greets for guest in guests))

    everybody = {guest.name for guest in guests}
    messages = evidence.settle().ledger.messages
    assert [message.owed for message in messages] == [everybody] * 5
    assert not any(message.missing() for message in messages)
