"""phx_join: whether it is allowed (A.6), and the answers in their order (A.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from eventlive.supabase.realtime.authorization import EVERYTHING
from eventlive.supabase.realtime.channel import Channel
from eventlive.supabase.realtime.history import MAX_REPLAYED
from eventlive.supabase.realtime.messages import BroadcastMessage, TextMessage, reply
from eventlive.supabase.realtime.requests import JoinRequest
from eventlive.supabase.realtime.subscriptions import subscription_id
from eventlive.supabase.realtime.tokens import Refused, caller_of

if TYPE_CHECKING:
    from eventlive.supabase.realtime.backend import Backend
    from eventlive.supabase.realtime.channel import Connection
    from eventlive.supabase.realtime.frames import Push, UserBroadcast

PREFIX = "realtime:"


async def join(backend: Backend, connection: Connection, push: Push) -> Channel:
    """Admit the client to a topic and send everything that follows; Refused if it may not."""
    request = JoinRequest.of(push.payload)
    name = push.topic.removeprefix(PREFIX)
    if not name:
        raise Refused("TopicNameRequired", "You must provide a topic name")
    token = request.access_token
    caller = caller_of(backend.project, token) if token else connection.caller
    if caller.lifetime_s <= 0:
        caller = caller_of(backend.project, caller.token)  # raises with the exact wording
    reads = EVERYTHING
    if request.is_private:
        reads = await backend.authorization.admission(caller, name)
    replayed = await _replayed(backend, request, name)
    channel = Channel(backend, connection, push, request, caller, reads)
    _admit(connection, channel, push, request, replayed)
    return channel


def _admit(
    connection: Connection,
    channel: Channel,
    push: Push,
    request: JoinRequest,
    replayed: list[UserBroadcast],
) -> None:
    """Answer in the order of A.5. No await: nothing may slip between reply and membership."""
    echo = [{**one, "id": subscription_id(one)} for one in request.changes]
    response = {"postgres_changes": echo}
    connection.send(reply(push.topic, push.join_ref, push.ref, "ok", response))
    channel.open()
    for broadcast in replayed:
        connection.send(BroadcastMessage(push.topic, broadcast))
    if request.presence_enabled and channel.reads.presence:
        state = channel.presence_state()
        connection.send(TextMessage(push.topic, "presence_state", state, join_ref=push.join_ref))
    if request.wants_replication_ready:
        channel.tell("ok", "Replication connection established")


async def _replayed(backend: Backend, request: JoinRequest, name: str) -> list[UserBroadcast]:
    if request.replay is None:
        return []
    if not request.is_private:
        raise Refused("UnableToReplayMessages", "Replay is not allowed for public channels")
    since_ms, limit = request.replay.get("since"), request.replay.get("limit", MAX_REPLAYED)
    if not (isinstance(since_ms, int) and isinstance(limit, int) and 0 < limit <= MAX_REPLAYED):
        raise Refused("UnableToReplayMessages", "Replay params are not valid")
    try:
        return await backend.history.since(name, since_ms, limit)
    except psycopg.Error as error:
        raise Refused("UnableToReplayMessages", "Realtime was unable to replay messages") from error
