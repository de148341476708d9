"""Users as the service key manages them: /admin/users (protocol B.5)."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from psycopg.errors import UniqueViolation
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eventlive.supabase.auth import bodies
from eventlive.supabase.auth.account import email_exists
from eventlive.supabase.auth.callers import require_admin
from eventlive.supabase.auth.core import Core, core_of
from eventlive.supabase.auth.errors import AuthError, validation_failed
from eventlive.supabase.auth.passwords import hash_password
from eventlive.supabase.auth.sessions import Scope, end_sessions, fetch_one
from eventlive.supabase.auth.users import (
    EMAIL_PROVIDER,
    User,
    insert_user,
    merged,
    newest_users,
    update_user,
    user_by_id,
    user_object,
)

if TYPE_CHECKING:
    from starlette.requests import Request

PAGE_SIZE = 50
PAGE_SIZE_MAX = 1000
UNIT_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h))+")
DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


async def list_users(request: Request) -> Response:
    """GET /admin/users: one page, with the total and the neighbours in the headers."""
    require_admin(request)
    page = whole_number(request, "page", 1, at_most=1_000_000)
    size = whole_number(request, "per_page", PAGE_SIZE, at_most=PAGE_SIZE_MAX)
    async with core_of(request).pool.connection() as connection:
        users = await newest_users(connection, size, (page - 1) * size)
        row = await fetch_one(connection, "select count(*) from auth.users", ())
    total = row[0] if row else 0
    headers = {"x-total-count": str(total), "link": page_links(page, size, total)}
    body = {"users": [user_object(user) for user in users], "aud": "authenticated"}
    return JSONResponse(body, headers=headers)


async def create_user(request: Request) -> Response:
    """POST /admin/users: confirmed only if the request says so."""
    require_admin(request)
    core, body = core_of(request), await bodies.json_body(request)
    if not bodies.email(body):
        raise validation_failed("Cannot create a user without either an email or phone")
    # Nobody knows this one, so nobody signs in until a password is set.
    password = bodies.text(body, "password") or secrets.token_urlsafe()
    values = await changes(core, {**body, "password": password}, None)
    values["id"] = user_id(bodies.text(body, "id")) if body.get("id") else uuid4()
    async with core.pool.connection() as connection:
        user = await insert_user(connection, values)
    if user is None:
        raise email_exists()
    return JSONResponse(user_object(user))


async def read_user(request: Request) -> Response:
    """GET /admin/users/<id>."""
    require_admin(request)
    return JSONResponse(user_object(await named_user(request)))


async def change_user(request: Request) -> Response:
    """PUT /admin/users/<id>: a new password ends all sessions."""
    require_admin(request)
    core, old = core_of(request), await named_user(request)
    values = await changes(core, await bodies.json_body(request), old)
    try:
        async with core.pool.connection() as connection, connection.transaction():
            user = await update_user(connection, old.id, values)
            if "encrypted_password" in values:
                await end_sessions(connection, old.id, Scope.GLOBAL, None)
    except UniqueViolation as error:
        raise email_exists() from error
    if user is None:
        raise user_not_found()
    return JSONResponse(user_object(user))


async def delete_user(request: Request) -> Response:
    """DELETE /admin/users/<id>: sessions and everything else that refers to the user goes, too."""
    require_admin(request)
    user = await named_user(request)
    async with core_of(request).pool.connection() as connection:
        await connection.execute("delete from auth.users where id = %s", (user.id,))
    return JSONResponse({})


async def changes(core: Core, body: dict[str, Any], old: User | None) -> dict[str, Any]:
    """The columns that an admin's request sets, on a new user when `old` is None."""
    values: dict[str, Any] = {}
    if address := bodies.email(body):
        values["email"] = address
    if role := bodies.text(body, "role"):
        values["role"] = role
    if password := bodies.text(body, "password"):
        rounds = core.settings.timings.bcrypt_rounds
        values["encrypted_password"] = await hash_password(password, rounds)
    if body.get("email_confirm"):
        values["email_confirmed_at"] = datetime.now(UTC)
    if ban := bodies.text(body, "ban_duration"):
        values["banned_until"] = banned_until(ban)
    return values | metadata_changes(body, old)


def metadata_changes(body: dict[str, Any], old: User | None) -> dict[str, Any]:
    """The metadata columns; those of a new user also say how she signs in."""
    app, data = bodies.mapping(body, "app_metadata"), bodies.mapping(body, "user_metadata")
    if old is None:
        return {
            "raw_app_meta_data": merged(EMAIL_PROVIDER, app),
            "raw_user_meta_data": merged(data, {"email_verified": True}),
        }
    values: dict[str, Any] = {}
    if app:
        values["raw_app_meta_data"] = merged(old.raw_app_meta_data, app)
    if data:
        values["raw_user_meta_data"] = merged(old.raw_user_meta_data, data)
    return values


def banned_until(duration: str) -> datetime | None:
    """The end of a ban of this length, in the notation of Go ("24h", "1h30m"); "none" lifts it."""
    if duration == "none":
        return None
    if not DURATION.fullmatch(duration):
        message = f'invalid format for ban duration: "{duration}"; use none or e.g. 24h, 1h30m, 90s'
        raise validation_failed(message)
    parts = DURATION_PART.findall(duration)
    try:
        length = timedelta(seconds=sum(float(number) * UNIT_S[unit] for number, unit in parts))
        return datetime.now(UTC) + length
    except OverflowError:
        raise validation_failed(f'ban duration "{duration}" is too long') from None


async def named_user(request: Request) -> User:
    """The user in the path."""
    wanted = user_id(request.path_params["user_id"])
    async with core_of(request).pool.connection() as connection:
        user = await user_by_id(connection, wanted)
    if user is None:
        raise user_not_found()
    return user


def user_not_found() -> AuthError:
    """Nobody has this id."""
    return AuthError(404, "user_not_found", "User not found")


def user_id(value: str) -> UUID:
    """An id as a client wrote it."""
    try:
        return UUID(value)
    except ValueError:
        raise AuthError(404, "validation_failed", "user_id must be an UUID") from None


def whole_number(request: Request, name: str, default: int, *, at_most: int) -> int:
    """A query parameter of at least 1."""
    value = request.query_params.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise validation_failed(f"Bad Pagination Parameters: {name} must be a number above 0")
    return min(int(value), at_most)


def page_links(page: int, size: int, total: int) -> str:
    """The `link` header: the next page if there is one, and the last."""
    last = max(1, -(-total // size))
    links = {"next": page + 1} if page < last else {}
    links["last"] = last
    return ", ".join(
        f'</admin/users?page={number}&per_page={size}>; rel="{name}"'
        for name, number in links.items()
    )


routes = [
    Route("/admin/users", list_users, methods=["GET"]),
    Route("/admin/users", create_user, methods=["POST"]),
    Route("/admin/users/{user_id}", read_user, methods=["GET"]),
    Route("/admin/users/{user_id}", change_user, methods=["PUT"]),
    Route("/admin/users/{user_id}", delete_user, methods=["DELETE"]),
]
