"""Signing in, staying in, signing up and out (protocol B.1, B.4, B.5)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from psycopg.errors import LockNotAvailable
from starlette.responses import Response
from starlette.routing import Route

from eventlive.supabase.auth import bodies
from eventlive.supabase.auth.callers import caller_of
from eventlive.supabase.auth.core import Core, core_of
from eventlive.supabase.auth.errors import AuthError, OAuthError, validation_failed
from eventlive.supabase.auth.passwords import hash_password, is_password
from eventlive.supabase.auth.sessions import Grant, Scope, end_sessions, rotate, start_session
from eventlive.supabase.auth.tokens import session_answer
from eventlive.supabase.auth.users import (
    EMAIL_PROVIDER,
    User,
    identity_data,
    insert_user,
    user_by_email,
)

if TYPE_CHECKING:
    from starlette.requests import Request

REFRESH_TOKEN = re.compile(r"[a-z0-9]{12}")


async def grant_token(request: Request) -> Response:
    """POST /token: both grants draw on one bucket per client address (B.8)."""
    core = core_of(request)
    client = request.client.host if request.client else ""
    if core.token_buckets is not None and not core.token_buckets.take(client):
        raise AuthError(429, "over_request_rate_limit", "Request rate limit reached")
    match request.query_params.get("grant_type"):
        case "password":
            grant = await sign_in(core, request)
        case "refresh_token":
            grant = await refresh(core, request)
        case _:
            raise AuthError(400, "invalid_credentials", "unsupported_grant_type")
    return session_answer(core, grant)


async def sign_in(core: Core, request: Request) -> Grant:
    """A new session for whoever knows the password."""
    body = await bodies.json_body(request)
    address = bodies.text(body, "email").strip()
    if not address:
        raise validation_failed("missing email or phone")
    async with core.pool.connection() as connection:
        user = await user_by_email(connection, address)
    # The connection is back in the pool meanwhile: bcrypt is the slow part of a sign-in.
    password = bodies.text(body, "password")
    if user is None or not await is_password(password, user.encrypted_password):
        raise AuthError(400, "invalid_credentials", "Invalid login credentials")
    check_may_enter(user)
    async with core.pool.connection() as connection, connection.transaction():
        return await start_session(connection, user.id, user_agent(request))


def check_may_enter(user: User) -> None:
    """Refuse users who know their password and still may not sign in."""
    if user.is_banned:
        raise AuthError(400, "user_banned", "User is banned")
    if user.email_confirmed_at is None:
        raise AuthError(400, "email_not_confirmed", "Email not confirmed")


async def refresh(core: Core, request: Request) -> Grant:
    """The session goes on with a new access token."""
    token = bodies.text(await bodies.json_body(request), "refresh_token")
    if not token:
        raise OAuthError("invalid_request", "refresh_token required")
    if not REFRESH_TOKEN.fullmatch(token):
        raise validation_failed("Refresh token is not valid")
    try:
        async with core.pool.connection() as connection, connection.transaction():
            grant = await rotate(connection, token)
    except LockNotAvailable as error:
        raise AuthError(
            409,
            "conflict",
            "Too many concurrent token refresh requests on the same session or refresh token",
        ) from error
    # Only now: the revocation of the family had to be committed.
    if grant is None:
        message = "Invalid Refresh Token: Already Used"
        raise AuthError(400, "refresh_token_already_used", message)
    return grant


async def sign_up(request: Request) -> Response:
    """POST /signup with autoconfirm: the answer is a session."""
    core = core_of(request)
    body = await bodies.json_body(request)
    address, password = bodies.email(body), bodies.text(body, "password")
    if not address:
        raise AuthError(422, "anonymous_provider_disabled", "Anonymous sign-ins are disabled")
    if not password:
        raise validation_failed("Signup requires a valid password")
    hashed = await hash_password(password, core.settings.timings.bcrypt_rounds)
    user_id = uuid4()
    metadata = {**bodies.mapping(body, "data"), **identity_data(user_id, address)}
    values = {
        "id": user_id,
        "email": address,
        "encrypted_password": hashed,
        "email_confirmed_at": datetime.now(UTC),
        "raw_app_meta_data": EMAIL_PROVIDER,
        "raw_user_meta_data": metadata,
    }
    async with core.pool.connection() as connection, connection.transaction():
        if await insert_user(connection, values) is None:
            raise AuthError(422, "user_already_exists", "User already registered")
        grant = await start_session(connection, user_id, user_agent(request))
    return session_answer(core, grant)


async def sign_out(request: Request) -> Response:
    """POST /logout: sessions end; access tokens live on until they expire (B.5)."""
    scope = request.query_params.get("scope", Scope.GLOBAL)
    if scope not in set(Scope):
        raise validation_failed(f'Unsupported logout scope "{scope}"; use {", ".join(Scope)}')
    caller = await caller_of(request)
    async with core_of(request).pool.connection() as connection:
        await end_sessions(connection, caller.user.id, Scope(scope), caller.session_id)
    return Response(status_code=204)


def user_agent(request: Request) -> str:
    """What the client calls itself."""
    return request.headers.get("user-agent", "")


routes = [
    Route("/token", grant_token, methods=["POST"]),
    Route("/signup", sign_up, methods=["POST"]),
    Route("/logout", sign_out, methods=["POST"]),
]
