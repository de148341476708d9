"""Presence over the socket (protocol A.13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.eventlive.realtime.phoenix import Client, Server

pytestmark = pytest.mark.anyio


async def test_a_track_is_answered_and_told_to_everybody(
    ann: Client, bob: Client, room: str
) -> None:
    await ann.join(room, presence={"key": "ann"})
    await bob.join(room)

    assert await ann.track(room, {"name": "Ann"}) == {"status": "ok", "response": {}}

    at_ann, at_bob = await ann.until("presence_diff"), await bob.until("presence_diff")
    (meta,) = at_bob.payload["joins"]["ann"]["metas"]
    assert meta == {"name": "Ann", "phx_ref": meta["phx_ref"]}
    assert at_ann == at_bob
    assert (at_bob.ref, at_bob.join_ref, at_bob.payload["leaves"]) == (None, None, {})


async def test_a_lost_socket_leaves(server: Server, ann: Client, room: str) -> None:
    await ann.join(room)
    async with server.client() as guest:
        await guest.join(room, presence={"key": "guest"})
        await guest.track(room, {})
        await ann.until("presence_diff")

    diff = await ann.until("presence_diff")

    assert list(diff.payload["leaves"]) == ["guest"]


async def test_a_latecomer_finds_who_is_present(ann: Client, bob: Client, room: str) -> None:
    await ann.join(room, presence={"key": "ann"})
    await ann.track(room, {})

    await bob.join(room)

    assert list((await bob.until("presence_state")).payload) == ["ann"]
