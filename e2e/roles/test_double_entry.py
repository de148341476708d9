"""What happens to somebody who enters twice at the same time: nothing that she would notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.scenes.prying import Prying

if TYPE_CHECKING:
    from fixtures.scenes.backstage import Backstage
    from fixtures.scenes.person import Person
    from fixtures.scenes.scene import Room

pytestmark = [pytest.mark.roles, pytest.mark.dod2, pytest.mark.dod4]

ENTRIES = 8


def test_two_tabs_that_enter_at_once_register_their_owner_once(
    room: Room, outsider: Person, backstage: Backstage
) -> None:
    outsider.knocks()
    backstage.opens_the_doors()

    first, second = room.new_tab_of(outsider), room.new_tab_of(outsider)
    room.at_once(first.comes_in, second.comes_in)

    for tab in (first, second):
        tab.was_told_nothing()
        tab.leaves()
    assert backstage.registered.count(outsider.user_id) == 1
    assert backstage.conflicts == 0


def test_entries_that_race_are_all_answered_and_register_once(
    room: Room, outsider: Person, backstage: Backstage
) -> None:
    outsider.knocks()
    backstage.opens_the_doors()

    replies = Prying(outsider, room.plan).enters_at_once(ENTRIES)

    assert [reply.status for reply in replies] == [200] * ENTRIES
    assert backstage.registered.count(outsider.user_id) == 1
    assert backstage.conflicts == 0


def test_entries_of_somebody_registered_race_as_well(
    room: Room, alice: Person, backstage: Backstage
) -> None:
    # Entries by hand follow no rhythm.
    room.unjudged.add("heartbeat")
    alice.enters()

    replies = Prying(alice, room.plan).enters_at_once(ENTRIES)

    assert [reply.status for reply in replies] == [200] * ENTRIES
    assert backstage.registered.count(alice.user_id) == 1
    assert backstage.conflicts == 0
