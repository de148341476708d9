"""A test's way to break delivery for one user, present only with --allow-faults.

The routes say nothing to the pages: the muted user's channel stays joined and healthy to look at,
which is exactly the failure that only a reception check can see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from eventlive.api.bodies import read_body, uuid_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from eventlive.supabase.realtime.service import RealtimeService

PRESENCE = "presence_diff"  # still delivered: the muted user is seen and sees who comes and goes


def fault_routes(realtime: RealtimeService) -> list[BaseRoute]:
    """`POST /_eventlive/mute {"user_id"}` and `POST /_eventlive/heal`."""

    async def mute(request: Request) -> Response:
        muted = uuid_of(await read_body(request), "user_id")
        realtime.deliver_filter = lambda user_id, _topic, event: (
            user_id != muted or event == PRESENCE
        )
        return Response(status_code=204)

    async def heal(request: Request) -> Response:
        realtime.deliver_filter = None
        return Response(status_code=204)

    return [
        Route("/_eventlive/mute", mute, methods=["POST"]),
        Route("/_eventlive/heal", heal, methods=["POST"]),
    ]
