"""Handshake, join, heartbeat, leave (protocol A.1 to A.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.eventlive.realtime.lab import NOTES, token_of

if TYPE_CHECKING:
    from tests.eventlive.realtime.phoenix import Client, Server

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("query", "status", "error"),
    [
        ("", 401, "API key is missing"),
        ("apikey=nonsense", 401, "The token provided is not a valid JWT"),
        ("apikey={expired}", 401, "Token has expired"),
        ("apikey={anon}&vsn=3.0.0", 403, "vsn must be 1.x or 2.x, got '3.0.0'"),
    ],
    ids=["missing", "malformed", "expired", "version"],
)
async def test_a_handshake_is_refused_with_its_reason(
    server: Server, query: str, status: int, error: str
) -> None:
    keys = {
        "anon": server.project.anon_key,
        "expired": token_of(server.project, "x", lifetime_s=-10),
    }
    url = f"ws://{server.address}/realtime/v1/websocket?{query.format(**keys)}"
    with pytest.raises(InvalidStatus) as refusal:
        await connect(url, proxy=None)

    assert refusal.value.response.status_code == status
    assert refusal.value.response.body == f'{{"error":"{error}"}}'.encode()


async def test_a_join_echoes_the_requests_with_ids_that_all_clients_share(
    ann: Client, bob: Client, room: str
) -> None:
    wanted = [NOTES | {"filter": "id=eq.1"}, NOTES]

    answer = await ann.join(room, postgres_changes=wanted)

    echo = answer["response"]["postgres_changes"]
    assert answer["status"] == "ok"
    assert [{key: one[key] for key in one if key != "id"} for one in echo] == wanted
    assert all(0 < one["id"] < 2**27 for one in echo)
    assert await bob.join(room, postgres_changes=wanted) == answer


async def test_a_join_is_followed_by_the_presence_state(ann: Client, room: str) -> None:
    await ann.join(room)

    state = await ann.until("presence_state")

    assert (state.join_ref, state.ref, state.payload) == ("6", None, {})


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("room:1", "unmatched topic"),
        ("realtime:", "TopicNameRequired: You must provide a topic name"),
    ],
)
async def test_an_impossible_topic_is_refused(ann: Client, topic: str, reason: str) -> None:
    assert await ann.join(topic) == {"status": "error", "response": {"reason": reason}}


@pytest.mark.parametrize("vsn", ["1.0.0", "2.0.0"])
async def test_a_heartbeat_is_answered(server: Server, vsn: str) -> None:
    async with server.client(vsn=vsn) as client:
        answer = await client.ask("phoenix", "heartbeat", {})

    assert answer == {"status": "ok", "response": {}}


async def test_a_leave_is_answered_and_the_channel_closed(ann: Client, room: str) -> None:
    await ann.join(room)

    assert await ann.ask(room, "phx_leave", {}) == {"status": "ok", "response": {}}

    closed = await ann.until("phx_close")
    assert (closed.join_ref, closed.ref) == ("6", "6")


async def test_a_second_join_is_answered_before_the_first_is_closed(ann: Client, room: str) -> None:
    await ann.join(room)
    await ann.join(room)

    events = [(frame.event, frame.join_ref) for frame in await ann.drained()]

    assert ("phx_close", "6") in events
    assert ("phx_close", "7") not in events


async def test_a_push_without_a_join_is_unmatched(ann: Client, room: str) -> None:
    answer = await ann.ask(room, "broadcast", {"event": "x"})

    assert answer == {"status": "error", "response": {"reason": "unmatched topic"}}


async def test_an_unreadable_frame_does_not_end_the_connection(ann: Client) -> None:
    await ann.socket.send("nonsense")
    await ann.socket.send(b"\x07nonsense")

    assert await ann.drained() == []
