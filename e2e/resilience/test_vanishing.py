"""What is left of somebody who vanished without a goodbye: soon nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.rosters import PRESENT_FOR_S
from fixtures.scenes.person import TOLD_S
from fixtures.scenes.traveller import out_of_reach

if TYPE_CHECKING:
    from fixtures.scenes.backstage import Backstage
    from fixtures.scenes.console import Console
    from fixtures.scenes.person import Person
    from fixtures.scenes.traveller import Traveller

pytestmark = pytest.mark.resilience

GIVEN_UP_S = 60.0  # the server closes a socket on which nothing has arrived for so long (A.1)


def test_whoever_crashes_is_gone_for_the_others(alice: Person, bob: Person) -> None:
    alice.enters()
    bob.enters()

    alice.crashes()

    bob.sees_present("bob")


@pytest.mark.soak
def test_whoever_is_out_of_reach_is_gone_for_the_others_until_she_is_back(
    traveller: Traveller, bob: Person
) -> None:
    traveller.enters()
    bob.enters()

    with out_of_reach(traveller):
        bob.sees_present("bob", within_s=GIVEN_UP_S + TOLD_S)
        said = bob.says("들리세요?")

    traveller.receives(said)
    bob.sees_present("bob", "traveller")


@pytest.mark.soak
def test_a_seat_that_nobody_keeps_is_empty_for_the_admin_after_two_missed_pings(
    alice: Person, bob: Person, admin: Console, backstage: Backstage
) -> None:
    alice.enters()
    bob.enters()
    admin.opens()
    admin.lists(backstage.names_of(alice, bob))

    alice.crashes()

    admin.lists(backstage.names_of(bob), patience_s=PRESENT_FOR_S)
