"""supabase-js and the life of a channel: who may join and speak, tokens, heartbeats, leaving."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.clients.places import Place
    from tests.clients.served import EventLive, Person


@pytest.fixture
def own_topic(webinar: int) -> str:
    """The topic that the webinar's members may join when it is private."""
    return f"webinar:{webinar}"


@pytest.fixture
def sending_database(eventlive: EventLive) -> Iterator[None]:
    """New messages are broadcast by the database itself."""
    eventlive.database.execute("select app.set_transport('database')")
    yield
    eventlive.database.execute("select app.set_transport('broadcast')")


def test_a_private_topic_lets_in_members_alone(
    supabase_js: Place, own_topic: str, member: Person, stranger: Person
) -> None:
    told = supabase_js.play("access", "door", topic=own_topic, member=member, stranger=stranger)

    why = f"Unauthorized: You do not have permissions to read from this Channel topic: {own_topic}"
    refused = {"status": "CHANNEL_ERROR", "reason": why}
    assert told == {"member": {"status": "SUBSCRIBED"}, "stranger": refused, "nobody": refused}


def test_on_a_private_topic_only_the_service_speaks(
    supabase_js: Place, own_topic: str, member: Person
) -> None:
    told = supabase_js.play("access", "speaking", topic=own_topic, member=member)

    # Over the socket a denied broadcast is silent, even where an acknowledgement was asked for.
    assert (told["unheard"], told["httpUnheard"]) == ("timed out", "Unauthorized")
    assert (told["inside"], told["host"]) == (["host", "route"], ["route"])
    # A public topic of the same name is another place.
    assert told["outside"] == ["outsider", "outsider again"]


@pytest.mark.usefixtures("sending_database")
def test_the_database_speaks_on_a_private_topic(
    supabase_js: Place, own_topic: str, webinar: int, member: Person
) -> None:
    message = supabase_js.play(
        "access", "database", topic=own_topic, webinar=webinar, member=member
    )

    assert (message["body"], message["user_id"]) == ("hello", member["id"])


def test_a_channel_ends_with_its_token_unless_it_got_another(
    supabase_js: Place, eventlive: EventLive, topic: str, stranger: Person
) -> None:
    told = supabase_js.play(
        "access",
        "expiry",
        topic=topic,
        short_token=eventlive.token(stranger, 4),
        long_token=eventlive.token(stranger, 600),
    )

    joined, expired, closed = told["lost"]
    assert (joined, closed) == ({"status": "SUBSCRIBED"}, {"status": "CLOSED"})
    assert re.fullmatch(r"Token has expired \d+ seconds ago", expired["system"])
    assert told["kept"] == [joined, {"event": "still here", "payload": {}}]


def test_heartbeats_are_answered(supabase_js: Place, topic: str) -> None:
    told = supabase_js.play("access", "heartbeat", topic=topic)

    assert told["heard"] == ["sent", "ok", "sent", "ok"]


def test_a_client_that_lost_its_connection_comes_back(supabase_js: Place, topic: str) -> None:
    told = supabase_js.play("access", "reconnection", topic=topic)

    assert told["heard"] == ["SUBSCRIBED", "CHANNEL_ERROR", "SUBSCRIBED", "again"]


def test_somebody_who_left_hears_nothing_until_coming_back(supabase_js: Place, topic: str) -> None:
    told = supabase_js.play("access", "leaving", topic=topic)

    assert told["answer"] == "ok"
    assert told["before"] == [{"status": "SUBSCRIBED"}, {"status": "CLOSED"}]
    assert told["after"] == [{"status": "SUBSCRIBED"}, {"event": "heard", "payload": {}}]
