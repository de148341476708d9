"""What somebody who is not registered meets: a door, whichever way she tries."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from fixtures.scenes.prying import Prying

if TYPE_CHECKING:
    from fixtures.scenes.backstage import Backstage
    from fixtures.scenes.person import Person
    from fixtures.scenes.scene import Room

pytestmark = [pytest.mark.roles, pytest.mark.dod4]


@pytest.fixture
def prying(room: Room, outsider: Person) -> Prying:
    """What the outsider, whom the door has refused, can do with her developer tools."""
    outsider.knocks()
    return Prying(outsider, room.plan)


def test_the_door_stays_closed_and_says_so(outsider: Person) -> None:
    answer = outsider.knocks()

    assert (answer.status, answer.code) == (403, "not_registered")
    outsider.is_told("이 웨비나에 등록되어 있지 않습니다.")
    outsider.still_cannot_write()


def test_knocking_leaves_no_trace(alice: Person, outsider: Person, backstage: Backstage) -> None:
    alice.enters()

    outsider.knocks()
    outsider.still_cannot_write()

    alice.sees_present("alice")
    backstage.has_seated("alice")
    assert outsider.user_id not in backstage.registered


def test_she_cannot_let_herself_in(prying: Prying, outsider: Person, backstage: Backstage) -> None:
    assert prying.inserts("registrations").status == 403
    assert prying.pings().status == 403
    assert prying.inserts("webinar_live_presence", session_id=str(uuid4())).status == 403

    assert outsider.user_id not in backstage.registered
    assert backstage.seated == []


def test_she_cannot_post_past_the_page(prying: Prying, backstage: Backstage) -> None:
    assert prying.posts("저도 들어갈래요").status == 403
    assert prying.inserts("messages", body="저도요", client_id=str(uuid4())).status == 403

    assert backstage.stored == []


def test_she_cannot_read_what_is_said(
    prying: Prying, room: Room, alice: Person, outsider: Person
) -> None:
    alice.enters()
    alice.greets()

    assert prying.asks_for_the_chat().content == {"messages": []}
    assert prying.rows("messages") == []
    assert len(Prying(alice, room.plan).rows("messages")) == 1


def test_she_cannot_find_out_who_is_there(
    prying: Prying, room: Room, alice: Person, backstage: Backstage
) -> None:
    alice.enters()
    backstage.has_seated("alice")

    assert prying.asks_for_the_name_of(alice).content == {"profiles": []}
    assert prying.asks_for_the_figures().status == 403
    assert prying.rows("registrations") == prying.rows("webinar_live_presence") == []
    assert len(Prying(alice, room.plan).rows("webinar_live_presence")) == 1


def test_she_cannot_listen_to_the_private_channel(
    prying: Prying, room: Room, alice: Person
) -> None:
    alice.enters()

    assert prying.joins() == "error"
    assert Prying(alice, room.plan).joins() == "ok"
