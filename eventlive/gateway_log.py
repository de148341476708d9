"""The gateway's own log: a JSON line for each HTTP call that Supabase answered, whoever made it.

Hosted projects keep the same as edge logs. A server's calls are in it, which no browser sees. No
secret is: of a query only what names columns or the kind of a grant, of a token only its owner.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from time import monotonic_ns
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, urlencode

import jwt
from starlette.datastructures import Headers

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HARMLESS = ("select", "grant_type")


@dataclass(slots=True, kw_only=True)
class _Answer:
    status: int = 0
    code: str = ""


class GatewayLog:
    """Writes one new file; each line is in it when its call has been answered."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.close()

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """The same application, its HTTP answers logged."""

        async def logged(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["method"] == "OPTIONS":
                await app(scope, receive, send)
                return
            answer = _Answer()

            async def send_and_see(message: Message) -> None:
                if message["type"] == "http.response.start":
                    answer.status = message["status"]
                    answer.code = _code(Headers(raw=message["headers"]))
                await send(message)

            started_at_ns = monotonic_ns()
            try:
                await app(scope, receive, send_and_see)
            finally:
                self._write(scope, answer, started_at_ns)

        return logged

    def _write(self, scope: Scope, answer: _Answer, started_at_ns: int) -> None:
        headers = Headers(raw=scope["headers"])
        line = {
            "started_at_ns": started_at_ns,
            "duration_ms": round((monotonic_ns() - started_at_ns) / 1e6, 3),
            "method": scope["method"],
            "url": _url(scope),
            "status": answer.status or None,
            "code": answer.code,
            "user_id": _owner(headers.get("authorization", "")),
            "client": headers.get("x-client-info", ""),
        }
        self._file.write(json.dumps(line).encode() + b"\n")


def _url(scope: Scope) -> str:
    pairs = [pair for pair in parse_qsl(scope["query_string"].decode()) if pair[0] in _HARMLESS]
    return str(scope["path"]) + (f"?{urlencode(pairs, safe=',*()')}" if pairs else "")


def _owner(authorization: str) -> str:
    """The user id in a token, whoever signed it; empty for keys and for none."""
    try:
        claims = jwt.decode(authorization.partition(" ")[2], options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return ""
    return str(claims.get("sub", ""))


def _code(headers: Headers) -> str:
    """The error code where Auth and PostgREST say it beside the body (protocol B.9, C.4)."""
    of_rest = headers.get("proxy-status", "").partition("error=")[2]
    return headers.get("x-sb-error-code", of_rest)
