"""What can go wrong with being there: who is shown as present, how many, and how seats are kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from eventlive.api import presence, stats
from eventlive.api.bodies import webinar_of
from eventlive.defects.defect import Choice, Defect
from eventlive.defects.routes import instead

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import Route

    from eventlive.supabase.realtime.hub import Courier, Listener
    from eventlive.supabase.realtime.messages import Message

CONFLICT = "session_conflict"
[_, LEAVING], [STATISTICS] = presence.routes, stats.routes


async def _leave_nothing(_: Request) -> Response:
    return Response(status_code=204)


def _showing_all_ever_shown(choice: Choice) -> list[Route]:
    """The console's statistics, whose attendees only become more."""

    async def statistics(request: Request) -> Response:
        answer = await stats.access(request)
        told = json.loads(bytes(answer.body))
        shown = choice.memory.setdefault(webinar_of(request), {})
        shown.update({one["user_id"]: one for one in told["attendees"]})
        return JSONResponse(told | {"present": len(shown), "attendees": [*shown.values()]})

    return instead((STATISTICS, statistics))(choice)


def _conceal_conflicts(
    choice: Choice, onwards: Courier, listener: Listener, message: Message, event: str
) -> None:
    if not (event == CONFLICT and choice.hits(listener.caller.claims.get("email"))):
        onwards(listener, message, event)


DEFECTS = (
    Defect(
        name="forget-leave",
        story="whoever leaves is told that she is gone, and stays in the table for minutes",
        expected=("presence",),
        routes=instead((LEAVING, _leave_nothing)),
    ),
    Defect(
        name="stale-admin-roster",
        story="the console goes on showing those who left",
        expected=("presence",),
        routes=_showing_all_ever_shown,
    ),
    Defect(
        name="session-conflict-not-raised",
        story="who comes in at another device loses her seat at the first, and no page is told",
        expected=(
            "test_whoever_comes_in_at_another_device_is_told_so_at_the_first",
            "test_whoever_comes_in_at_another_device_chats_on_there",
            "test_whoever_comes_in_at_another_device_has_one_seat",
            "test_whoever_starts_over_at_the_first_device_has_her_seat_there_again",
        ),
        run=("e2e/roles", "-k", "device"),
        deliver=_conceal_conflicts,
    ),
    Defect(
        name="never-track",
        story="a page joins its room and never says who is there: nobody sees anybody",
        expected=("presence",),
        page="never-track",
    ),
    Defect(
        name="wrong-count",
        story="a page shows one attendee too many",
        expected=("rendering",),
        page="wrong-count",
    ),
    Defect(
        name="ping-every-5s",
        story="a page pings every five seconds",
        expected=("heartbeat",),
        run=("--hold-s", "6"),
        page="ping-every-5s",
    ),
    Defect(
        name="ping-without-jitter",
        story="a page pings every 120 seconds to the dot, and so does every other",
        expected=("heartbeat",),
        # As many intervals as tell a rhythm from luck.
        run=("--users", "8", "--hold-s", "125"),
        page="ping-without-jitter",
    ),
)
