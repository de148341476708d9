"""Realtime frames as bytes and back: V1 objects, V2 arrays, binary kinds 3 and 4 (A.2). Pure."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

KIND_PUSH = 3
KIND_BROADCAST = 4
MAX_FIELD_BYTES = 255


class FrameError(ValueError):
    """A frame or version that Realtime would not understand; the text says which part."""


class Wire(StrEnum):
    """Which serializer a socket speaks, decided once by its `vsn` query value."""

    V1 = "1.0.0"
    V2 = "2.0.0"

    @classmethod
    def of(cls, vsn: str | None) -> "Wire":
        """Return the serializer for `vsn`; a missing one means 1.0.0 (A.1)."""
        match (vsn or cls.V1).split("."):
            case ["1", *_]:
                return cls.V1
            case ["2", *_]:
                return cls.V2
        raise FrameError(f"vsn must be 1.x or 2.x, got {vsn!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserBroadcast:
    """A broadcast whose payload stays bytes: JSON passes through without being parsed."""

    event: str
    payload: bytes
    is_json: bool = True
    metadata: bytes = b""  # JSON text, empty for none


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One message from a client. `payload` is a UserBroadcast when it came as kind 3."""

    topic: str
    event: str
    payload: object
    ref: str | None = None
    join_ref: str | None = None


class _V1(msgspec.Struct, kw_only=True):
    topic: str
    event: str
    payload: object
    ref: str | None = None
    join_ref: str | None = None


_decode_v1 = msgspec.json.Decoder(_V1).decode
_decode_v2 = msgspec.json.Decoder(tuple[str | None, str | None, str, str, object]).decode


def decode(wire: Wire, frame: str | bytes) -> Push:
    """Return the push in `frame`; raise FrameError when it is none."""
    if isinstance(frame, bytes):
        return _decode_binary(frame)
    try:
        if wire is Wire.V2:
            join_ref, ref, topic, event, payload = _decode_v2(frame)
        else:
            v1 = _decode_v1(frame)
            join_ref, ref, topic, event, payload = (
                v1.join_ref, v1.ref, v1.topic, v1.event, v1.payload,
            )  # fmt: skip
    except msgspec.DecodeError as error:
        raise FrameError(f"not a {wire.name} frame: {error}") from error
    return Push(join_ref=join_ref, ref=ref, topic=topic, event=event, payload=payload)


def encode_text(
    wire: Wire,
    topic: str,
    event: str,
    payload: object,
    *,
    join_ref: str | None = None,
    ref: str | None = None,
) -> str:
    """Return one server message as text. V1 has four members exactly: no join_ref (A.2)."""
    if wire is Wire.V2:
        return msgspec.json.encode((join_ref, ref, topic, event, payload)).decode()
    members = {"topic": topic, "event": event, "payload": payload, "ref": ref}
    return msgspec.json.encode(members).decode()


def encode_broadcast(topic: str, broadcast: UserBroadcast) -> bytes:
    """Return the kind 4 frame for `broadcast`; raise FrameError when a field exceeds 255 bytes."""
    fields = (topic.encode(), broadcast.event.encode(), broadcast.metadata)
    return b"".join(
        (
            bytes((KIND_BROADCAST, *_lengths(fields), broadcast.is_json)),
            *fields,
            broadcast.payload,
        )
    )


def encode_push(push: Push) -> bytes:
    """Return the kind 3 frame for a push, as the JavaScript client does it.

    The server never sends one. The form lives here so that tests and the decoder share one text.
    """
    if not isinstance(push.payload, UserBroadcast):
        raise FrameError(f"kind 3 carries a UserBroadcast, got {type(push.payload).__name__}")
    sent = push.payload
    texts = (push.join_ref or "", push.ref or "", push.topic, sent.event)
    fields = (*(text.encode() for text in texts), sent.metadata)
    return b"".join((bytes((KIND_PUSH, *_lengths(fields), sent.is_json)), *fields, sent.payload))


def _lengths(fields: tuple[bytes, ...]) -> list[int]:
    lengths = [len(field) for field in fields]
    if max(lengths) > MAX_FIELD_BYTES:
        raise FrameError(f"a binary field holds at most {MAX_FIELD_BYTES} bytes, got {lengths}")
    return lengths


def _decode_binary(frame: bytes) -> Push:
    if len(frame) < 7 or frame[0] != KIND_PUSH or frame[6] > 1:
        raise FrameError(f"expected a binary frame of kind {KIND_PUSH}, got {frame[:7].hex(' ')}")
    fields, start = [], 7
    for length in frame[1:6]:
        fields.append(frame[start : start + length])
        start += length
    if start > len(frame):
        raise FrameError(f"binary frame of {len(frame)} bytes announces {start} bytes of fields")
    try:
        join_ref, ref, topic, event = (field.decode() for field in fields[:4])
    except UnicodeDecodeError as error:
        raise FrameError(f"binary field is not UTF-8: {error}") from error
    sent = UserBroadcast(
        event=event, payload=frame[start:], is_json=frame[6] == 1, metadata=fields[4]
    )
    return Push(
        join_ref=join_ref or None, ref=ref or None, topic=topic, event="broadcast", payload=sent
    )
