"""Names of many users in one call, instead of one call per user (incident report, section 9)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from eventlive.api.backend import Backend, backend_of
from eventlive.api.bodies import canonical_uuid, read_body
from eventlive.api.errors import bad_request

if TYPE_CHECKING:
    from starlette.requests import Request

    from eventlive.api.callers import Caller
    from eventlive.api.supabase import Row

MAX_IDS = 500
IDS_PER_CALL = 100  # keeps the query string below 4 kB, which every gateway accepts


async def batch(request: Request) -> JSONResponse:
    """`POST /api/profiles/batch`: the names that the caller may know, one REST call per 100."""
    backend = backend_of(request)
    caller = await backend.callers.of(request)
    ids = _ids((await read_body(request)).get("ids"))
    parts = [ids[start : start + IDS_PER_CALL] for start in range(0, len(ids), IDS_PER_CALL)]
    found = await asyncio.gather(*(_names(backend, caller, part) for part in parts))
    return JSONResponse({"profiles": [row for rows in found for row in rows]})


async def _names(backend: Backend, caller: Caller, ids: list[str]) -> list[Row]:
    params = {"select": "id,display_name", "id": f"in.({','.join(ids)})"}
    return (await backend.supabase.rest("GET", "profiles", token=caller.token, params=params)).rows


def _ids(value: object) -> list[str]:
    if not isinstance(value, list) or len(value) > MAX_IDS:
        raise bad_request(f"ids: {MAX_IDS}개 이하의 UUID 목록이어야 합니다.")
    return sorted({canonical_uuid(each, "ids") for each in value})


routes = [Route("/api/profiles/batch", batch, methods=["POST"])]
