"""The one application behind the one port: pages, /api, and the gateway of the stand-in if any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette

from eventlive import pages
from eventlive.api import access, messages, presence, profiles, stats
from eventlive.api.errors import ApiError, Refusal, answer_error
from eventlive.api.serving import Serving

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

    from eventlive.api.backend import Backend

API_ROUTES: list[BaseRoute] = [
    *access.routes,
    *presence.routes,
    *messages.routes,
    *profiles.routes,
    *stats.routes,
]
SUPABASE_PATHS = ("/auth/v1/", "/rest/v1/", "/realtime/v1/")


def new_application(
    backend: Backend,
    *,
    supabase_url: str | None = None,
    gateway: ASGIApp | None = None,
    instead: Sequence[BaseRoute] = (),
    bundle: str = "",
) -> ASGIApp:
    """EventLive over `backend`.

    Routes in `instead` come before the site's own of the same path, and `bundle` is the folder
    below the built site whose scripts are served.

    `supabase_url` is what the pages are told; None means their own origin, where `gateway` then
    answers Supabase's paths.
    """
    site = Starlette(
        routes=[*instead, *pages.routes, *API_ROUTES],
        exception_handlers={ApiError: answer_error, Refusal: answer_error},
    )
    site.state.backend = backend
    site.state.supabase_url = supabase_url
    site.state.bundle = bundle
    guarded = pages.SecurityHeaders(Serving(site), supabase_url)
    return guarded if gateway is None else OnePort(site=guarded, gateway=gateway)


class OnePort:
    """ASGI application: Supabase's paths to the gateway, everything else to the site."""

    def __init__(self, *, site: ASGIApp, gateway: ASGIApp) -> None:
        self._site, self._gateway = site, gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_supabase = scope["path"].startswith(SUPABASE_PATHS)
        await (self._gateway if is_supabase else self._site)(scope, receive, send)
