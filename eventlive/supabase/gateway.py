"""The gateway in front of the services: paths, API keys, CORS, request ids (protocol 1).

Behind it there are only tokens: an opaque key is exchanged for the JWT that it stands for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Mount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from eventlive.supabase.keys import Project

OPEN_PATHS = frozenset(
    f"/auth/v1/{name}" for name in ("verify", "callback", "authorize", ".well-known/jwks.json")
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
EXPOSED_HEADERS = (
    "Content-Range",
    "Content-Location",
    "Location",
    "Preference-Applied",
    "Content-Profile",
    "X-Supabase-Api-Version",
    "x-sb-error-code",
    "sb-error-code",
    "sb-request-id",
    "x-total-count",
    "link",
    "Retry-After",
)
CORS_MAX_AGE_S = 3600

NO_KEY = {
    "message": "No API key found in request",
    "hint": "No `apikey` request header or url param was found.",
}
WRONG_KEY = {
    "message": "Invalid API key",
    "hint": "Double check your Supabase `anon` or `service_role` API key.",
}
SECRET_KEY_IN_BROWSER = {
    "message": "Forbidden use of secret API key in browser",
    "hint": "Secret API keys can only be used in a protected environment.",
}


class Service(Protocol):
    """One of Supabase's services. Whoever serves the gateway opens and closes them."""

    def routes(self) -> Sequence[BaseRoute]: ...
    async def open(self) -> None: ...
    async def close(self) -> None: ...


def gateway(project: Project, services: Mapping[str, Service]) -> Starlette:
    """The application that answers for each service below `/<name>/v1`."""
    return Starlette(
        routes=[
            Mount(f"/{name}/v1", routes=service.routes()) for name, service in services.items()
        ],
        middleware=[
            Middleware(RequestId),
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=METHODS,
                allow_headers=["*"],
                expose_headers=EXPOSED_HEADERS,
                max_age=CORS_MAX_AGE_S,
            ),
            Middleware(KeyCheck, project=project),
        ],
        exception_handlers={HTTPException: refuse_route},
    )


class RequestId:
    """ASGI middleware: every answer carries an `sb-request-id`, for failure reports to quote."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["sb-request-id"] = str(uuid4())
            await send(message)

        await self._app(scope, receive, send_with_id)


class KeyCheck:
    """ASGI middleware: only requests with one of the project's keys pass, as tokens.

    WebSocket handshakes always pass: Realtime itself refuses those, with its own messages.
    """

    def __init__(self, app: ASGIApp, project: Project) -> None:
        self._app, self._project = app, project

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = key_of(scope)
        token = self._project.exchange(key)
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            refusal = self._refusal(scope, key, token)
            if refusal is not None:
                await JSONResponse(refusal, 401)(scope, receive, send)
                return
        if token is not None:
            scope = with_token(scope, key, token)
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope, key: str, token: str | None) -> dict[str, str] | None:
        if not key:
            return NO_KEY
        if token is None:
            return WRONG_KEY
        from_browser = Headers(scope=scope).get("user-agent", "").startswith("Mozilla/")
        if key == self._project.secret_key and from_browser:
            return SECRET_KEY_IN_BROWSER
        return None


def key_of(scope: Scope) -> str:
    """The API key of a request, from its header or its query; empty when there is none."""
    if scope["type"] not in {"http", "websocket"}:
        return ""
    headers = Headers(scope=scope)
    in_header = headers.get("apikey") or headers.get("x-api-key")
    return in_header or QueryParams(scope["query_string"]).get("apikey", "")


def with_token(scope: Scope, key: str, token: str) -> Scope:
    """The request as the service sees it: the token wherever the key stood.

    A request without Authorization gets the key's token there, too.
    """
    headers = MutableHeaders(raw=list(scope["headers"]))
    for name in ("apikey", "x-api-key"):
        if headers.get(name) == key:
            headers[name] = token
    if headers.get("authorization", f"Bearer {key}") == f"Bearer {key}":
        headers["authorization"] = f"Bearer {token}"
    query = scope["query_string"]
    if key.encode() in query:
        pairs = parse_qsl(query.decode(), keep_blank_values=True)
        query = urlencode(
            [(name, token if name == "apikey" and value == key else value) for name, value in pairs]
        ).encode()
    return {**scope, "headers": headers.raw, "query_string": query}


async def refuse_route(request: Request, error: Exception) -> JSONResponse:
    """An unknown path or method, in the gateway's words."""
    assert isinstance(error, HTTPException)
    message = error.detail if error.status_code != 404 else "no Route matched with those values"
    return JSONResponse({"message": message}, error.status_code, headers=error.headers)
