"""One joined channel: what its client pushes, and what it may receive."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import psycopg

from eventlive.supabase.realtime.authorization import EVERYTHING, Grants
from eventlive.supabase.realtime.filters import FilterError
from eventlive.supabase.realtime.frames import UserBroadcast
from eventlive.supabase.realtime.limits import Allowance
from eventlive.supabase.realtime.messages import (
    BroadcastMessage,
    Message,
    TextMessage,
    closed,
    reply,
    system,
)
from eventlive.supabase.realtime.subscriptions import Subscription, parse_subscription
from eventlive.supabase.realtime.tokens import Refused, caller_of, expired, usable_token

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from eventlive.supabase.realtime.backend import Backend
    from eventlive.supabase.realtime.frames import Push
    from eventlive.supabase.realtime.presence import Metas
    from eventlive.supabase.realtime.requests import JoinRequest
    from eventlive.supabase.realtime.tokens import Caller

logger = logging.getLogger(__name__)

MAX_BROADCAST_BYTES = 3_000_000
TOKEN_CHECK_S = 300.0
SUBSCRIBE_RETRY_S = 5.0


class Connection(Protocol):
    """The socket below a channel."""

    @property
    def caller(self) -> Caller: ...

    def send(self, message: Message, *, within_s: float = 0.0) -> None:
        """Queue `message`, to be written within this time; neither waits nor raises."""

    def spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run `work` beside the socket, no longer than the socket lives."""

    def forget(self, channel: Channel) -> None:
        """Route nothing to `channel` any more."""


class Channel:
    """A hub listener with a client behind it; open() after the join reply, leave() at any end."""

    def __init__(
        self,
        backend: Backend,
        connection: Connection,
        push: Push,
        request: JoinRequest,
        caller: Caller,
        reads: Grants,
    ) -> None:
        self.topic = push.topic
        self.name = push.topic.removeprefix("realtime:")
        self.join_ref = push.join_ref
        self.is_private = request.is_private
        self.caller = caller
        self.reads = reads
        self.subscriptions: Sequence[Subscription] = ()
        self._backend = backend
        self._connection = connection
        self._request = request
        self._writes: Grants | None = None  # asked at first use, kept until the token changes
        self._presence_calls = Allowance(backend.settings.limits.presence_calls_per_30_s, 30)
        self._token_timer: asyncio.TimerHandle | None = None
        self._subscribing: asyncio.Task[None] | None = None
        self._is_open = False

    def open(self) -> None:
        """Start to listen, watch the token, and subscribe to changes in the background."""
        self._is_open = True
        self._backend.hub.enter(self)
        self._watch_token()
        self._subscribe()

    def leave(self) -> None:
        """Stop everything, silently. Idempotent."""
        self._is_open = False
        self._backend.hub.leave(self)
        self._backend.changes.unsubscribe(self)
        self._connection.forget(self)
        if self._token_timer is not None:
            self._token_timer.cancel()
        if self._subscribing is not None:
            self._subscribing.cancel()

    def shut(self, why: str) -> None:
        """Tell the client why, then close for good: no client rejoins after phx_close (A.8)."""
        if self._is_open:
            self.tell("error", why)
            self._connection.send(closed(self.topic, self.join_ref))
            self.leave()

    def deliver(self, message: Message) -> None:
        """Queue one message for the client, together with others that come at the same time."""
        self._connection.send(message, within_s=self._backend.hub.gather_s(self))

    def tell(self, status: str, text: str, *, extension: str = "system") -> None:
        """Queue a `system` message (A.7)."""
        self._connection.send(system(self.topic, self.join_ref, status, text, extension=extension))

    def presence_state(self) -> Metas:
        """Everybody present in this channel's space."""
        return self._backend.hub.presence_of(self).state()

    async def handle(self, push: Push) -> None:
        """Act on one push for this topic. What nobody knows is ignored, as the server does."""
        match push.event:
            case "broadcast":
                await self._broadcast(push)
            case "presence":
                await self._presence(push)
            case "access_token":
                await self._renew(push.payload)
            case "phx_leave":
                self._reply(push, "ok", {})
                self._connection.send(closed(self.topic, self.join_ref))
                self.leave()
            case event:
                logger.info("ignored event %r on %s", event, self.topic)

    async def _broadcast(self, push: Push) -> None:
        # A denied send is silent, even with ack: the client runs into its own timeout (A.11).
        if self.is_private and not (await self._may_write()).broadcast:
            return
        sent, message = push.payload, _message(push)
        if _size(message) > MAX_BROADCAST_BYTES:
            if self._request.wants_ack:
                self._reply(push, "error", {"reason": "payload_size_exceeded"})
            return
        event = sent.event if isinstance(sent, UserBroadcast) else str(_member(sent, "event"))
        if self._request.wants_ack:
            self._reply(push, "ok", {})
        sender = None if self._request.wants_own else self
        self._backend.hub.broadcast(
            self.topic, message, event, is_private=self.is_private, sender=sender
        )

    async def _presence(self, push: Push) -> None:
        action = str(_member(push.payload, "event")).lower()
        payload = _member(push.payload, "payload", {})
        if not self._presence_calls.spend():
            self.shut("Client presence rate limit exceeded")
        elif self.is_private and not (await self._may_write()).presence:
            self._reply(push, "error", {})
        elif not isinstance(payload, Mapping):
            self._reply(push, "error", {"reason": "Presence track payload must be a map"})
        elif self._is_open:  # it may have been shut while the policies were asked
            self._reply(push, "ok", {})
            if action == "track":
                self._backend.hub.track(self, self._request.presence_key, payload)
            elif action == "untrack":
                self._backend.hub.untrack(self)

    async def _renew(self, payload: object) -> None:
        """Take over a new token (A.10). No answer when all is well."""
        token = usable_token(_member(payload, "access_token"))
        if token is None or token == self.caller.token:
            return
        try:
            caller, reads = caller_of(self._backend.project, token), EVERYTHING
            if self.is_private:
                reads = await self._backend.authorization.admission(caller, self.name)
        except Refused as refused:
            self.shut(refused.message)
            return
        if self._is_open:
            self.caller, self.reads, self._writes = caller, reads, None
            self._watch_token()
            self._subscribe()

    async def _may_write(self) -> Grants:
        if self._writes is None:
            try:
                self._writes = await self._backend.authorization.writing(self.caller, self.name)
            except Refused as refused:
                logger.warning("write policies of %s: %s", self.topic, refused)
                return Grants(broadcast=False, presence=False)
        return self._writes

    def _watch_token(self) -> None:
        """Look at the clock again in five minutes or at expiry, whichever is first (A.10)."""
        if self._token_timer is not None:
            self._token_timer.cancel()
        left_s = self.caller.lifetime_s
        if left_s <= 0:
            self.shut(expired(-left_s).message)
            return
        loop = asyncio.get_running_loop()
        self._token_timer = loop.call_later(min(TOKEN_CHECK_S, left_s), self._watch_token)

    def _subscribe(self) -> None:
        """Subscribe to changes, or again after a new token; the client hears of it each time."""
        if self._subscribing is not None:
            self._subscribing.cancel()
        if self._request.changes:
            self._subscribing = self._connection.spawn(self._subscribed())

    async def _subscribed(self) -> None:
        try:
            wanted = [parse_subscription(one) for one in self._request.changes]
            problem = await self._check(wanted)
        except FilterError as error:
            problem = f"Error parsing `filter` params: {error}"
        if problem is not None:
            self.tell("error", problem, extension="postgres_changes")
            return
        await asyncio.sleep(self._backend.settings.timings.change_poll_s)
        self.subscriptions = wanted
        self._backend.changes.subscribe(self)
        self.tell("ok", "Subscribed to PostgreSQL", extension="postgres_changes")

    async def _check(self, wanted: Sequence[Subscription]) -> str | None:
        while True:
            try:
                return await self._backend.changes.check(wanted)
            except psycopg.Error as error:
                self.tell("error", f"{error}", extension="postgres_changes")
                await asyncio.sleep(SUBSCRIBE_RETRY_S)

    def _reply(self, push: Push, status: str, response: Mapping[str, object]) -> None:
        self._connection.send(reply(push.topic, push.join_ref, push.ref, status, response))


def _message(push: Push) -> Message:
    if isinstance(push.payload, UserBroadcast):
        # Metadata comes from the server only.
        return BroadcastMessage(push.topic, replace(push.payload, metadata=b""))
    return TextMessage(push.topic, "broadcast", push.payload)


def _size(message: Message) -> int:
    event = message.v2 or {}
    form = event.get("bytes") or event.get("text")
    return len(form) if isinstance(form, str | bytes) else 0


def _member(payload: object, name: str, default: object = None) -> object:
    return payload.get(name, default) if isinstance(payload, Mapping) else default
