"""The console's figures: who is present, how many registered, how many messages.

The console asks every 10 s for as long as it is open, so the price is fixed: four REST calls,
however many attendees there are.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from eventlive.api.access import require_admin
from eventlive.api.backend import Backend, backend_of
from eventlive.api.bodies import webinar_of
from eventlive.api.errors import unavailable

if TYPE_CHECKING:
    from starlette.requests import Request

    from eventlive.api.callers import Caller
    from eventlive.api.supabase import Row

# Two pings (120 s ± 10 s) may fail to arrive before somebody counts as gone.
PRESENT_FOR = timedelta(seconds=270)


async def access(request: Request) -> JSONResponse:
    """`GET …/stats/access`: for admins only."""
    backend = backend_of(request)
    caller = await backend.callers.of(request)
    webinar_id = webinar_of(request)
    await require_admin(backend, caller, webinar_id)
    attendees, registered, messages = await asyncio.gather(
        _attendees(backend, caller, webinar_id),
        _count(backend, caller, "registrations", webinar_id),
        _count(backend, caller, "messages", webinar_id),
    )
    return JSONResponse(
        {
            "present": len(attendees),
            "registered": registered,
            "messages": messages,
            "attendees": attendees,
        }
    )


async def _attendees(backend: Backend, caller: Caller, webinar_id: int) -> list[Row]:
    since = datetime.now(UTC) - PRESENT_FOR
    params = {
        "select": "user_id,display_name,last_seen_at",
        "webinar_id": f"eq.{webinar_id}",
        "last_seen_at": f"gt.{since.isoformat()}",
        "order": "display_name.asc",
    }
    answer = await backend.supabase.rest("GET", "live_attendees", token=caller.token, params=params)
    return answer.rows


async def _count(backend: Backend, caller: Caller, table: str, webinar_id: int) -> int:
    params = {"select": "webinar_id", "webinar_id": f"eq.{webinar_id}", "limit": "1"}
    answer = await backend.supabase.rest(
        "HEAD", table, token=caller.token, params=params, prefer="count=exact"
    )
    if answer.total is None:
        raise unavailable()
    return answer.total


routes = [Route("/api/webinars/{webinar_id:int}/stats/access", access, methods=["GET"])]
