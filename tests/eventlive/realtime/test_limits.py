"""Limits, faults and the end of a service."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from eventlive.settings import Limits, Settings, Timings
from tests.eventlive.realtime.lab import token_of
from tests.eventlive.realtime.phoenix import post, serving

if TYPE_CHECKING:
    from eventlive.supabase.keys import Project
    from eventlive.supabase.realtime.hub import Listener
    from eventlive.supabase.realtime.messages import Message

pytestmark = pytest.mark.anyio


async def test_a_presence_call_too_many_closes_the_channel(
    project: Project, database_url: str, room: str
) -> None:
    settings = Settings(limits=Limits(presence_calls_per_30_s=2))
    async with serving(project, database_url, settings) as server, server.client() as client:
        await client.join(room)
        for number in range(3):
            await client.push(room, "presence", {"event": "track", "payload": {"n": number}})

        told = await client.until("system")
        await client.until("phx_close")

    assert told.payload["message"] == "Client presence rate limit exceeded"


async def test_a_channel_too_many_is_refused(project: Project, database_url: str) -> None:
    settings = Settings(limits=Limits(channels_per_socket=1))
    async with serving(project, database_url, settings) as server, server.client() as client:
        await client.join("realtime:a")
        answer = await client.join("realtime:b")

    reason = "ChannelRateLimitReached: Too many channels"
    assert answer == {"status": "error", "response": {"reason": reason}}


async def test_a_silent_client_is_disconnected(project: Project, database_url: str) -> None:
    settings = Settings(timings=Timings(idle_close_s=0.1))
    async with serving(project, database_url, settings) as server, server.client() as client:
        async with asyncio.timeout(5):
            await client.socket.wait_closed()

        assert client.socket.close_code == 1000


async def test_a_courier_may_withhold_one_users_deliveries(
    project: Project, database_url: str, room: str
) -> None:
    muted, name = str(uuid4()), room.removeprefix("realtime:")
    asked: list[tuple[str, str, str]] = []

    def courier(listener: Listener, message: Message, event: str) -> None:
        asked.append((listener.caller.user_id, listener.topic, event))
        if listener.caller.user_id != muted:
            listener.deliver(message)

    async with (
        serving(project, database_url, Settings()) as server,
        server.client() as ann,
        server.client() as bob,
    ):
        await ann.join(room, token_of(project, muted))
        await bob.join(room)
        server.service.courier = courier

        message = {"topic": name, "event": "msg", "payload": {}}
        await post(server, "", project.anon_key, json={"messages": [message]})

        await bob.until("broadcast")
        assert "broadcast" not in [frame.event for frame in await ann.drained()]
    assert (muted, room, "msg") in asked


async def test_a_closing_service_sends_its_clients_away(
    project: Project, database_url: str
) -> None:
    async with serving(project, database_url, Settings()) as server, server.client() as client:
        await server.service.close()

        async with asyncio.timeout(5):
            await client.socket.wait_closed()
        assert client.socket.close_code == 1012
