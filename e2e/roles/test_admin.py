"""What an admin can count on: a console that tells the truth, and messages that go when hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.scenes.prying import Prying

if TYPE_CHECKING:
    from fixtures.scenes.backstage import Backstage
    from fixtures.scenes.console import Console
    from fixtures.scenes.person import Person
    from fixtures.scenes.scene import Room

pytestmark = [pytest.mark.roles, pytest.mark.dod4]

FULL_HOUSE = 265  # whom the console took half a minute to show (incident report, section 9)
REQUESTS_MAX = 10


def test_the_console_lists_exactly_those_present(
    admin: Console, alice: Person, bob: Person, backstage: Backstage
) -> None:
    alice.enters()
    backstage.has_seated("alice")
    admin.opens()
    admin.lists(backstage.names_of(alice))

    bob.enters()
    alice.leaves()

    admin.lists(backstage.names_of(bob))


def test_whoever_watches_from_the_console_takes_no_seat(
    admin: Console, alice: Person, backstage: Backstage
) -> None:
    alice.enters()

    admin.opens()
    admin.hears(alice.greets())

    alice.sees_present("alice")
    admin.lists(backstage.names_of(alice))


def test_the_figures_agree_with_the_database(
    admin: Console, alice: Person, bob: Person, backstage: Backstage
) -> None:
    alice.enters()
    alice.greets()
    alice.says("질문 있습니다")
    backstage.has_seated("alice")

    admin.opens()

    figures = admin.figures
    assert figures.present == len(backstage.seated) == 1
    assert figures.registered == len(backstage.registered)
    assert figures.messages == len(backstage.stored) == 2


def test_a_hidden_message_vanishes_from_every_screen_and_from_history(
    admin: Console, room: Room, alice: Person, bob: Person
) -> None:
    alice.enters()
    bob.enters()
    kept, hidden = alice.says("남아 있을 말"), alice.says("사라질 말")
    bob.reads(kept.body, hidden.body)
    admin.opens()

    admin.hides(hidden)

    for reader in (alice, bob):
        reader.reads_no_more(hidden.body)
    late = room.new_tab_of(bob)
    late.comes_in()
    late.reads(kept.body)
    assert hidden.message_id not in late.received
    assert len(Prying(bob, room.plan).rows("messages")) == 1


def test_the_console_shows_a_full_house_with_few_requests(
    admin: Console, backstage: Backstage
) -> None:
    names = backstage.fills_with(FULL_HOUSE)

    admin.opens()

    admin.lists(names)
    assert admin.figures.present == FULL_HOUSE
    assert len(admin.requests) <= REQUESTS_MAX
    assert max(backstage.calls_per_look, default=0) <= REQUESTS_MAX
