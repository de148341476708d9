"""Being there: the light ping every two minutes, and leaving.

The ping is one upsert and nothing else: no look-up, no registration (incident report, section
7.1). Row level security refuses those who are not registered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from eventlive.api.backend import backend_of
from eventlive.api.bodies import Body, read_body, uuid_of, webinar_of
from eventlive.api.supabase import MERGE, now
from eventlive.api.visits import end_visits

if TYPE_CHECKING:
    from starlette.requests import Request

    from eventlive.api.backend import Backend
    from eventlive.api.callers import Caller


async def ping(request: Request) -> Response:
    """`POST …/presence/ping`: the visit was seen just now. One REST call."""
    backend = backend_of(request)
    caller = await backend.callers.of(request)
    body = await read_body(request)
    await backend.supabase.rest(
        "POST",
        "webinar_live_presence",
        token=caller.token,
        params={"on_conflict": "webinar_id,user_id,session_id"},
        body={
            "webinar_id": webinar_of(request),
            "user_id": caller.user_id,
            "session_id": uuid_of(body, "session_id"),
            "last_seen_at": now(),
        },
        prefer=MERGE,
    )
    return Response(status_code=204)


async def leave(request: Request) -> Response:
    """`POST …/presence/leave`: the visit is over. Repeating it is harmless."""
    backend = backend_of(request)
    body = await read_body(request)
    caller = await _leaving(backend, request, body)
    await end_visits(backend, caller, webinar_of(request), [uuid_of(body, "session_id")])
    return Response(status_code=204)


async def _leaving(backend: Backend, request: Request, body: Body) -> Caller:
    # A page that closes sends a beacon, which cannot carry an Authorization header.
    if "authorization" in request.headers:
        return await backend.callers.of(request)
    return await backend.callers.bearer(str(body.get("access_token", "")))


routes = [
    Route("/api/webinars/{webinar_id:int}/presence/ping", ping, methods=["POST"]),
    Route("/api/webinars/{webinar_id:int}/presence/leave", leave, methods=["POST"]),
]
