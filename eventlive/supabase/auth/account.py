"""One's own account: GET and PUT /user (protocol B.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.errors import UniqueViolation
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eventlive.supabase.auth import bodies
from eventlive.supabase.auth.callers import Caller, caller_of
from eventlive.supabase.auth.core import Core, core_of
from eventlive.supabase.auth.errors import AuthError
from eventlive.supabase.auth.passwords import hash_password, is_password
from eventlive.supabase.auth.sessions import Scope, end_sessions
from eventlive.supabase.auth.users import merged, update_user, user_object

if TYPE_CHECKING:
    from starlette.requests import Request


async def read_account(request: Request) -> Response:
    """GET /user: the user, provided that the session still exists."""
    caller = await caller_of(request)
    return JSONResponse(user_object(caller.user))


async def change_account(request: Request) -> Response:
    """PUT /user: a new password ends the caller's other sessions."""
    core, caller = core_of(request), await caller_of(request)
    values = await changes(core, caller, await bodies.json_body(request))
    try:
        async with core.pool.connection() as connection, connection.transaction():
            user = await update_user(connection, caller.user.id, values)
            if "encrypted_password" in values:
                await end_sessions(connection, caller.user.id, Scope.OTHERS, caller.session_id)
    except UniqueViolation as error:
        raise email_exists() from error
    assert user is not None
    return JSONResponse(user_object(user))


async def changes(core: Core, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """The columns that the request changes."""
    values: dict[str, Any] = {}
    if data := bodies.mapping(body, "data"):
        values["raw_user_meta_data"] = merged(caller.user.raw_user_meta_data, data)
    if address := bodies.email(body):
        values["email"] = address
    if password := bodies.text(body, "password"):
        if await is_password(password, caller.user.encrypted_password):
            message = "New password should be different from the old password."
            raise AuthError(422, "same_password", message)
        rounds = core.settings.timings.bcrypt_rounds
        values["encrypted_password"] = await hash_password(password, rounds)
    return values


def email_exists() -> AuthError:
    """Somebody else has this address."""
    message = "A user with this email address has already been registered"
    return AuthError(422, "email_exists", message)


routes = [
    Route("/user", read_account, methods=["GET"]),
    Route("/user", change_account, methods=["PUT"]),
]
