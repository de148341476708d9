"""Who may open a socket, and in which version of the protocol (A.1)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket

from eventlive.supabase.realtime.frames import FrameError, Wire
from eventlive.supabase.realtime.socket import SERVICE_RESTART, Socket
from eventlive.supabase.realtime.tokens import Refused, caller_of

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from eventlive.supabase.realtime.backend import Backend
    from eventlive.supabase.realtime.tokens import Caller


class Endpoint:
    """The ASGI application below /websocket; knows its open sockets so that it can close them."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._sockets: set[Socket] = set()
        self.is_down = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or refuse it with a plain HTTP answer."""
        websocket = WebSocket(scope, receive, send)
        if self.is_down:
            await websocket.send_denial_response(JSONResponse({"error": "unavailable"}, 503))
            return
        try:
            wire = Wire.of(websocket.query_params.get("vsn"))
            caller = self._caller(websocket)
        except (Refused, FrameError) as refusal:
            await self._refuse(websocket, refusal)
            return
        await websocket.accept()
        # From here on the bare ASGI calls: the wrapper's checks cost as much as a send.
        socket = Socket(self._backend, wire, caller, receive, send)
        self._sockets.add(socket)
        try:
            await socket.serve()
        finally:
            self._sockets.discard(socket)

    def close(self) -> None:
        """Ask every socket to go, as a deploy does."""
        for socket in self._sockets:
            socket.close(SERVICE_RESTART, "restart")

    def _caller(self, websocket: WebSocket) -> Caller:
        key = websocket.headers.get("x-api-key") or websocket.query_params.get("apikey")
        if not key:
            raise Refused(None, "API key is missing")
        try:
            return caller_of(self._backend.project, key)
        except Refused as refused:
            # The handshake does not count the seconds, the join does (A.1, A.6).
            is_expired = refused.message.startswith("Token has expired")
            text = "Token has expired" if is_expired else refused.message
            raise Refused(None, text) from refused

    async def _refuse(self, websocket: WebSocket, refusal: Refused | FrameError) -> None:
        await asyncio.sleep(self._backend.settings.timings.handshake_error_delay_s)
        status = 401 if isinstance(refusal, Refused) else 403
        await websocket.send_denial_response(JSONResponse({"error": str(refusal)}, status))
