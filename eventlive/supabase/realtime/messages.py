"""Server messages that are encoded at most once per wire form, however many sockets get them.

`v1` and `v2` are ready ASGI events, shared by all sockets; None means that this version of the
protocol has no form for the message, so nothing is sent.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol

import msgspec

from eventlive.supabase.realtime.frames import UserBroadcast, Wire, encode_broadcast, encode_text

AsgiEvent = dict[str, object]


class Message(Protocol):
    """Anything that can be sent to a socket of either version."""

    @property
    def v1(self) -> AsgiEvent | None: ...
    @property
    def v2(self) -> AsgiEvent | None: ...


class TextMessage:
    """A message that is JSON text in both versions."""

    def __init__(
        self,
        topic: str,
        event: str,
        payload: object,
        *,
        join_ref: str | None = None,
        ref: str | None = None,
    ) -> None:
        self._content = (topic, event, payload)
        self._refs = (join_ref, ref)

    @cached_property
    def v1(self) -> AsgiEvent:
        """The V1 object."""
        return self._encoded(Wire.V1)

    @cached_property
    def v2(self) -> AsgiEvent:
        """The V2 array."""
        return self._encoded(Wire.V2)

    def _encoded(self, wire: Wire) -> AsgiEvent:
        join_ref, ref = self._refs
        text = encode_text(wire, *self._content, join_ref=join_ref, ref=ref)
        return {"type": "websocket.send", "text": text}


class BroadcastMessage:
    """A user broadcast: binary kind 4 for V2, text for V1 (table in A.2)."""

    def __init__(self, topic: str, broadcast: UserBroadcast) -> None:
        self._topic = topic
        self._broadcast = broadcast

    def json(self) -> dict[str, Any]:
        """The payload, decoded. Raises msgspec.DecodeError for bytes that are no JSON."""
        return dict(msgspec.json.decode(self._broadcast.payload))

    def with_payload(self, payload: bytes) -> BroadcastMessage:
        """The same broadcast with another payload."""
        return BroadcastMessage(self._topic, replace(self._broadcast, payload=payload))

    @cached_property
    def v1(self) -> AsgiEvent | None:
        """The V1 object; None for opaque bytes, which V1 sockets never see."""
        sent = self._broadcast
        if not sent.is_json:
            return None
        try:
            payload: dict[str, object] = {
                "event": sent.event,
                "payload": msgspec.json.decode(sent.payload),
                "type": "broadcast",
            }
        except msgspec.DecodeError:
            return None  # the sender claimed JSON; V2 sockets get its bytes, V1 has no form
        if sent.metadata:
            payload["meta"] = msgspec.json.decode(sent.metadata)
        return TextMessage(self._topic, "broadcast", payload).v1

    @cached_property
    def v2(self) -> AsgiEvent:
        """The kind 4 frame."""
        return {"type": "websocket.send", "bytes": encode_broadcast(self._topic, self._broadcast)}


def reply(
    topic: str, join_ref: str | None, ref: str | None, status: str, response: object
) -> TextMessage:
    """Answer to one push. `response` is an object always: realtime-py insists on it (A.19)."""
    payload = {"status": status, "response": response}
    return TextMessage(topic, "phx_reply", payload, join_ref=join_ref, ref=ref)


def system(
    topic: str, join_ref: str | None, status: str, message: str, *, extension: str = "system"
) -> TextMessage:
    """A `system` message (A.7); `channel` is the topic without its prefix."""
    payload = {
        "extension": extension,
        "status": status,
        "message": message,
        "channel": topic.removeprefix("realtime:"),
    }
    return TextMessage(topic, "system", payload, join_ref=join_ref)


def closed(topic: str, join_ref: str | None) -> TextMessage:
    """`phx_close`: the client's channel is CLOSED and will not rejoin by itself (A.8)."""
    return TextMessage(topic, "phx_close", {}, join_ref=join_ref, ref=join_ref)
