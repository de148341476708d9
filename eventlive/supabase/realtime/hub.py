"""Who listens where, and fan-out to them.

Public and private channels of one name are separate spaces: nothing crosses over (A.11).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from eventlive.supabase.realtime.messages import TextMessage
from eventlive.supabase.realtime.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from eventlive.settings import Timings
    from eventlive.supabase.realtime.authorization import Grants
    from eventlive.supabase.realtime.limits import Allowance
    from eventlive.supabase.realtime.messages import Message
    from eventlive.supabase.realtime.tokens import Caller

    # Hands one message to one listener; the event is the broadcast's own name, "presence_diff" or
    # "postgres_changes".
    Courier = Callable[["Listener", Message, str], None]


class Listener(Protocol):
    """One joined channel, as fan-out sees it."""

    def __hash__(self) -> int: ...
    @property
    def topic(self) -> str: ...
    @property
    def is_private(self) -> bool: ...
    @property
    def caller(self) -> Caller: ...
    @property
    def reads(self) -> Grants: ...

    def deliver(self, message: Message) -> None:
        """Queue `message`; must neither wait nor raise."""

    def shut(self, why: str) -> None:
        """Tell the client why, then close the channel for good."""


def hand_over(listener: Listener, message: Message, event: str) -> None:
    """The courier of a hub that works: `listener` gets the message, now and once."""
    listener.deliver(message)


class Space:
    """Everybody on one topic in one of its two worlds."""

    def __init__(self) -> None:
        self.listeners: dict[Listener, None] = {}  # ordered, so that deliveries are too
        self.presence = Presence()
        self.diff_timer: asyncio.TimerHandle | None = None


class Hub:
    """All spaces of one process. Synchronous: between two awaits nobody joins or leaves."""

    def __init__(self, timings: Timings, *, messages: Allowance) -> None:
        self.courier: Courier = hand_over
        self._timings = timings
        self._messages = messages
        self._spaces: dict[tuple[str, bool], Space] = {}

    def enter(self, listener: Listener) -> None:
        """Deliver to `listener` from now on."""
        self._spaces.setdefault(_address(listener), Space()).listeners[listener] = None

    def leave(self, listener: Listener) -> None:
        """Deliver nothing more to `listener`; whoever it tracked is gone. Idempotent."""
        address = _address(listener)
        space = self._spaces.get(address)
        if space is None or listener not in space.listeners:
            return
        self.untrack(listener)
        del space.listeners[listener]
        if not space.listeners:
            del self._spaces[address]

    def broadcast(
        self,
        topic: str,
        message: Message,
        event: str,
        *,
        is_private: bool,
        sender: Listener | None = None,
    ) -> None:
        """Send a user broadcast to everybody in the space who may read it, except `sender`."""
        space = self._spaces.get((topic, is_private))
        if space is None:
            return
        readers = [one for one in space.listeners if one.reads.broadcast and one is not sender]
        self.fan_out(readers, message, event)
        if not self._messages.spend(1 + len(readers)):
            # Realtime tells the receiving channels too, not only the one that sent (A.20).
            for listener in list(space.listeners):
                listener.shut("Too many messages per second")

    def fan_out(self, listeners: Iterable[Listener], message: Message, event: str) -> None:
        """Queue one message for each listener."""
        deliver = self.courier
        for listener in listeners:
            deliver(listener, message, event)

    def track(self, listener: Listener, key: str, payload: Mapping[str, object]) -> None:
        """Record presence; the others learn of it with the next diff of the space."""
        space = self._spaces[_address(listener)]
        if space.presence.track(listener, key, payload):
            self._schedule_diff(listener.topic, space)

    def untrack(self, listener: Listener) -> None:
        """Forget presence, likewise."""
        space = self._spaces[_address(listener)]
        if space.presence.untrack(listener):
            self._schedule_diff(listener.topic, space)

    def gather_s(self, listener: Listener) -> float:
        """How long what is delivered to `listener` may wait for more of it."""
        space = self._spaces.get(_address(listener))
        return self._timings.gather_s_per_listener * self._crowd(space) if space else 0.0

    def presence_of(self, listener: Listener) -> Presence:
        """The presence of the space that `listener` has entered."""
        return self._spaces[_address(listener)].presence

    def _schedule_diff(self, topic: str, space: Space) -> None:
        """One diff per window: N users who join together cost N frames, not N times N."""
        if space.diff_timer is None:
            crowd_s = self._timings.presence_s_per_listener * self._crowd(space)
            window_s = max(self._timings.presence_window_s, crowd_s)
            loop = asyncio.get_running_loop()
            space.diff_timer = loop.call_later(window_s, self._send_diff, topic, space)

    def _crowd(self, space: Space) -> int:
        return min(len(space.listeners), self._timings.crowd_max)

    def _send_diff(self, topic: str, space: Space) -> None:
        space.diff_timer = None
        diff = space.presence.take_diff()
        if diff is not None:
            readers = [one for one in space.listeners if one.reads.presence]
            self.fan_out(readers, TextMessage(topic, "presence_diff", diff), "presence_diff")


def _address(listener: Listener) -> tuple[str, bool]:
    return (listener.topic, listener.is_private)
