"""The webinar's door: entry with registration, and the heartbeat every five minutes.

At most three REST calls: look, register, keep the visit; three more only for somebody who was in
elsewhere. The look-up that fails ends the call; it never counts as "not registered" (incident
report, sections 4.2 and 7.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from starlette.responses import JSONResponse
from starlette.routing import Route

from eventlive.api.backend import Backend, backend_of
from eventlive.api.bodies import choice_of, read_body, uuid_of, webinar_of
from eventlive.api.errors import admins_only, not_found, not_registered
from eventlive.api.supabase import MERGE, now
from eventlive.api.topic import topic_of
from eventlive.api.visits import keep_visit, supersede

if TYPE_CHECKING:
    from starlette.requests import Request

    from eventlive.api.callers import Caller
    from eventlive.api.supabase import Row

COLUMNS = (
    "webinar_id,title,open_registration,user_id,display_name,role,is_registered,visits_elsewhere"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """What the door needs to know about one caller and one webinar."""

    webinar_id: int
    title: str
    is_open: bool
    user_id: str
    display_name: str
    role: str
    is_registered: bool
    visits_elsewhere: list[str]  # open ones of the caller's, by ids, in other Auth sessions

    @property
    def is_admin(self) -> bool:
        """Admins come and go without being counted among the registered."""
        return self.role == "admin"


async def entrance(backend: Backend, caller: Caller, webinar_id: int) -> Entrance:
    """Look at the door, in one REST call. Raises ApiError 404, and whatever the call raises."""
    answer = await backend.supabase.rest(
        "GET",
        "entrances",
        token=caller.token,
        params={"select": COLUMNS, "webinar_id": f"eq.{webinar_id}"},
    )
    if not answer.rows:
        raise not_found("웨비나를")
    return _entrance(answer.rows[0])


async def require_admin(backend: Backend, caller: Caller, webinar_id: int) -> Entrance:
    """The door as an admin sees it. Raises ApiError 403 for anybody else."""
    seen = await entrance(backend, caller, webinar_id)
    if not seen.is_admin:
        raise admins_only()
    return seen


async def track(request: Request) -> JSONResponse:
    """`POST /api/webinars/{id}/access/track`: the caller is in, and the visit goes on.

    With event `enter` it takes the place of her visits elsewhere. Admins are no attendees: they
    may have the console open on as many devices as they like.
    """
    backend = backend_of(request)
    caller = await backend.callers.of(request)
    body = await read_body(request)
    visit_id = uuid_of(body, "session_id")
    is_entry = choice_of(body, "event", ("enter", "heartbeat")) == "enter"
    seen = await entrance(backend, caller, webinar_of(request))
    await _pass_door(backend, caller, seen, is_entry=is_entry)
    await keep_visit(backend, caller, seen.webinar_id, visit_id)
    if is_entry and seen.visits_elsewhere and not seen.is_admin:
        await supersede(backend, caller, seen.webinar_id, seen.visits_elsewhere)
    return JSONResponse(_welcome(backend, seen))


async def _pass_door(backend: Backend, caller: Caller, seen: Entrance, *, is_entry: bool) -> None:
    """Register by upsert, which absorbs simultaneous entries. A heartbeat never registers."""
    if seen.is_admin or (seen.is_registered and not is_entry):
        return
    if not (seen.is_registered or (seen.is_open and is_entry)):
        raise not_registered()
    await backend.supabase.rest(
        "POST",
        "registrations",
        token=caller.token,
        params={"on_conflict": "webinar_id,user_id"},
        body={
            "webinar_id": seen.webinar_id,
            "user_id": caller.user_id,
            "last_entered_at": now(),
        },
        prefer=MERGE,
    )


def _entrance(row: Row) -> Entrance:
    return Entrance(
        webinar_id=int(str(row["webinar_id"])),
        title=str(row["title"]),
        is_open=row["open_registration"] is True,
        user_id=str(row["user_id"]),
        display_name=str(row["display_name"]),
        role=str(row["role"]),
        is_registered=row["is_registered"] is True,
        visits_elsewhere=cast("list[str]", row["visits_elsewhere"]),
    )


def _welcome(backend: Backend, seen: Entrance) -> Row:
    return {
        "webinar": {"id": seen.webinar_id, "title": seen.title},
        "user": {"id": seen.user_id, "display_name": seen.display_name, "role": seen.role},
        "transport": backend.transport.value,
        "topic": topic_of(seen.webinar_id),
    }


routes = [Route("/api/webinars/{webinar_id:int}/access/track", track, methods=["POST"])]
