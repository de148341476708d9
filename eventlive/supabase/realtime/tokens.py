"""Whose token is it, and if it is not accepted, in Realtime's own words (A.1, A.6)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from eventlive.supabase.keys import TokenError

if TYPE_CHECKING:
    from eventlive.supabase.keys import Project


class Refused(Exception):
    """A join, token or handshake was refused; `reason` is the text that goes on the wire."""

    def __init__(self, code: str | None, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = f"{code}: {message}" if code else message


class Caller:
    """The owner of a verified token. Equal claims make equal callers in RLS checks."""

    __slots__ = ("claims", "claims_json", "expires_at_s", "role", "token", "user_id")

    def __init__(self, token: str, claims: dict[str, object], expires_at_s: float) -> None:
        self.token = token
        self.claims = claims
        self.claims_json = msgspec.json.encode(claims).decode()
        self.role = str(claims["role"])
        self.user_id = str(claims.get("sub", ""))
        self.expires_at_s = expires_at_s

    @property
    def lifetime_s(self) -> float:
        """Seconds until the token expires; negative afterwards."""
        return self.expires_at_s - datetime.now(UTC).timestamp()


def caller_of(project: Project, token: str) -> Caller:
    """Return the owner of `token`; raise Refused with Realtime's wording otherwise."""
    try:
        claims = project.verify(token)
    except TokenError as error:
        raise _refusal(error) from error
    expires_at_s = claims.get("exp")
    if not claims.get("role") or not isinstance(expires_at_s, int | float):
        raise _missing_fields()
    return Caller(token, claims, expires_at_s)


def usable_token(value: object) -> str | None:
    """Return a token worth verifying; opaque keys and anything but text count as absent."""
    if isinstance(value, str) and value and not value.startswith("sb_"):
        return value
    return None


def expired(seconds: float) -> Refused:
    """The refusal of a token that expired so many seconds ago."""
    return Refused("InvalidJWTToken", f"Token has expired {max(0, int(seconds))} seconds ago")


def _refusal(error: TokenError) -> Refused:
    match error.reason:
        case "expired":
            return expired(error.expired_for_s)
        case "malformed":
            return Refused("MalformedJWT", "The token provided is not a valid JWT")
        case "signature":
            return Refused("JwtSignatureError", "Failed to validate JWT signature")
        case "claims":
            return _missing_fields()


def _missing_fields() -> Refused:
    return Refused("InvalidJWTToken", "Fields `role` and `exp` are required in JWT")
