"""From COMMIT to this process: LISTEN, then read the outbox rows that were notified.

PostgreSQL sends notifications after commit and in commit order; that is the whole ordering rule.
One reader per database, held by an advisory lock: the reader removes what it has read.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC
from typing import TYPE_CHECKING

import psycopg

from eventlive.supabase.realtime.subscriptions import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from psycopg import AsyncConnection
    from psycopg_pool import AsyncConnectionPool

    from eventlive.supabase.realtime.subscriptions import Row

logger = logging.getLogger(__name__)

RECONNECT_S = 1.0
LOCK_TIMEOUT = "10s"


class Feed:
    """Calls `on_change` for each committed change, in commit order."""

    def __init__(
        self, database_url: str, pool: AsyncConnectionPool, on_change: Callable[[Change], None]
    ) -> None:
        self._database_url = database_url
        self._pool = pool
        self._on_change = on_change
        self._listening: AsyncConnection | None = None

    async def open(self) -> None:
        """Listen; what was recorded while nobody listened is owed to nobody.

        Raises psycopg.errors.LockNotAvailable when another process reads this database.
        """
        self._listening = await self._listen()
        await self._take(None)

    async def run(self) -> None:
        """Pass changes on until cancelled, over as many connections as it takes."""
        while True:
            try:
                if self._listening is None:
                    self._listening = await self._listen()
                    self._pass_on((await self._take(None)).values())  # committed while we were deaf
                await self._follow(self._listening)
            except psycopg.Error as error:
                logger.warning("change feed interrupted: %s", error)
                await self.close()
                await asyncio.sleep(RECONNECT_S)

    async def close(self) -> None:
        """Stop listening, which frees the database for another reader."""
        connection, self._listening = self._listening, None
        if connection is not None:
            await connection.close()

    async def _listen(self) -> AsyncConnection:
        connection = await psycopg.AsyncConnection.connect(
            self._database_url, autocommit=True, application_name="realtime feed"
        )
        try:
            await connection.execute(f"set lock_timeout = '{LOCK_TIMEOUT}'")
            await connection.execute("select pg_advisory_lock(hashtext('realtime.outbox'))")
            await connection.execute("listen realtime")
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _follow(self, connection: AsyncConnection) -> None:
        while True:
            # stop_after=1 still yields everything that came in the same packet: natural batches.
            ids = [int(note.payload) async for note in connection.notifies(stop_after=1)]
            changes = await self._take(ids)
            self._pass_on([changes[one] for one in ids if one in changes])

    async def _take(self, ids: Sequence[int] | None) -> dict[int, Change]:
        """Remove and return these outbox rows (all for None), by id and in id order."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_TAKE, {"ids": ids})
            return {row[0]: _change(*row[1:]) for row in await cursor.fetchall()}

    def _pass_on(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self._on_change(change)


def _change(
    recorded_at: datetime, schema: str, table: str, operation: str, new: Row | None, old: Row | None
) -> Change:
    # The time of the statement: PostgreSQL tells commit times only with track_commit_timestamp.
    at = recorded_at.astimezone(UTC).isoformat(timespec="milliseconds")
    return Change(
        schema=schema,
        table=table,
        type=operation,
        committed_at=at.replace("+00:00", "Z"),
        new=new,
        old=old,
    )


_TAKE = """
with taken as (
    delete from realtime.outbox
    where %(ids)s::bigint[] is null or id = any (%(ids)s::bigint[])
    returning *
)
select id, recorded_at, table_schema, table_name, operation, new_row, old_row
from taken order by id
"""
