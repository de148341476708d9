"""Connections to PostgreSQL, and acting on them as the caller of a request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from psycopg import sql
from psycopg_pool import AsyncConnectionPool

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from psycopg import AsyncConnection


def new_pool(
    database_url: str,
    application_name: str,
    *,
    max_size: int = 10,
    login_role: str | None = None,
) -> AsyncConnectionPool:
    """A pool of autocommit connections, not yet opened: the owner opens and closes it.

    `application_name` is what pg_stat_activity shows. With `login_role` the session belongs to
    that role, which bounds the roles a token can ask for: `authenticator` for REST (protocol C.5).
    """

    async def log_in(connection: AsyncConnection) -> None:
        if login_role is not None:
            statement = sql.SQL("set session authorization {}")
            await connection.execute(statement.format(sql.Identifier(login_role)))

    return AsyncConnectionPool(
        database_url,
        min_size=1,
        max_size=max_size,
        open=False,
        configure=log_in,
        kwargs={"autocommit": True, "application_name": application_name},
        name=application_name,
    )


async def impersonate(
    connection: AsyncConnection[Any], claims: Mapping[str, object], **settings: str
) -> None:
    """Make the rest of the open transaction act as the owner of `claims`, in one statement.

    Sets the role, the request.jwt settings that auth.uid() and its sisters read, and `settings`
    (for example ``**{"realtime.topic": topic}``); all of it ends with the transaction. A role that
    does not exist or may not be taken raises psycopg.Error.
    """
    values = {
        "role": str(claims.get("role", "anon")),
        "request.jwt.claims": json.dumps(dict(claims)),
        "request.jwt.claim.sub": str(claims.get("sub", "")),
        "request.jwt.claim.role": str(claims.get("role", "anon")),
        **settings,
    }
    await connection.execute(
        "select set_config(name, value, true)"
        " from unnest(%s::text[], %s::text[]) as setting (name, value)",
        (list(values), list(values.values())),
    )
