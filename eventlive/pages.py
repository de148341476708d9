"""The site's files, what its documents are told, and the headers that keep them in their place.

Files are read whole at each request: they are small and in the page cache, and 400 browsers that
arrive at once would otherwise queue for the threads of an asynchronous file response.
"""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from eventlive.api.backend import backend_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SITE = Path(__file__).parent / "site"
BUILT = SITE / "dist"
SUPABASE_JS = SITE / "node_modules/@supabase/supabase-js/dist/umd/supabase.js"

KEPT_BY_BROWSERS = "public, max-age=3600"
ASKED_EACH_TIME = "no-cache"

CONFIG_PLACE = '<script id="config" type="application/json">{}</script>'


def are_built() -> bool:
    """Whether there is something to serve: the site's sources were bundled."""
    return (BUILT / "app.js").is_file()


def document(name: str) -> Callable[[Request], Coroutine[None, None, Response]]:
    """The route function that answers with an HTML file and the configuration in it."""

    async def answer(request: Request) -> Response:
        html = (SITE / name).read_text(encoding="utf-8")
        headers = {"Cache-Control": ASKED_EACH_TIME}
        return HTMLResponse(html.replace(CONFIG_PLACE, _config(request)), headers=headers)

    return answer


async def static(request: Request) -> Response:
    """A file that the build made. Nothing outside its folder can be reached."""
    folder = (BUILT / request.app.state.bundle).resolve()
    path = (folder / request.path_params["path"]).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        return _missing("no such file")
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return _kept(path, media_type)


async def supabase_js(request: Request) -> Response:
    """The official client as npm installed it."""
    if not SUPABASE_JS.is_file():
        return _missing("supabase-js is not installed: run `npm ci` in eventlive/site")
    return _kept(SUPABASE_JS, "text/javascript")


class SecurityHeaders:
    """ASGI middleware: no foreign script, no inline script, no framing.

    `supabase_url` is allowed as a destination; the stand-in's WebSocket falls under ws: and wss:.
    An answer that has a header of its own already keeps it.
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
                own = list(message.get("headers", []))
                names = {name for name, _ in own}
                message["headers"] = own + [one for one in self._headers if one[0] not in names]
            await send(message)

        await self._app(scope, receive, send_guarded)


def _config(request: Request) -> str:
    """Where the page finds Supabase, as a script element that no browser runs.

    The stand-in shares the page's origin, by whatever name the browser reached it.
    """
    supabase = backend_of(request).supabase
    own_origin = str(request.base_url).rstrip("/")
    public = {
        "supabaseUrl": request.app.state.supabase_url or own_origin,
        "anonKey": supabase.anon_key,
    }
    # The origin is what the browser says it is: it must not end the element.
    text = json.dumps(public).replace("<", "\\u003c")
    return CONFIG_PLACE.replace("{}", text)


def _kept(path: Path, media_type: str) -> Response:
    headers = {"Cache-Control": KEPT_BY_BROWSERS}
    return Response(path.read_bytes(), media_type=media_type, headers=headers)


def _missing(why: str) -> Response:
    return PlainTextResponse(why, status_code=404)


routes = [
    Route("/", document("app.html")),
    Route("/left", document("app.html")),
    Route("/webinars/{webinar_id:int}", document("app.html")),
    Route("/admin/webinars/{webinar_id:int}", document("admin.html")),
    Route("/static/{path:path}", static),
    Route("/vendor/supabase.js", supabase_js),
]
