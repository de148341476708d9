"""Request bodies: a JSON object whose members have the expected types, or a refusal."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from eventlive.supabase.auth.errors import AuthError, validation_failed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


async def json_body(request: Request) -> dict[str, Any]:
    """The body; an empty one counts as an empty object."""
    raw = await request.body()
    try:
        body = json.loads(raw or b"{}")
    except ValueError as error:
        raise AuthError(400, "bad_json", f"Could not parse request body as JSON: {error}") from None
    if not isinstance(body, dict):
        raise AuthError(400, "bad_json", "Could not parse request body as JSON: not an object")
    return body


def text(body: Mapping[str, Any], name: str) -> str:
    """A string member; empty when it is missing or null."""
    value = body.get(name) or ""
    if not isinstance(value, str):
        raise validation_failed(f"{name} must be a string")
    return value


def mapping(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object member; empty when it is missing or null."""
    value = body.get(name) or {}
    if not isinstance(value, dict):
        raise validation_failed(f"{name} must be an object")
    return value


def email(body: Mapping[str, Any]) -> str:
    """The e-mail address in the form in which addresses are compared; empty when missing."""
    address = text(body, "email").strip().lower()
    if address and not EMAIL.fullmatch(address):
        raise validation_failed("Unable to validate email address: invalid format")
    return address
