"""What people can count on who all come at the same minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.scenes.backstage import Backstage
    from fixtures.scenes.scene import Room

pytestmark = [pytest.mark.resilience, pytest.mark.dod2, pytest.mark.dod3]

NAMES = ("alice", "bob", "carol", "commuter", "traveller")


@pytest.mark.parametrize("is_burst", [False, True], ids=["one by one", "at once"])
def test_all_get_in_as_well_as_one_alone(room: Room, backstage: Backstage, is_burst: bool) -> None:
    people = [room.new_person(name) for name in NAMES]

    enter = [one.enters for one in people]
    for acts in [enter] if is_burst else [[one] for one in enter]:
        room.at_once(*acts)

    for one in people:
        one.sees_present(*NAMES)
        assert backstage.registered.count(one.user_id) == 1
        assert (len(one.user.traffic.sign_ins), backstage.auth_calls_of(one)) == (1, 0)
    backstage.has_seated(*NAMES)
    assert backstage.conflicts == 0
