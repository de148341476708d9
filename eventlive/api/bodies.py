"""Reading a call's JSON body: bounded in size, and each member checked where it is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

from eventlive.api.errors import bad_request, not_found, too_large

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

MAX_BODY_BYTES = 64 * 1024
MAX_ID = 2**63 - 1  # PostgreSQL's bigint

Body = dict[str, object]


async def read_body(request: Request) -> Body:
    """The JSON object that the caller sent. Raises ApiError 400 or 413.

    The content type is not asked for: `navigator.sendBeacon` sends text/plain.
    """
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY_BYTES:
            raise too_large()
    try:
        body = json.loads(bytes(raw))
    except (ValueError, RecursionError):
        raise bad_request("본문은 JSON이어야 합니다.") from None
    if not isinstance(body, dict):
        raise bad_request("본문은 JSON 객체여야 합니다.")
    return body


def webinar_of(request: Request) -> int:
    """The webinar that the path names. Raises ApiError 404 for a number no webinar can have."""
    return _id_of(request, "webinar_id", "웨비나를")


def message_of(request: Request) -> int:
    """The message that the path names. Raises ApiError 404 for a number no message can have."""
    return _id_of(request, "message_id", "메시지를")


def uuid_of(body: Mapping[str, object], name: str) -> str:
    """Member `name` as a UUID in canonical form. Raises ApiError 400."""
    return canonical_uuid(body.get(name), name)


def canonical_uuid(value: object, name: str) -> str:
    """`value` as a UUID in canonical form. Raises ApiError 400 naming `name`."""
    try:
        return str(UUID(value if isinstance(value, str) else ""))
    except ValueError:
        raise bad_request(f"{name}: UUID여야 합니다.") from None


def choice_of(body: Mapping[str, object], name: str, choices: tuple[str, ...]) -> str:
    """Member `name`, which must be one of `choices`. Raises ApiError 400."""
    value = body.get(name)
    if not isinstance(value, str) or value not in choices:
        raise bad_request(f"{name}: {', '.join(choices)} 중 하나여야 합니다.")
    return value


def text_of(body: Mapping[str, object], name: str, *, max_length: int) -> str:
    """Member `name` as 1 to `max_length` characters, blanks around it removed. Raises 400."""
    value = body.get(name)
    text = value.strip() if isinstance(value, str) else ""
    if not 1 <= len(text) <= max_length:
        raise bad_request(f"{name}: 1자 이상 {max_length}자 이하여야 합니다.")
    # PostgreSQL's text has no NUL and UTF-8 has no lone surrogates: say so here, as a 400.
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise bad_request(f"{name}: 사용할 수 없는 문자가 있습니다.")
    return text


def number_of(request: Request, name: str, *, default: int, at_most: int) -> int:
    """Query parameter `name` as an integer from 0 to `at_most`. Raises ApiError 400."""
    raw = request.query_params.get(name)
    if raw is None:
        return default
    if not (raw.isascii() and raw.isdecimal() and len(raw) < 20 and int(raw) <= at_most):
        raise bad_request(f"{name}: 0 이상 {at_most} 이하의 정수여야 합니다.")
    return int(raw)


def _id_of(request: Request, name: str, what: str) -> int:
    number = int(request.path_params[name])
    if number > MAX_ID:
        raise not_found(what)
    return number
