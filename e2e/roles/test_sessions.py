"""What somebody who is signed in can count on, however many tabs she has open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.scenes.prying import Prying

if TYPE_CHECKING:
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
