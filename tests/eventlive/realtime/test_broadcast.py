"""Broadcast over the socket, over HTTP and from the database (protocol A.11, A.12, A.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.eventlive.realtime.lab import new_member, token_of
from tests.eventlive.realtime.phoenix import V1, Client, Server, post

if TYPE_CHECKING:
    import psycopg

pytestmark = pytest.mark.anyio


async def test_a_binary_broadcast_reaches_v2_as_kind_4_and_v1_as_text(
    server: Server, ann: Client, bob: Client, room: str
) -> None:
    async with server.client(vsn=V1) as old:
        for client in (ann, bob, old):
            await client.join(room)

        await ann.send_binary(room, "msg", {"t": "hé"})

        at_bob, at_old = await bob.until("broadcast"), await old.until("broadcast")
    assert at_bob.payload == {"type": "broadcast", "event": "msg", "payload": {"t": "hé"}}
    assert at_bob.is_binary
    assert at_old.payload == at_bob.payload
    assert (at_old.is_binary, at_old.ref) == (False, None)


async def test_a_text_broadcast_stays_text(server: Server, ann: Client, room: str) -> None:
    async with server.client(vsn=V1) as old:
        await ann.join(room)
        await old.join(room)

        await old.send_text(room, "msg", {"n": 1})

        seen = await ann.until("broadcast")
    assert not seen.is_binary
    assert seen.payload == {"type": "broadcast", "event": "msg", "payload": {"n": 1}}


async def test_a_sender_hears_itself_only_if_it_asked_to(
    ann: Client, bob: Client, room: str
) -> None:
    await ann.join(room, broadcast={"self": False, "ack": True})
    await bob.join(room, broadcast={"self": True, "ack": True})

    for client in (ann, bob):
        ref = await client.send_binary(room, "msg", client.refs)
        await client.until("phx_reply", lambda frame, ref=ref: frame.ref == ref)  # type: ignore[misc]

    at_ann = [frame for frame in await ann.drained() if frame.event == "broadcast"]
    at_bob = [frame for frame in await bob.drained() if frame.event == "broadcast"]
    assert (len(at_ann), len(at_bob)) == (1, 2)


async def test_one_senders_messages_arrive_once_and_in_order(
    ann: Client, bob: Client, room: str
) -> None:
    await ann.join(room)
    await bob.join(room)

    for number in range(200):
        await ann.send_binary(room, "msg", number)
    await ann.drained()

    frames = [frame for frame in await bob.drained() if frame.event == "broadcast"]
    assert [frame.payload["payload"] for frame in frames] == list(range(200))


async def test_public_and_private_channels_of_one_name_are_separate(
    server: Server, database: psycopg.Connection, ann: Client, bob: Client, room: str, club: str
) -> None:
    token = token_of(server.project, new_member(database, club, may_send=True))
    await ann.join(f"realtime:{club}")
    await bob.join(f"realtime:{club}", token, private=True)

    await ann.send_binary(f"realtime:{club}", "msg", "public")
    await ann.drained()

    assert "broadcast" not in [frame.event for frame in await bob.drained()]


async def test_an_http_batch_reaches_subscribers_as_text(
    server: Server, ann: Client, room: str
) -> None:
    await ann.join(room)
    message = {"topic": room.removeprefix("realtime:"), "event": "msg", "payload": {"n": 1}}

    answer = await post(server, "", server.project.anon_key, json={"messages": [message]})

    assert (answer.status_code, answer.content) == (202, b"")
    seen = await ann.until("broadcast")
    assert not seen.is_binary
    assert seen.payload == {"type": "broadcast", "event": "msg", "payload": {"n": 1}}


async def test_a_single_event_reaches_v2_subscribers_as_binary(
    server: Server, database: psycopg.Connection, ann: Client, club: str
) -> None:
    token = token_of(server.project, new_member(database, club))
    await ann.join(f"realtime:{club}", token, private=True)
    path = f"/{club.replace(':', '%3A')}/events/message?private=true"

    denied = await post(server, path, token, json={"n": 1})
    answer = await post(server, path, server.project.service_role_key, json={"n": 2})

    assert (denied.status_code, answer.status_code) == (403, 202)
    seen = await ann.until("broadcast")
    assert seen.is_binary
    assert seen.payload == {"type": "broadcast", "event": "message", "payload": {"n": 2}}


async def test_a_private_message_in_a_batch_is_skipped_but_accepted(
    server: Server, database: psycopg.Connection, ann: Client, club: str
) -> None:
    token = token_of(server.project, new_member(database, club))
    await ann.join(f"realtime:{club}", token, private=True)
    message = {"topic": club, "event": "msg", "payload": {}, "private": True}

    answer = await post(server, "", token, json={"messages": [message]})

    assert answer.status_code == 202
    assert "broadcast" not in [frame.event for frame in await ann.drained()]


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("", {"json": {"messages": [{"topic": "t"}]}}, 422),
        ("/t/events/e", {"content": b"x", "headers": {"content-type": "text/plain"}}, 415),
        ("/t/events/e", {"content": b"x", "headers": {"content-type": "application/json"}}, 422),
    ],
    ids=["batch", "type", "json"],
)
async def test_a_broken_request_is_refused(
    server: Server, path: str, more: dict[str, Any], status: int
) -> None:
    answer = await post(server, path, server.project.anon_key, **more)

    assert answer.status_code == status


async def test_a_bad_token_is_unauthorized(server: Server) -> None:
    answer = await post(server, "", "nonsense", json={"messages": []})

    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


async def test_the_database_broadcasts_after_commit_with_the_row_id(
    server: Server, database: psycopg.Connection, ann: Client, club: str
) -> None:
    token = token_of(server.project, new_member(database, club))
    await ann.join(f"realtime:{club}", token, private=True)

    database.execute("""select realtime.send('{"n": 1}', 'msg', %s)""", (club,))

    seen = await ann.until("broadcast")
    row_id = seen.payload["meta"]["id"]
    assert seen.is_binary
    assert seen.payload["payload"] == {"n": 1, "id": row_id}


async def test_stored_broadcasts_are_replayed_oldest_first(
    server: Server, database: psycopg.Connection, ann: Client, club: str
) -> None:
    token = token_of(server.project, new_member(database, club))
    for number in range(4):
        database.execute(
            "select realtime.send(jsonb_build_object('n', %s::int), 'msg', %s)", (number, club)
        )

    replay = {"since": 0, "limit": 3}
    await ann.join(f"realtime:{club}", token, private=True, broadcast={"replay": replay})

    frames = [await ann.until("broadcast") for _ in range(3)]
    assert [frame.payload["payload"]["n"] for frame in frames] == [1, 2, 3]
    assert all(frame.payload["meta"]["replayed"] for frame in frames)
