"""Visits: one page of one person in one webinar, from entry to leaving or to a later one elsewhere.

A person may have many tabs; they share an Auth session, and are no conflict. Where she signs in
anew and enters, that is where she is: the server ends her visits of other Auth sessions and says so
on the webinar's topic (incident report, section 11: by way of the API, not from page to page).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlive.api.errors import visit_ended
from eventlive.api.supabase import MERGE, now
from eventlive.api.topic import announce

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventlive.api.backend import Backend
    from eventlive.api.callers import Caller


async def keep_visit(backend: Backend, caller: Caller, webinar_id: int, visit_id: str) -> None:
    """The visit is recorded as going on, in one REST call. Raises ApiError 409 where it has ended.

    So a page learns that it was superseded, even if it could not hear the broadcast.
    """
    answer = await backend.supabase.rest(
        "POST",
        "webinar_user_sessions",
        token=caller.token,
        params={"on_conflict": "id", "select": "ended_at"},
        body={
            "id": visit_id,
            "webinar_id": webinar_id,
            "user_id": caller.user_id,
            "last_track_at": now(),
        },
        prefer=f"{MERGE},return=representation",
    )
    if answer.rows[0]["ended_at"]:
        raise visit_ended()


async def supersede(
    backend: Backend, caller: Caller, webinar_id: int, visit_ids: Sequence[str]
) -> None:
    """The caller's visits elsewhere are over, and their pages are told.

    Everybody on the topic hears the ids, which say nothing but to the page that made one up.
    """
    await end_visits(backend, caller, webinar_id, visit_ids)
    await announce(backend, webinar_id, "session_conflict", {"visits": list(visit_ids)})


async def end_visits(
    backend: Backend, caller: Caller, webinar_id: int, visit_ids: Sequence[str]
) -> None:
    """These visits of the caller's are over and their seats are free. Repeating it is harmless."""
    own = {"webinar_id": f"eq.{webinar_id}", "user_id": f"eq.{caller.user_id}"}
    among = f"in.({','.join(visit_ids)})"
    # In this order a ping in between finds the visit ended.
    await backend.supabase.rest(
        "PATCH",
        "webinar_user_sessions",
        token=caller.token,
        params=own | {"id": among},
        body={"ended_at": now()},
    )
    await backend.supabase.rest(
        "DELETE",
        "webinar_live_presence",
        token=caller.token,
        params=own | {"session_id": among},
    )
