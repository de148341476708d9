"""A Realtime client that shows raw frames, and a server for it on a loopback port."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from websockets.asyncio.client import connect

from eventlive.supabase.realtime.frames import Push, UserBroadcast, encode_push
from eventlive.supabase.realtime.service import RealtimeService
from tests.eventlive.realtime.lab import NOTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from websockets.asyncio.client import ClientConnection

    from eventlive.settings import Settings
    from eventlive.supabase.keys import Project

PATIENCE_S = 5.0
V1, V2 = "1.0.0", "2.0.0"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One message from the server, whatever its form was."""

    topic: str
    event: str
    payload: Json
    ref: str | None = None
    join_ref: str | None = None
    is_binary: bool = False


@dataclass(kw_only=True)
class Client:
    """One socket. Frames that nobody asked for yet wait in `unread`."""

    socket: ClientConnection
    vsn: str
    refs: int = 5  # a real client has used some up before its first join (A.3)
    joins: dict[str, str] = field(default_factory=dict)
    unread: list[Frame] = field(default_factory=list)

    async def push(self, topic: str, event: str, payload: object) -> str:
        """Send one push; its ref."""
        self.refs += 1
        ref = str(self.refs)
        if event == "phx_join":
            self.joins[topic] = ref
        join_ref = self.joins.get(topic)
        if self.vsn == V2:
            frame: object = [join_ref, ref, topic, event, payload]
        else:
            frame = {"topic": topic, "event": event, "payload": payload, "ref": ref}
        await self.socket.send(json.dumps(frame))
        return ref

    async def ask(self, topic: str, event: str, payload: object) -> Json:
        """The payload of the reply to a push."""
        ref = await self.push(topic, event, payload)
        reply = await self.until("phx_reply", lambda frame: frame.ref == ref)
        return reply.payload

    async def join(self, topic: str, token: str | None = None, **config: object) -> Json:
        """The payload of the reply to a join."""
        payload: Json = {"config": config}
        if token is not None:
            payload["access_token"] = token
        return await self.ask(topic, "phx_join", payload)

    async def send_binary(self, topic: str, event: str, payload: object) -> str:
        """Broadcast as the JavaScript client does: kind 3. The push's ref."""
        self.refs += 1
        sent = UserBroadcast(event=event, payload=json.dumps(payload).encode())
        push = Push(
            join_ref=self.joins[topic],
            ref=str(self.refs),
            topic=topic,
            event="broadcast",
            payload=sent,
        )
        await self.socket.send(encode_push(push))
        return str(self.refs)

    async def send_text(self, topic: str, event: str, payload: object) -> str:
        """Broadcast as realtime-py does."""
        content = {"type": "broadcast", "event": event, "payload": payload}
        return await self.push(topic, "broadcast", content)

    async def track(self, topic: str, payload: object) -> Json:
        """Track presence; the reply's payload."""
        content = {"type": "presence", "event": "track", "payload": payload}
        return await self.ask(topic, "presence", content)

    async def until(self, event: str, accept: Callable[[Frame], bool] = lambda _: True) -> Frame:
        """Take the first frame of this kind, read or unread; the others stay in order."""
        looked_at = 0
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for frame in self.unread[looked_at:]:
                    if frame.event == event and accept(frame):
                        self.unread.remove(frame)
                        return frame
                looked_at = len(self.unread)
                self.unread.append(await self._next())

    async def drained(self) -> list[Frame]:
        """Everything the server had sent by now: all that precedes the answer to a heartbeat."""
        ref = await self.push("phoenix", "heartbeat", {})
        async with asyncio.timeout(PATIENCE_S):
            while (frame := await self._next()).ref != ref or frame.topic != "phoenix":
                self.unread.append(frame)
        frames, self.unread = self.unread, []
        return frames

    async def _next(self) -> Frame:
        data = await self.socket.recv()
        return read_kind_4(data) if isinstance(data, bytes) else self._read_text(data)

    def _read_text(self, text: str) -> Frame:
        content = json.loads(text)
        if self.vsn == V2:
            join_ref, ref, topic, event, payload = content
            return Frame(join_ref=join_ref, ref=ref, topic=topic, event=event, payload=payload)
        assert set(content) == {"topic", "event", "payload", "ref"}  # realtime-py insists (A.19)
        return Frame(**content)


def read_kind_4(data: bytes) -> Frame:
    """A kind 4 frame, in the shape that the JavaScript client gives it (A.2)."""
    kind, topic_size, event_size, meta_size, is_json = data[:5]
    assert (kind, is_json) == (4, 1)
    topic_end = 5 + topic_size
    event_end = topic_end + event_size
    payload: Json = {
        "type": "broadcast",
        "event": data[topic_end:event_end].decode(),
        "payload": json.loads(data[event_end + meta_size :]),
    }
    if meta_size:
        payload["meta"] = json.loads(data[event_end : event_end + meta_size])
    return Frame(
        topic=data[5:topic_end].decode(), event="broadcast", payload=payload, is_binary=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running service and the way to it."""

    service: RealtimeService
    project: Project
    address: str

    @asynccontextmanager
    async def client(self, key: str | None = None, *, vsn: str = V2) -> AsyncIterator[Client]:
        """A connected client; the anon key unless told otherwise."""
        query = urlencode({"apikey": key or self.project.anon_key, "vsn": vsn})
        url = f"ws://{self.address}/realtime/v1/websocket?{query}"
        async with connect(url, compression=None, proxy=None) as socket:
            yield Client(socket=socket, vsn=vsn)


async def follow_notes(client: Client, topic: str, token: str | None, **wanted: object) -> None:
    """Join and wait until changes flow."""
    await client.join(topic, token, postgres_changes=[NOTES | wanted])
    system = await client.until("system")
    assert system.payload["message"] == "Subscribed to PostgreSQL"


async def post(server: Server, path: str, key: str, **more: Any) -> httpx.Response:
    """POST to the HTTP endpoints with this key."""
    headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
    base = f"http://{server.address}"
    # Nothing is encrypted on loopback, so no time is spent on loading certificates.
    async with httpx.AsyncClient(base_url=base, verify=False, trust_env=False) as http:
        return await http.post(f"/realtime/v1/api/broadcast{path}", headers=headers, **more)


class _Uvicorn(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # Ctrl-C belongs to pytest


@asynccontextmanager
async def serving(project: Project, database_url: str, settings: Settings) -> AsyncIterator[Server]:
    """Serve Realtime on a free port for the block."""
    service = RealtimeService(project, database_url, settings)
    await service.open()
    app = Starlette(routes=[Mount("/realtime/v1", routes=service.routes())])
    config = uvicorn.Config(
        app,
        port=0,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_config=None,
        lifespan="off",
    )
    server = _Uvicorn(config)
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0)
        host, port = server.servers[0].sockets[0].getsockname()
        yield Server(service=service, project=project, address=f"{host}:{port}")
    finally:
        await service.close()
        server.should_exit = True
        await running
