"""Which route is being served: told to Supabase with each call, so that its log can say for whom.

Any app can do the same: supabase-js takes headers of its own in `createClient`.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

CLIENT = "eventlive"
_API = "/api/"
_NUMBER = re.compile(r"(?<=/)\d+(?=/|$)")
_client_info: ContextVar[str] = ContextVar("client_info", default=CLIENT)


def client_info() -> str:
    """The value of `x-client-info`: this app, and the call of its own that is being served."""
    return _client_info.get()


class Serving:
    """ASGI middleware: calls to Supabase name the /api route, and which call of it, they serve."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_API):
            await self._app(scope, receive, send)
            return
        route = f"{scope['method']} {_NUMBER.sub('{id}', scope['path'])}"
        before = _client_info.set(f"{CLIENT}; route={route}; call={next(self._numbers)}")
        try:
            await self._app(scope, receive, send)
        finally:
            _client_info.reset(before)
