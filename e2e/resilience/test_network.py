"""What somebody can count on whose network goes away for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.scenes.person import Person
    from fixtures.scenes.traveller import Traveller

pytestmark = pytest.mark.resilience


def test_whoever_was_in_a_tunnel_misses_nothing_and_chats_on(
    traveller: Traveller, bob: Person
) -> None:
    traveller.enters()
    bob.enters()

    with traveller.in_a_tunnel():
        said = [bob.says(f"문장 {number}") for number in range(3)]

    traveller.receives(*said)
    bob.receives(traveller.says("다시 왔어요"))


def test_whoever_comes_out_of_a_tunnel_is_there_once(traveller: Traveller, bob: Person) -> None:
    traveller.enters()
    bob.enters()

    with traveller.in_a_tunnel():
        bob.sees_present("bob")

    bob.sees_present("bob", "traveller")
