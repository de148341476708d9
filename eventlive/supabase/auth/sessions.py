"""Sessions and their refresh tokens: start, rotate, end (protocol B.4, token generation v1).

The client is free to send one refresh token twice: two tabs do it without knowing (B.6). Hence
the two mild rules before the strict one.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from eventlive.supabase.auth.errors import AuthError
from eventlive.supabase.auth.users import User, user_by_id

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from psycopg import AsyncConnection
    from psycopg.abc import Params

REUSE_INTERVAL_S = 10
LOCK_TIMEOUT_S = 5
TOKEN_LENGTH = 12
TOKEN_ALPHABET = string.ascii_lowercase + string.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A session that may go on: who, since when, and the token for the next refresh."""

    user: User
    session_id: UUID
    started_at: datetime
    refresh_token: str


class Scope(StrEnum):
    """Which of somebody's sessions a sign-out ends."""

    GLOBAL = "global"
    LOCAL = "local"
    OTHERS = "others"


async def start_session(connection: AsyncConnection[Any], user_id: UUID, user_agent: str) -> Grant:
    """A new session with its first refresh token, in one statement."""
    token = new_refresh_token()
    row = await fetch_one(
        connection,
        """
        with session as (
            insert into auth.sessions (user_id, user_agent) values (%(user)s, %(agent)s)
            returning id, created_at
        ), first_token as (
            insert into auth.refresh_tokens (token, session_id, user_id)
            select %(token)s, id, %(user)s from session
        ), signed_in as (
            update auth.users set last_sign_in_at = now(), updated_at = now() where id = %(user)s
        )
        select id, created_at from session
        """,
        {"user": user_id, "agent": user_agent, "token": token},
    )
    user = await user_by_id(connection, user_id)
    assert row is not None
    assert user is not None
    return Grant(user=user, session_id=row[0], started_at=row[1], refresh_token=token)


async def rotate(connection: AsyncConnection[Any], token: str) -> Grant | None:
    """Trade a refresh token for the next one, within an open transaction.

    None means that a used token came back outside the rules and its whole family was revoked:
    the caller commits, then refuses. Raises AuthError, and LockNotAvailable after 5 s.
    """
    session = await locked_session(connection, token)
    if session is None:
        message = "Invalid Refresh Token: Refresh Token Not Found"
        raise AuthError(400, "refresh_token_not_found", message)
    session_id, started_at, user_id = session
    user = await user_by_id(connection, user_id)
    assert user is not None  # the session's foreign key, and the session is locked
    if user.is_banned:
        raise AuthError(400, "user_banned", "Invalid Refresh Token: User Banned")
    next_token = await successor(connection, token, session_id)
    if next_token is None:
        return None
    return Grant(user=user, session_id=session_id, started_at=started_at, refresh_token=next_token)


async def locked_session(
    connection: AsyncConnection[Any], token: str
) -> tuple[UUID, datetime, UUID] | None:
    """The session of a token, held until the transaction ends: tokens are traded one by one."""
    await connection.execute("select set_config('lock_timeout', %s, true)", (f"{LOCK_TIMEOUT_S}s",))
    row = await fetch_one(
        connection,
        """
        select session.id, session.created_at, session.user_id
        from auth.refresh_tokens token join auth.sessions session on session.id = token.session_id
        where token.token = %s for update of session
        """,
        (token,),
    )
    return row and (row[0], row[1], row[2])


async def successor(connection: AsyncConnection[Any], token: str, session_id: UUID) -> str | None:
    """The token to hand out for this one; None when it must not be used again."""
    row = await fetch_one(
        connection,
        """
        select token.revoked, current.token, current.parent = token.token,
               token.updated_at > clock_timestamp() - make_interval(secs => %(interval)s)
        from auth.refresh_tokens token left join lateral (
            select token, parent from auth.refresh_tokens
            where session_id = %(session)s and not revoked order by id desc limit 1
        ) current on true
        where token.token = %(token)s
        """,
        {"interval": REUSE_INTERVAL_S, "session": session_id, "token": token},
    )
    assert row is not None
    is_used, current, is_parent_of_current, is_recently_used = row
    if is_used and is_parent_of_current:
        return str(current)
    if is_used and not is_recently_used:
        await revoke_family(connection, session_id)
        return None
    return await swap(connection, token, session_id)


async def swap(connection: AsyncConnection[Any], token: str, session_id: UUID) -> str:
    """Mark the token used and store the next of its family."""
    next_token = new_refresh_token()
    await connection.execute(
        """
        with used as (
            update auth.refresh_tokens set revoked = true, updated_at = clock_timestamp()
            where token = %(token)s and not revoked
        ), refreshed as (
            update auth.sessions set refreshed_at = now() where id = %(session)s returning user_id
        )
        insert into auth.refresh_tokens (token, parent, session_id, user_id)
        select %(next)s, %(token)s, %(session)s, user_id from refreshed
        """,
        {"token": token, "session": session_id, "next": next_token},
    )
    return next_token


async def revoke_family(connection: AsyncConnection[Any], session_id: UUID) -> None:
    """No token of this session works any more.

    The time of revocation is dated back: within the reuse interval the thief's newest token
    would otherwise still be welcome.
    """
    await connection.execute(
        "update auth.refresh_tokens set revoked = true, updated_at = 'epoch' where session_id = %s",
        (session_id,),
    )


async def end_sessions(
    connection: AsyncConnection[Any], user_id: UUID, scope: Scope, session_id: UUID | None
) -> None:
    """Delete sessions, and with them their tokens. `session_id` is the caller's own."""
    await connection.execute(
        """
        delete from auth.sessions where user_id = %(user)s and case %(scope)s
            when 'local' then id = %(session)s
            when 'others' then id is distinct from %(session)s
            else true
        end
        """,
        {"user": user_id, "scope": scope.value, "session": session_id},
    )


def new_refresh_token() -> str:
    """12 characters: 62 bits, which is what GoTrue's v1 tokens have."""
    return "".join(secrets.choice(TOKEN_ALPHABET) for _ in range(TOKEN_LENGTH))


async def fetch_one(
    connection: AsyncConnection[Any], query: str, values: Params
) -> tuple[Any, ...] | None:
    """The first row of an answer."""
    cursor = await connection.execute(query, values)
    row: tuple[Any, ...] | None = await cursor.fetchone()
    return row
