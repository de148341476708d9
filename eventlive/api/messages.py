"""The chat: writing, reading (history and fallback polling), and hiding.

Writing takes two REST calls at most and, with transport `broadcast`, the broadcast. `client_id`
makes it idempotent: the page may repeat a call whose answer it never saw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eventlive.api.access import require_admin
from eventlive.api.backend import backend_of
from eventlive.api.bodies import (
    MAX_ID,
    choice_of,
    message_of,
    number_of,
    read_body,
    text_of,
    uuid_of,
    webinar_of,
)
from eventlive.api.errors import not_found, unavailable
from eventlive.api.supabase import now
from eventlive.api.topic import announce
from eventlive.settings import Transport

if TYPE_CHECKING:
    from starlette.requests import Request

    from eventlive.api.backend import Backend
    from eventlive.api.callers import Caller
    from eventlive.api.supabase import Row

MAX_BODY_CHARS = 2000
HISTORY = 50
PAGE_SIZE = 200


async def write(request: Request) -> JSONResponse:
    """`POST …/messages`: 201 and the stored message; 200 and the same one for a repetition."""
    backend = backend_of(request)
    caller = await backend.callers.of(request)
    body = await read_body(request)
    draft: Row = {
        "webinar_id": webinar_of(request),
        "user_id": caller.user_id,
        "kind": choice_of({"kind": "chat"} | body, "kind", ("chat", "greeting")),
        "body": text_of(body, "body", max_length=MAX_BODY_CHARS),
        "client_id": uuid_of(body, "client_id"),
    }
    stored = await _store(backend, caller, draft)
    if stored is None:
        return JSONResponse(await _repeated(backend, caller, draft))
    message = await _signed(backend, caller, stored)
    if backend.transport is Transport.BROADCAST:
        await announce(backend, int(str(message["webinar_id"])), "message", message)
    return JSONResponse(message, status_code=201)


async def read(request: Request) -> JSONResponse:
    """`GET …/messages`: the newest, or those after an id; ascending ids. One REST call."""
    backend = backend_of(request)
    caller = await backend.callers.of(request)
    after = number_of(request, "after", default=-1, at_most=MAX_ID)
    is_history = after < 0
    limit = number_of(request, "limit", default=HISTORY if is_history else PAGE_SIZE, at_most=1000)
    params = {
        "select": "*",
        "webinar_id": f"eq.{webinar_of(request)}",
        "order": "id.desc" if is_history else "id.asc",
        "limit": str(min(limit, PAGE_SIZE)),
    }
    if not is_history:
        params["id"] = f"gt.{after}"
    rows = (await backend.supabase.rest("GET", "chat", token=caller.token, params=params)).rows
    rows = rows[::-1] if is_history else rows
    return JSONResponse({"messages": [_shown(row) for row in rows]})


async def hide(request: Request) -> Response:
    """`POST …/messages/{mid}/hide`: gone from every attendee's sight. Admins only."""
    backend = backend_of(request)
    caller = await backend.callers.of(request)
    webinar_id, message_id = webinar_of(request), message_of(request)
    await require_admin(backend, caller, webinar_id)
    answer = await backend.supabase.rest(
        "PATCH",
        "messages",
        token=caller.token,
        params={"id": f"eq.{message_id}", "webinar_id": f"eq.{webinar_id}", "select": "id"},
        body={"hidden_at": now()},
        prefer="return=representation",
    )
    if not answer.rows:
        raise not_found("메시지를")
    await announce(backend, webinar_id, "message_hidden", {"id": message_id})
    return Response(status_code=204)


async def _store(backend: Backend, caller: Caller, draft: Row) -> Row | None:
    """Insert the draft; None when this client_id already is there."""
    answer = await backend.supabase.rest(
        "POST",
        "messages",
        token=caller.token,
        params={"on_conflict": "user_id,client_id", "select": "*"},
        body=draft,
        prefer="resolution=ignore-duplicates,return=representation",
    )
    return answer.rows[0] if answer.rows else None


async def _repeated(backend: Backend, caller: Caller, draft: Row) -> Row:
    params = {"user_id": f"eq.{caller.user_id}", "client_id": f"eq.{draft['client_id']}"}
    return await _one_message(backend, caller, params)


async def _signed(backend: Backend, caller: Caller, stored: Row) -> Row:
    """The stored row as readers see it: with its author's name."""
    name = backend.names.get(caller.user_id)
    if name is None:
        message = await _one_message(backend, caller, {"id": f"eq.{stored['id']}"})
        backend.names.put(caller.user_id, str(message["author"]))
        return message
    return _shown(stored | {"author": name})


async def _one_message(backend: Backend, caller: Caller, params: dict[str, str]) -> Row:
    answer = await backend.supabase.rest("GET", "chat", token=caller.token, params=params)
    if not answer.rows:
        # Hidden by an admin between the two calls, or the store forgot it: not ours to invent.
        raise unavailable()
    return _shown(answer.rows[0])


def _shown(row: Row) -> Row:
    """The message object of the wire; `hidden_at` only where there is something to say."""
    message = {name: row[name] for name in _MEMBERS}
    return message | ({"hidden_at": row["hidden_at"]} if row["hidden_at"] else {})


_MEMBERS = ("id", "webinar_id", "user_id", "author", "kind", "body", "client_id", "created_at")

routes = [
    Route("/api/webinars/{webinar_id:int}/messages", write, methods=["POST"]),
    Route("/api/webinars/{webinar_id:int}/messages", read, methods=["GET"]),
    Route("/api/webinars/{webinar_id:int}/messages/{message_id:int}/hide", hide, methods=["POST"]),
]
