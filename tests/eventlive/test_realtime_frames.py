"""Frames: the vectors of the protocol notes (A.2), and what holds for any frame."""

import contextlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive.supabase.realtime.frames import (
    FrameError,
    Push,
    UserBroadcast,
    Wire,
    decode,
    encode_broadcast,
    encode_push,
    encode_text,
)
from eventlive.supabase.realtime.messages import BroadcastMessage, TextMessage

PAYLOAD = '{"t":"hé"}'.encode()
KIND_3 = bytes.fromhex("03 01 01 0f 03 00 01") + b"68realtime:room:1msg" + PAYLOAD
KIND_4 = bytes.fromhex("04 0f 03 00 01") + b"realtime:room:1msg" + PAYLOAD

short_text = st.text(max_size=60)  # at most 240 bytes of UTF-8
references = st.none() | st.text(min_size=1, max_size=8)


def test_the_worked_example_is_read_as_the_client_meant_it() -> None:
    assert decode(Wire.V2, KIND_3) == Push(
        join_ref="6",
        ref="8",
        topic="realtime:room:1",
        event="broadcast",
        payload=UserBroadcast(event="msg", payload=PAYLOAD),
    )


def test_the_worked_example_reaches_the_others_as_kind_4() -> None:
    assert (
        encode_broadcast("realtime:room:1", UserBroadcast(event="msg", payload=PAYLOAD)) == KIND_4
    )


def test_metadata_stands_between_event_and_payload() -> None:
    sent = UserBroadcast(event="e", payload=b"\x00\xff", is_json=False, metadata=b'{"id":"1"}')

    assert encode_broadcast("t", sent) == b'\x04\x01\x01\x0a\x00te{"id":"1"}\x00\xff'


def test_a_v2_frame_is_an_array_of_five() -> None:
    frame = '["6","7","realtime:room:1","phx_leave",{}]'

    push = decode(Wire.V2, frame)

    assert (push.join_ref, push.ref, push.topic, push.event) == (
        "6",
        "7",
        "realtime:room:1",
        "phx_leave",
    )


def test_a_v1_frame_may_leave_join_ref_out() -> None:
    frame = '{"topic":"phoenix","event":"heartbeat","payload":{},"ref":null}'

    push = decode(Wire.V1, frame)

    assert (push.topic, push.event, push.ref, push.join_ref) == ("phoenix", "heartbeat", None, None)


def test_a_v1_message_has_exactly_four_members() -> None:
    text = encode_text(Wire.V1, "realtime:a", "system", {}, join_ref="6")

    assert json.loads(text) == {
        "topic": "realtime:a",
        "event": "system",
        "payload": {},
        "ref": None,
    }


def test_a_v2_message_keeps_both_refs() -> None:
    text = encode_text(Wire.V2, "realtime:a", "phx_reply", {"status": "ok"}, join_ref="6", ref="7")

    assert json.loads(text) == ["6", "7", "realtime:a", "phx_reply", {"status": "ok"}]


@pytest.mark.parametrize(
    ("vsn", "wire"),
    [(None, Wire.V1), ("1.0.0", Wire.V1), ("1.7", Wire.V1), ("2.0.0", Wire.V2)],
)
def test_the_version_decides_the_serializer(vsn: str | None, wire: Wire) -> None:
    assert Wire.of(vsn) is wire


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(FrameError, match=r"1\.x or 2\.x, got '3\.0\.0'"):
        Wire.of("3.0.0")


@pytest.mark.parametrize(
    "frame",
    ["", "{}", "[1]", '["6",7,"t","e",{}]', b"", b"\x00" * 9, KIND_4, KIND_3[:20], b"\x03\xff" * 5],
    ids=repr,
)
def test_anything_else_is_a_frame_error(frame: str | bytes) -> None:
    with pytest.raises(FrameError):
        decode(Wire.V2, frame)


def test_a_field_beyond_255_bytes_has_no_binary_form() -> None:
    with pytest.raises(FrameError, match="at most 255 bytes"):
        encode_broadcast("realtime:" + "가" * 90, UserBroadcast(event="e", payload=b"{}"))


def test_opaque_bytes_have_no_v1_form() -> None:
    message = BroadcastMessage("t", UserBroadcast(event="e", payload=b"\x00", is_json=False))

    assert message.v1 is None


def test_a_v1_socket_reads_a_binary_broadcast_as_text() -> None:
    sent = UserBroadcast(event="msg", payload=PAYLOAD, metadata=b'{"id":"1"}')

    event = BroadcastMessage("realtime:room:1", sent).v1

    assert event is not None
    assert json.loads(str(event["text"]))["payload"] == {
        "event": "msg",
        "payload": {"t": "hé"},
        "type": "broadcast",
        "meta": {"id": "1"},
    }


def test_every_socket_gets_the_same_encoded_object() -> None:
    message = TextMessage("t", "e", {})

    assert message.v2 is message.v2
    assert message.v1 is message.v1


@given(references, references, short_text, short_text, st.binary(max_size=50), st.booleans())
def test_a_kind_3_frame_is_read_back_as_it_was_written(
    join_ref: str | None, ref: str | None, topic: str, event: str, payload: bytes, is_json: bool
) -> None:
    sent = UserBroadcast(event=event, payload=payload, is_json=is_json)
    push = Push(join_ref=join_ref, ref=ref, topic=topic, event="broadcast", payload=sent)

    assert decode(Wire.V2, encode_push(push)) == push


@given(st.binary(max_size=60))
def test_no_bytes_crash_the_decoder(frame: bytes) -> None:
    with contextlib.suppress(FrameError):
        decode(Wire.V2, b"\x03" + frame)


@given(references, references, short_text, short_text)
def test_a_v2_text_frame_is_read_back_as_it_was_written(
    join_ref: str | None, ref: str | None, topic: str, event: str
) -> None:
    text = encode_text(Wire.V2, topic, event, {"a": [1]}, join_ref=join_ref, ref=ref)

    assert decode(Wire.V2, text) == Push(
        join_ref=join_ref, ref=ref, topic=topic, event=event, payload={"a": [1]}
    )
    assert msgspec.json.decode(text)[2:4] == [topic, event]
