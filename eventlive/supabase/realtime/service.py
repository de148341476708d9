"""Supabase Realtime in this process: put together, opened and closed."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.routing import WebSocketRoute

from eventlive.database.pool import new_pool
from eventlive.supabase.realtime.authorization import Authorization
from eventlive.supabase.realtime.backend import Backend
from eventlive.supabase.realtime.changes import Changes
from eventlive.supabase.realtime.feed import Feed
from eventlive.supabase.realtime.frames import FrameError
from eventlive.supabase.realtime.handshake import Endpoint
from eventlive.supabase.realtime.history import History, stored_broadcast
from eventlive.supabase.realtime.http import HttpBroadcast
from eventlive.supabase.realtime.hub import Hub
from eventlive.supabase.realtime.limits import Allowance
from eventlive.supabase.realtime.messages import BroadcastMessage

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from eventlive.settings import Settings
    from eventlive.supabase.keys import Project
    from eventlive.supabase.realtime.hub import Courier
    from eventlive.supabase.realtime.subscriptions import Change

logger = logging.getLogger(__name__)

RATE_WINDOW_S = 60  # limits "per second" are averages over this long (A.20)


class RealtimeService:
    """The routes below /realtime/v1. Serve them only between open() and close().

    The server in front must accept frames of 5,000,000 bytes and not compress (one compressed
    copy per socket would undo the shared encoding).
    """

    def __init__(self, project: Project, database_url: str, settings: Settings) -> None:
        self._pool = new_pool(database_url, "realtime")
        limits, timings = settings.limits, settings.timings
        self._hub = Hub(timings, messages=_per_s(limits.messages_per_s))
        self._changes = Changes(self._pool, self._hub, poll_s=timings.change_poll_s)
        self._feed = Feed(database_url, self._pool, self._on_change)
        self._backend = Backend(
            project=project,
            settings=settings,
            authorization=Authorization(self._pool),
            changes=self._changes,
            history=History(self._pool),
            hub=self._hub,
            joins=_per_s(limits.joins_per_s),
        )
        self._endpoint = Endpoint(self._backend)
        self._http = HttpBroadcast(self._backend)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def courier(self) -> Courier:
        """How each message reaches each listener; a defect puts another in front of this one."""
        return self._hub.courier

    @courier.setter
    def courier(self, courier: Courier) -> None:
        self._hub.courier = courier

    def go_down(self) -> None:
        """Every socket is sent away (1012) and none is let in, until `come_up`."""
        self._endpoint.is_down = True
        self._endpoint.close()

    def come_up(self) -> None:
        """Sockets are let in again."""
        self._endpoint.is_down = False

    def routes(self) -> list[BaseRoute]:
        """The WebSocket and the HTTP broadcast routes."""
        return [WebSocketRoute("/websocket", self._endpoint), *self._http.routes()]

    async def open(self) -> None:
        """Watch the published tables and start to pass committed changes on."""
        await self._pool.open()
        async with self._pool.connection() as connection:
            await connection.execute("select realtime.watch_publication()")
        await self._backend.authorization.open()
        await self._backend.history.open()
        await self._feed.open()
        self._tasks = [
            asyncio.create_task(self._feed.run(), name="realtime feed"),
            asyncio.create_task(self._changes.run(), name="realtime changes"),
        ]

    async def close(self) -> None:
        """Send every client away (1012) and let go of the database."""
        self._endpoint.close()
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self._feed.close()
        await self._pool.close()

    def _on_change(self, change: Change) -> None:
        if (change.schema, change.table) == ("realtime", "messages"):
            self._on_stored_broadcast(change)
        else:
            self._changes.offer(change)

    def _on_stored_broadcast(self, change: Change) -> None:
        row = change.new or {}
        topic, broadcast = f"realtime:{row['topic']}", stored_broadcast(row)
        try:
            self._hub.broadcast(
                topic,
                BroadcastMessage(topic, broadcast),
                broadcast.event,
                is_private=row["private"] is not False,
            )
        except FrameError as error:
            logger.warning("a stored broadcast has no binary form: %s", error)


def _per_s(limit: int | None) -> Allowance:
    return Allowance(None if limit is None else limit * RATE_WINDOW_S, RATE_WINDOW_S)
