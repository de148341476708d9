"""From a result to an HTTP answer: status, ranges, single object, headers (protocol C.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from eventlive.supabase.rest.catalog import Function
from eventlive.supabase.rest.errors import RestError
from eventlive.supabase.rest.preferences import Preferences, Resolution, Returning

JSON: Final = "application/json; charset=utf-8"
SINGLE: Final = "application/vnd.pgrst.object+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the answer depends on besides the rows."""

    method: str
    preferences: Preferences
    is_single: bool = False
    offset: int = 0

    @property
    def is_counted(self) -> bool:
        """Whether the total of a list is wanted."""
        return self.preferences.count is not None

    @property
    def is_returned(self) -> bool:
        """Whether a write answers with its rows."""
        return self.preferences.returning is Returning.REPRESENTATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The one row of a Statement: a JSON array as text, and what PostgreSQL counted."""

    body: str
    rows: int
    total: int | None
    merged: int | None


def read_answer(asked: Asked, result: Result) -> Response:
    """A GET or HEAD: 200, or 206 when a counted list is longer than what is sent.

    Raises RestError PGRST103 (416) for an offset beyond the total, PGRST116 (406) when a single
    object was wanted and there is not exactly one.
    """
    if result.total is not None and asked.offset > result.total:
        raise RestError(
            416,
            "PGRST103",
            "Requested range not satisfiable",
            details=f"An offset of {asked.offset} was requested, "
            f"but there are only {result.total} rows.",
        )
    is_partial = result.total is not None and result.rows < result.total
    headers = _headers(asked, "count") | {
        "Content-Range": _content_range(asked.offset, result.rows, result.total)
    }
    return _with_body(asked, result, 206 if is_partial else 200, headers)


def insert_answer(asked: Asked, result: Result, location: str = "") -> Response:
    """A POST: 201, or 200 when an upsert found all its rows already there."""
    is_merge = asked.preferences.resolution is Resolution.MERGE
    status = 200 if is_merge and (result.merged or 0) >= result.rows else 201
    headers = _headers(asked, "resolution", "return", "missing", "count")
    headers["Content-Range"] = _content_range(0, 0, _counted(asked, result))
    if asked.is_returned:
        return _with_body(asked, result, status, headers)
    if location:
        headers["Location"] = location
    return Response(status_code=status, headers=headers)


def change_answer(asked: Asked, result: Result) -> Response:
    """A PATCH or DELETE: 204, or 200 with the rows; no row found is success as well."""
    headers = _headers(asked, "return", "count")
    shown = result.rows if asked.method == "PATCH" else 0
    headers["Content-Range"] = _content_range(0, shown, _counted(asked, result))
    if asked.is_returned:
        return _with_body(asked, result, 200, headers)
    return Response(status_code=204, headers=headers)


def call_answer(asked: Asked, result: Result, function: Function) -> Response:
    """A function's value or rows; 204 when it returns void."""
    if function.returns_nothing:
        return Response(status_code=204)
    if function.returns_rows and function.returns_set:
        return read_answer(asked, result)
    body = result.body if function.returns_set else _only(result.body) or "null"
    return _response(asked, body, 200, {})


def location_of(table: str, body: str) -> str:
    """Where the one inserted row can be read again; `body` holds its primary key."""
    rows = msgspec.json.decode(body, type=list[dict[str, object]])
    if len(rows) != 1:
        return ""
    return f"/{quote(table)}?" + "&".join(
        f"{quote(k)}=eq.{quote(str(v))}" for k, v in rows[0].items()
    )


def _counted(asked: Asked, result: Result) -> int | None:
    return result.rows if asked.is_counted else None


def _headers(asked: Asked, *preferences: str) -> dict[str, str]:
    applied = asked.preferences.applied(*preferences)
    return {"Preference-Applied": applied} if applied else {}


def _content_range(offset: int, rows: int, total: int | None) -> str:
    span = f"{offset}-{offset + rows - 1}" if rows else "*"
    return f"{span}/{'*' if total is None else total}"


def _with_body(asked: Asked, result: Result, status: int, headers: Mapping[str, str]) -> Response:
    if not asked.is_single:
        return _response(asked, result.body, status, headers)
    if result.rows != 1:
        raise RestError(
            406,
            "PGRST116",
            "Cannot coerce the result to a single JSON object",
            details=f"The result contains {result.rows} rows",
        )
    return _response(asked, _only(result.body), status, headers)


def _only(array: str) -> str:
    """The text of the only element of a JSON array."""
    return array.strip()[1:-1]


def _response(asked: Asked, body: str, status: int, headers: Mapping[str, str]) -> Response:
    media_type = f"{SINGLE}; charset=utf-8" if asked.is_single else JSON
    content = "" if asked.method == "HEAD" else body
    return Response(content, status, headers, media_type=media_type)
