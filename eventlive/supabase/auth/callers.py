"""Who is asking: the user or the service key behind the Authorization header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from eventlive.supabase.auth.core import core_of
from eventlive.supabase.auth.errors import AuthError
from eventlive.supabase.auth.sessions import fetch_one
from eventlive.supabase.auth.users import User, user_by_id
from eventlive.supabase.keys import TokenError

if TYPE_CHECKING:
    from starlette.requests import Request

ADMIN_ROLES = frozenset({"service_role", "supabase_admin"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A signed-in user and the session that the token belongs to, if it names one."""

    user: User
    session_id: UUID | None


async def caller_of(request: Request) -> Caller:
    """The user behind the token, whose session must still exist (protocol B.5)."""
    claims = bearer_claims(request)
    user_id, session_id = claimed_id(claims, "sub"), claimed_id(claims, "session_id")
    if user_id is None:
        raise AuthError(403, "bad_jwt", "invalid claim: missing sub claim")
    async with core_of(request).pool.connection() as connection:
        user = await user_by_id(connection, user_id)
        if user is None:
            raise AuthError(403, "user_not_found", "User from sub claim in JWT does not exist")
        query = "select from auth.sessions where id = %s and user_id = %s"
        if session_id and await fetch_one(connection, query, (session_id, user_id)) is None:
            message = "Session from session_id claim in JWT does not exist"
            raise AuthError(403, "session_not_found", message)
    return Caller(user=user, session_id=session_id)


def require_admin(request: Request) -> None:
    """Only the service key may go on."""
    if bearer_claims(request).get("role") not in ADMIN_ROLES:
        raise AuthError(403, "not_admin", "User not allowed")


def bearer_claims(request: Request) -> dict[str, object]:
    """The claims of the bearer token, valid at this moment: Auth allows no clock skew."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise AuthError(401, "no_authorization", "This endpoint requires a valid Bearer token")
    try:
        return core_of(request).project.verify(token.strip())
    except TokenError as error:
        tail = "token has invalid claims: token is expired" if error.reason == "expired" else error
        message = f"invalid JWT: unable to parse or verify signature, {tail}"
        raise AuthError(403, "bad_jwt", message) from error


def claimed_id(claims: dict[str, object], name: str) -> UUID | None:
    """The id in a claim; None when the claim is missing."""
    value = claims.get(name)
    if not value:
        return None
    try:
        return UUID(str(value))
    except ValueError:
        raise AuthError(403, "bad_jwt", f"invalid claim: {name} claim must be a UUID") from None
