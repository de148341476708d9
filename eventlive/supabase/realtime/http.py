"""Broadcast over HTTP: the batch and the single-event endpoint (A.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eventlive.supabase.realtime.channel import MAX_BROADCAST_BYTES
from eventlive.supabase.realtime.frames import MAX_FIELD_BYTES, UserBroadcast
from eventlive.supabase.realtime.messages import BroadcastMessage, TextMessage
from eventlive.supabase.realtime.tokens import Refused, caller_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from eventlive.supabase.realtime.backend import Backend
    from eventlive.supabase.realtime.tokens import Caller


class _Message(msgspec.Struct, kw_only=True):
    topic: str
    event: str
    payload: dict[str, object]
    private: bool = False


class _Batch(msgspec.Struct, kw_only=True):
    messages: list[_Message]


class HttpBroadcast:
    """The HTTP routes. 202 means accepted, which is not delivered and not even permitted."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def routes(self) -> list[BaseRoute]:
        """The routes below /realtime/v1."""
        return [
            Route("/api/broadcast", self.batch, methods=["POST"]),
            Route("/api/broadcast/{topic:path}/events/{event}", self.single, methods=["POST"]),
            Route("/api/ping", self.ping),
        ]

    async def ping(self, _: Request) -> Response:
        """Liveness."""
        return JSONResponse({"message": "Success"})

    async def batch(self, request: Request) -> Response:
        """Send each message; one that its caller may not send is skipped without a word."""
        caller = self._caller(request)
        if caller is None:
            return JSONResponse({"message": "Unauthorized"}, 401)
        body = await request.body()
        try:
            messages = msgspec.json.decode(body, type=_Batch).messages
        except msgspec.DecodeError as error:
            return _invalid("messages", str(error))
        if len(body) > MAX_BROADCAST_BYTES:
            return _invalid("payload", f"expected at most {MAX_BROADCAST_BYTES} bytes")
        for one in messages:
            if not one.private or await self._may_send(caller, one.topic):
                self._send_text(one)
        return Response(status_code=202)

    async def single(self, request: Request) -> Response:
        """Send the body as it is, binary to V2 sockets; unlike in a batch, a refusal is told."""
        caller = self._caller(request)
        topic, event = request.path_params["topic"], request.path_params["event"]
        is_private = request.query_params.get("private") == "true"
        if caller is None:
            return JSONResponse({"message": "Unauthorized"}, 401)
        if is_private and not await self._may_send(caller, topic):
            return JSONResponse({"message": "Unauthorized"}, 403)
        content_type = request.headers.get("content-type", "").partition(";")[0].strip()
        if content_type not in ("application/json", "application/octet-stream"):
            return JSONResponse({"message": "Unsupported Media Type"}, 415)
        sent = UserBroadcast(
            event=event,
            payload=await request.body(),
            is_json=content_type == "application/json",
        )
        problem = _problem(topic, sent)
        if problem is not None:
            return problem
        message = BroadcastMessage(f"realtime:{topic}", sent)
        self._backend.hub.broadcast(f"realtime:{topic}", message, event, is_private=is_private)
        return Response(status_code=202)

    def _caller(self, request: Request) -> Caller | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            token = request.headers.get("apikey", "")
        try:
            return caller_of(self._backend.project, token)
        except Refused:
            return None

    async def _may_send(self, caller: Caller, topic: str) -> bool:
        try:
            return (await self._backend.authorization.writing(caller, topic)).broadcast
        except Refused:
            return False

    def _send_text(self, one: _Message) -> None:
        topic = f"realtime:{one.topic}"
        payload = {"type": "broadcast", "event": one.event, "payload": one.payload}
        message = TextMessage(topic, "broadcast", payload)
        self._backend.hub.broadcast(topic, message, one.event, is_private=one.private)


def _problem(topic: str, sent: UserBroadcast) -> Response | None:
    if len(sent.payload) > MAX_BROADCAST_BYTES:
        return _invalid("payload", f"expected at most {MAX_BROADCAST_BYTES} bytes")
    for name, text in (("topic", f"realtime:{topic}"), ("event", sent.event)):
        if len(text.encode()) > MAX_FIELD_BYTES:
            return _invalid(name, f"expected at most {MAX_FIELD_BYTES} bytes")
    if sent.is_json:
        try:
            msgspec.json.decode(sent.payload)
        except msgspec.DecodeError as error:
            return _invalid("payload", str(error))
    return None


def _invalid(field: str, why: str) -> Response:
    return JSONResponse({"errors": {field: [why]}}, 422)
