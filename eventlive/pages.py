"""The site's files, its two generated scripts and the headers that keep the pages in their place.

Files are read whole at each request: they are small and in the page cache, and 400 browsers that
arrive at once would otherwise queue for the threads of an asynchronous file response.
"""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from eventlive.api.backend import backend_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SITE = Path(__file__).parent / "site"
STATIC = SITE / "static"
SUPABASE_JS = SITE / "node_modules/@supabase/supabase-js/dist/umd/supabase.js"

KEPT_BY_BROWSERS = "public, max-age=3600"
ASKED_EACH_TIME = "no-cache"


def page(name: str) -> Callable[[Request], Coroutine[None, None, Response]]:
    """The route function that answers with one of the site's HTML files."""

    async def answer(request: Request) -> Response:
        return _file(SITE / name, ASKED_EACH_TIME)

    return answer


async def static(request: Request) -> Response:
    """A file below /static/. Nothing outside that folder can be reached."""
    path = (STATIC / request.path_params["path"]).resolve()
    if not path.is_relative_to(STATIC.resolve()):
        return _missing("no such file")
    return _file(path, KEPT_BY_BROWSERS)


async def config(request: Request) -> Response:
    """Where the page finds Supabase: `window.EVENTLIVE`.

    The stand-in shares the page's origin, by whatever name the browser reached it.
    """
    supabase = backend_of(request).supabase
    own_origin = str(request.base_url).rstrip("/")
    public = {
        "supabaseUrl": request.app.state.supabase_url or own_origin,
        "anonKey": supabase.anon_key,
    }
    script = f"window.EVENTLIVE = {json.dumps(public)};\n"
    return _script(script.encode(), ASKED_EACH_TIME)


async def supabase_js(request: Request) -> Response:
    """The official client as npm installed it."""
    if not SUPABASE_JS.is_file():
        return _missing("supabase-js is not installed: run `npm ci` in eventlive/site")
    return _script(SUPABASE_JS.read_bytes(), KEPT_BY_BROWSERS)


class SecurityHeaders:
    """ASGI middleware: no foreign script, no inline script, no framing.

    `supabase_url` is allowed as a destination; the stand-in's WebSocket falls under ws: and wss:.
    """

    def __init__(self, app: ASGIApp, supabase_url: str | None) -> None:
        self._app = app
        policy = (
            f"default-src 'self'; connect-src 'self' ws: wss: {supabase_url or ''}; "
            "img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
            "frame-ancestors 'none'"
        )
        self._headers = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self._headers]
            await send(message)

        await self._app(scope, receive, send_guarded)


def _file(path: Path, cache_control: str) -> Response:
    if not path.is_file():
        return _missing("no such file")
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {"Cache-Control": cache_control}
    return Response(path.read_bytes(), media_type=media_type, headers=headers)


def _script(source: bytes, cache_control: str) -> Response:
    headers = {"Cache-Control": cache_control}
    return Response(source, media_type="text/javascript", headers=headers)


def _missing(why: str) -> Response:
    return PlainTextResponse(why, status_code=404)


routes = [
    Route("/", page("index.html")),
    Route("/left", page("left.html")),
    Route("/webinars/{webinar_id:int}", page("webinar.html")),
    Route("/admin/webinars/{webinar_id:int}", page("admin.html")),
    Route("/static/{path:path}", static),
    Route("/config.js", config),
    Route("/vendor/supabase.js", supabase_js),
]
