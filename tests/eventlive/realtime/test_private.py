"""Private channels and tokens (protocol A.10, A.15)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.eventlive.realtime.lab import new_member, new_note, token_of
from tests.eventlive.realtime.phoenix import Client, Server, follow_notes

if TYPE_CHECKING:
    import psycopg

pytestmark = pytest.mark.anyio


async def test_a_stranger_is_refused_a_private_topic(server: Server, ann: Client) -> None:
    answer = await ann.join("realtime:lab:x", token_of(server.project, str(uuid4())), private=True)

    assert answer["response"]["reason"] == (
        "Unauthorized: You do not have permissions to read from this Channel topic: lab:x"
    )


async def test_a_broadcast_without_permission_is_silent(
    server: Server, database: psycopg.Connection, ann: Client, bob: Client, club: str
) -> None:
    topic = f"realtime:{club}"
    listener, speaker = new_member(database, club), new_member(database, club, may_send=True)
    await ann.join(topic, token_of(server.project, listener), private=True, broadcast={"ack": True})
    await bob.join(topic, token_of(server.project, speaker), private=True, broadcast={"ack": True})

    await ann.send_binary(topic, "msg", "denied")
    assert "phx_reply" not in [frame.event for frame in await ann.drained()]
    await bob.send_binary(topic, "msg", "granted")

    seen = await ann.until("broadcast")
    assert seen.payload["payload"] == "granted"
    assert "broadcast" not in [frame.event for frame in await bob.drained()]


async def test_presence_without_permission_is_refused(
    server: Server, database: psycopg.Connection, ann: Client, club: str
) -> None:
    await ann.join(
        f"realtime:{club}", token_of(server.project, new_member(database, club)), private=True
    )

    assert await ann.track(f"realtime:{club}", {}) == {"status": "error", "response": {}}


async def test_a_join_with_an_expired_token_says_since_when(
    server: Server, ann: Client, room: str
) -> None:
    answer = await ann.join(room, token_of(server.project, "x", lifetime_s=-7))

    # The exact number depends on when the server looks.
    reason = answer["response"]["reason"]
    assert re.fullmatch(r"InvalidJWTToken: Token has expired \d+ seconds ago", reason)


async def test_a_channel_ends_with_its_token(server: Server, ann: Client, room: str) -> None:
    await ann.join(room, token_of(server.project, "x", lifetime_s=2))

    told = await ann.until("system")

    assert re.fullmatch(r"Token has expired \d+ seconds ago", told.payload.pop("message"))
    assert told.payload == {
        "extension": "system",
        "status": "error",
        "channel": room.removeprefix("realtime:"),
    }
    assert (await ann.until("phx_close")).join_ref == "6"


async def test_a_new_token_asks_the_policies_again(
    server: Server, database: psycopg.Connection, ann: Client, club: str
) -> None:
    member = new_member(database, club)
    await ann.join(f"realtime:{club}", token_of(server.project, member), private=True)
    database.execute("delete from lab.members where user_id = %s", (member,))
    await ann.until("presence_state")
    assert await ann.drained() == []  # revoked membership alone changes nothing

    renewed = {"access_token": token_of(server.project, member, renewed=1)}
    await ann.push(f"realtime:{club}", "access_token", renewed)

    told = await ann.until("system")
    assert told.payload["message"] == (
        f"You do not have permissions to read from this Channel topic: {club}"
    )
    await ann.until("phx_close")


async def test_a_new_token_subscribes_again_with_its_claims(
    server: Server, database: psycopg.Connection, ann: Client, bob: Client, room: str
) -> None:
    owner = str(uuid4())
    await follow_notes(ann, room, None)  # the race of A.4: joined as anon
    await follow_notes(bob, room, server.project.service_role_key)
    new_note(database, owner, "hidden")
    await bob.until("postgres_changes")  # so it was decided for ann too

    await ann.push(room, "access_token", {"access_token": token_of(server.project, owner)})
    assert (await ann.until("system")).payload["message"] == "Subscribed to PostgreSQL"
    new_note(database, owner, "seen")

    change = await ann.until("postgres_changes")
    assert change.payload["data"]["record"]["body"] == "seen"
