"""Fan-out: one encoding for everybody, one diff per window, and nobody waits for the slow."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from eventlive.settings import Settings, Timings
from eventlive.supabase.realtime.authorization import EVERYTHING, Grants
from eventlive.supabase.realtime.frames import Wire
from eventlive.supabase.realtime.hub import Hub
from eventlive.supabase.realtime.limits import Allowance
from eventlive.supabase.realtime.messages import Message, TextMessage
from eventlive.supabase.realtime.socket import MAX_QUEUED, Socket
from eventlive.supabase.realtime.tokens import Caller

if TYPE_CHECKING:
    from starlette.types import Message as AsgiMessage

    from eventlive.supabase.realtime.backend import Backend
    from eventlive.supabase.realtime.messages import AsgiEvent

pytestmark = pytest.mark.anyio

ROOM = "realtime:room"
HOUSE = 400
CALLER = Caller("token", {"role": "anon", "sub": "u"}, 0)
MESSAGE = TextMessage(ROOM, "broadcast", {"event": "msg"})


class Recorder:
    """A listener that keeps what it was given."""

    topic = ROOM
    caller = CALLER

    def __init__(self, *, is_private: bool = False, reads: Grants = EVERYTHING) -> None:
        self.is_private = is_private
        self.reads = reads
        self.messages: list[Message] = []
        self.shut_because: str | None = None

    def deliver(self, message: Message) -> None:
        self.messages.append(message)

    def shut(self, why: str) -> None:
        self.shut_because = why


def new_hub(*listeners: Recorder, messages: int | None = None) -> Hub:
    timings = Timings(presence_window_s=0.0, presence_s_per_listener=0.0)
    hub = Hub(timings, messages=Allowance(messages, 60))
    for listener in listeners:
        hub.enter(listener)
    return hub


def test_everybody_gets_the_one_encoded_message() -> None:
    house = [Recorder() for _ in range(HOUSE)]

    new_hub(*house).broadcast(ROOM, MESSAGE, "msg", is_private=False)

    assert {id(one.messages[0].v2) for one in house} == {id(MESSAGE.v2)}
    assert {len(one.messages) for one in house} == {1}


def test_a_larger_room_than_a_full_house_does_not_wait_longer() -> None:
    house, larger = [[Recorder() for _ in range(n)] for n in (HOUSE, 3 * HOUSE)]
    waits_s = []
    for listeners in (house, larger):
        hub = Hub(Timings(), messages=Allowance(None, 60))
        for listener in listeners:
            hub.enter(listener)
        waits_s.append(hub.gather_s(listeners[0]))

    assert waits_s[0] == waits_s[1] > 0


def test_the_other_space_and_those_who_may_not_read_get_nothing() -> None:
    private = Recorder(is_private=True)
    presence_only = Recorder(reads=Grants(broadcast=False, presence=True))

    new_hub(private, presence_only).broadcast(ROOM, MESSAGE, "msg", is_private=False)

    assert private.messages == presence_only.messages == []


async def test_a_house_that_joins_within_a_window_costs_one_diff_each() -> None:
    house = [Recorder() for _ in range(HOUSE)]
    hub = new_hub(*house)

    for number, one in enumerate(house):
        hub.track(one, f"user {number}", {})
    while not house[-1].messages:
        await asyncio.sleep(0)

    assert {len(one.messages) for one in house} == {1}


async def test_whoever_leaves_is_missed_by_the_others_only() -> None:
    stays, leaves = Recorder(), Recorder()
    hub = new_hub(stays, leaves)
    hub.track(leaves, "key", {})
    while not stays.messages:
        await asyncio.sleep(0)

    hub.leave(leaves)
    while len(stays.messages) < 2:
        await asyncio.sleep(0)

    assert len(leaves.messages) == 1


def test_too_many_messages_close_the_receivers_too() -> None:
    house = [Recorder() for _ in range(3)]
    hub = new_hub(*house, messages=4)

    hub.broadcast(ROOM, MESSAGE, "msg", is_private=False)
    assert {one.shut_because for one in house} == {None}

    hub.broadcast(ROOM, MESSAGE, "msg", is_private=False)
    assert {one.shut_because for one in house} == {"Too many messages per second"}


class Settled:
    """The part of a backend that a socket without channels looks at."""

    settings = Settings(timings=Timings(idle_close_s=60))


async def forever(_: object = None) -> AsgiEvent:
    """A client that neither reads nor writes."""
    await asyncio.Event().wait()
    raise AssertionError


async def test_a_stalled_client_is_dropped_and_never_waited_for() -> None:
    async def stalled(_: object) -> None:
        await forever()

    socket = Socket(cast("Backend", Settled()), Wire.V2, CALLER, forever, stalled)
    serving = asyncio.create_task(socket.serve())
    await asyncio.sleep(0)

    for _ in range(MAX_QUEUED + 1):
        socket.send(MESSAGE)

    async with asyncio.timeout(5):
        await serving


async def test_what_may_wait_is_written_with_what_comes_until_then() -> None:
    written: list[object] = []

    async def send(event: AsgiMessage) -> None:
        written.append(event["text"])

    socket = Socket(cast("Backend", Settled()), Wire.V2, CALLER, forever, send)
    serving = asyncio.create_task(socket.serve())
    first, second, urgent = (TextMessage(ROOM, "broadcast", number) for number in range(3))

    socket.send(first, within_s=0.05)
    await asyncio.sleep(0.01)
    assert written == []
    socket.send(second, within_s=10)
    while len(written) < 2:
        await asyncio.sleep(0.005)
    socket.send(first, within_s=10)
    socket.send(urgent)
    while len(written) < 4:
        await asyncio.sleep(0)

    assert written == [one.v2["text"] for one in (first, second, first, urgent)]
    serving.cancel()


def test_the_fuller_the_room_the_longer_deliveries_are_gathered() -> None:
    house = [Recorder() for _ in range(HOUSE)]

    assert new_hub(*house).gather_s(house[0]) == pytest.approx(0.2)
    assert new_hub(house[0]).gather_s(house[0]) == pytest.approx(0.0005)


async def test_what_was_queued_is_written_in_order_before_the_close() -> None:
    written: list[object] = []

    async def send(event: AsgiMessage) -> None:
        written.append(event.get("text") or event["type"])

    socket = Socket(cast("Backend", Settled()), Wire.V2, CALLER, forever, send)
    serving = asyncio.create_task(socket.serve())
    await asyncio.sleep(0)
    messages = [TextMessage(ROOM, "broadcast", number) for number in range(100)]

    for message in messages:
        socket.send(message)
    socket.close(1012, "restart")
    await serving

    assert written == [*(message.v2["text"] for message in messages), "websocket.close"]
