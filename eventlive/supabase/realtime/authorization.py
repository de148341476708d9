"""May this caller read or write this private topic? The policies on realtime.messages say (A.15).

Probe rows are inserted and looked at inside a transaction that is always rolled back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg

from eventlive.database.pool import impersonate
from eventlive.supabase.realtime.tokens import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import AsyncConnection
    from psycopg_pool import AsyncConnectionPool

    from eventlive.supabase.realtime.tokens import Caller

EXTENSIONS = ("broadcast", "presence")
INSERT_PROBE = (
    "insert into realtime.messages (id, topic, extension, private) values (%s, %s, %s, true)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """What one caller may do on one topic, in one direction."""

    broadcast: bool
    presence: bool

    def __bool__(self) -> bool:
        return self.broadcast or self.presence


EVERYTHING = Grants(broadcast=True, presence=True)


class Authorization:
    """Asks the database; keeps nothing but the roles that no policy can refuse."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool
        self._unbound_roles: frozenset[str] = frozenset()

    async def open(self) -> None:
        """Learn which roles bypass row level security: asking about them would be idle."""
        async with self._pool.connection() as connection:
            rows = await connection.execute(
                "select rolname from pg_roles where rolbypassrls or rolsuper"
            )
            self._unbound_roles = frozenset([name for (name,) in await rows.fetchall()])

    async def reading(self, caller: Caller, topic: str) -> Grants:
        """What `caller` may receive on `topic` (without prefix); Refused if nobody can tell."""
        if caller.role in self._unbound_roles:
            return EVERYTHING
        try:
            return await self._visible_probes(caller.claims, topic)
        except psycopg.Error as error:
            raise _undecided() from error

    async def admission(self, caller: Caller, topic: str) -> Grants:
        """Like reading(); Refused when nothing at all may be received."""
        reads = await self.reading(caller, topic)
        if not reads:
            raise Refused(
                "Unauthorized",
                f"You do not have permissions to read from this Channel topic: {topic}",
            )
        return reads

    async def writing(self, caller: Caller, topic: str) -> Grants:
        """What `caller` may send on `topic` (without prefix); Refused if nobody can tell."""
        if caller.role in self._unbound_roles:
            return EVERYTHING
        try:
            return await self._accepted_probes(caller.claims, topic)
        except psycopg.Error as error:
            raise _undecided() from error

    async def _visible_probes(self, claims: Mapping[str, object], topic: str) -> Grants:
        probes = [(uuid4(), topic, extension) for extension in EXTENSIONS]
        async with (
            self._pool.connection() as connection,
            connection.transaction(force_rollback=True),
        ):
            for probe in probes:
                await connection.execute(INSERT_PROBE, probe)
            await impersonate(connection, claims, **{"realtime.topic": topic})
            rows = await connection.execute(
                "select extension from realtime.messages where id = any(%s)",
                ([probe_id for probe_id, _, _ in probes],),
            )
            return _grants({extension for (extension,) in await rows.fetchall()})

    async def _accepted_probes(self, claims: Mapping[str, object], topic: str) -> Grants:
        async with (
            self._pool.connection() as connection,
            connection.transaction(force_rollback=True),
        ):
            await impersonate(connection, claims, **{"realtime.topic": topic})
            return _grants(
                {name for name in EXTENSIONS if await _may_insert(connection, topic, name)}
            )


async def _may_insert(connection: AsyncConnection, topic: str, extension: str) -> bool:
    try:
        async with connection.transaction():
            await connection.execute(INSERT_PROBE, (uuid4(), topic, extension))
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def _grants(extensions: set[str]) -> Grants:
    return Grants(broadcast="broadcast" in extensions, presence="presence" in extensions)


def _undecided() -> Refused:
    return Refused(None, "Realtime was unable to connect to the project database")
