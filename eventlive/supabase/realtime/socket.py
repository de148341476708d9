"""One WebSocket connection: dispatch of what arrives, a bounded queue of what leaves."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from eventlive.supabase.realtime.frames import FrameError, Wire, decode
from eventlive.supabase.realtime.joining import PREFIX, join
from eventlive.supabase.realtime.messages import closed, reply
from eventlive.supabase.realtime.tokens import Refused

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.types import Receive, Send

    from eventlive.supabase.realtime.backend import Backend
    from eventlive.supabase.realtime.channel import Channel
    from eventlive.supabase.realtime.frames import Push
    from eventlive.supabase.realtime.messages import AsgiEvent, Message
    from eventlive.supabase.realtime.tokens import Caller

logger = logging.getLogger(__name__)

MAX_QUEUED = 10_000
GOODBYE_S = 1.0

NORMAL, POLICY_VIOLATION, SERVICE_RESTART = 1000, 1008, 1012


class Socket:
    """Serves one accepted connection until either side ends it.

    Pushes are handled one after another, as they came. Sending only appends to a queue that a
    task of its own writes out, so that a reader who stalls delays nobody but itself; one that
    is MAX_QUEUED messages behind is disconnected.
    """

    def __init__(
        self, backend: Backend, wire: Wire, caller: Caller, receive: Receive, send: Send
    ) -> None:
        self.caller = caller
        self._backend = backend
        self._is_v2 = wire is Wire.V2
        self._wire = wire
        self._receive = receive
        self._send = send
        self._channels: dict[str, Channel] = {}
        self._queue: deque[AsgiEvent] = deque()
        self._wake = asyncio.Event()
        self._waking: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._patience: asyncio.Timeout | None = None
        self._goodbye: AsgiEvent | None = None

    async def serve(self) -> None:
        """Read and write until the client leaves, falls silent, or close() was called."""
        writer = asyncio.create_task(self._write())
        try:
            await self._read()
            self._leave_all()
            if self._goodbye is not None:
                self._queue.append(self._goodbye)
                self._wake.set()
                await asyncio.wait({writer}, timeout=GOODBYE_S)
        finally:
            self._leave_all()
            tasks = {writer, *self._tasks}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def send(self, message: Message, *, within_s: float = 0.0) -> None:
        """Queue `message` in this socket's version of the protocol, behind what is queued already.

        What may wait is written together with what comes until then.
        """
        event = message.v2 if self._is_v2 else message.v1
        if event is None:
            return
        if len(self._queue) >= MAX_QUEUED:
            self._queue.clear()
            self.close(POLICY_VIOLATION, f"more than {MAX_QUEUED} messages behind")
        elif self._goodbye is None:
            self._queue.append(event)
            self._wake_within(within_s)

    def spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run `work` until it ends or the socket does."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def forget(self, channel: Channel) -> None:
        """Route nothing to `channel` any more, unless a newer one took its topic."""
        if self._channels.get(channel.topic) is channel:
            del self._channels[channel.topic]

    def close(self, code: int, reason: str) -> None:
        """Close after what is queued has been written; the first reason given counts."""
        if self._goodbye is None:
            self._goodbye = {"type": "websocket.close", "code": code, "reason": reason}
            if self._patience is not None and not self._patience.expired():
                self._patience.reschedule(asyncio.get_running_loop().time())

    def _wake_within(self, delay_s: float) -> None:
        if delay_s <= 0:
            self._wake.set()
        elif self._waking is None:
            loop = asyncio.get_running_loop()
            self._waking = loop.call_later(delay_s, self._wake.set)

    async def _read(self) -> None:
        idle_s = self._backend.settings.timings.idle_close_s
        while self._goodbye is None:
            try:
                async with asyncio.timeout(idle_s) as self._patience:
                    event = await self._receive()
            except TimeoutError:
                self.close(NORMAL, "idle")
                return
            self._patience = None
            if event["type"] == "websocket.disconnect":
                return
            await self._handle(event.get("bytes") or event.get("text") or "")

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._waking is not None:
                self._waking.cancel()
                self._waking = None
            while self._queue:
                event = self._queue.popleft()
                try:
                    await self._send(event)
                except OSError:
                    return  # the client is gone; _read() hears of it too
                if event is self._goodbye:
                    return

    async def _handle(self, frame: str | bytes) -> None:
        try:
            push = decode(self._wire, frame)
        except FrameError as error:
            logger.info("dropped a frame: %s", error)
            return
        channel = self._channels.get(push.topic)
        if push.topic == "phoenix":
            self._reply(push, "ok", {})
        elif push.event == "phx_join":
            await self._join(push)
        elif channel is not None:
            await channel.handle(push)
        elif push.event == "phx_leave":
            self._reply(push, "ok", {})
        else:
            self._reply(push, "error", {"reason": "unmatched topic"})

    async def _join(self, push: Push) -> None:
        """Admit or refuse; an earlier channel of the same topic is closed after the answer."""
        if not push.topic.startswith(PREFIX):
            self._reply(push, "error", {"reason": "unmatched topic"})
            return
        earlier = self._channels.get(push.topic)
        if earlier is not None:
            earlier.leave()
        try:
            self._check_limits()
            self._channels[push.topic] = await join(self._backend, self, push)
        except Refused as refused:
            self.spawn(self._refuse(push, refused))
        if earlier is not None:
            self.send(closed(push.topic, earlier.join_ref))

    def _check_limits(self) -> None:
        limit = self._backend.settings.limits.channels_per_socket
        if limit is not None and len(self._channels) >= limit:
            raise Refused("ChannelRateLimitReached", "Too many channels")
        if not self._backend.joins.spend():
            raise Refused(TOO_MANY_JOINS, "Too many joins per second")

    async def _refuse(self, push: Push, refused: Refused) -> None:
        """Answer late, as the server does, without holding up the other channels (A.6)."""
        await asyncio.sleep(self._backend.settings.timings.join_error_delay_s)
        self._reply(push, "error", {"reason": refused.reason})
        if refused.code == TOO_MANY_JOINS:
            self.close(NORMAL, refused.message)

    def _reply(self, push: Push, status: str, response: dict[str, object]) -> None:
        self.send(reply(push.topic, push.join_ref, push.ref, status, response))

    def _leave_all(self) -> None:
        for channel in list(self._channels.values()):
            channel.leave()


TOO_MANY_JOINS = "ClientJoinRateLimitReached"
