"""Broadcasts stored in realtime.messages: sent on after commit, replayed on request (A.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from eventlive.supabase.realtime.frames import UserBroadcast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg_pool import AsyncConnectionPool

MAX_REPLAYED = 25
KEPT = "72 hours"


class History:
    """The stored broadcasts of private topics."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool

    async def open(self) -> None:
        """Forget what is older than Realtime keeps it."""
        async with self._pool.connection() as connection:
            await connection.execute(
                "delete from realtime.messages"
                " where inserted_at < (now() at time zone 'UTC') - %s::interval",
                (KEPT,),
            )

    async def since(self, topic: str, since_ms: int, limit: int) -> list[UserBroadcast]:
        """Return the newest `limit` broadcasts after `since_ms` (Unix time), oldest first."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_SINCE, (topic, since_ms / 1000, limit))
            return [stored_broadcast(row, replayed=True) for (row,) in await cursor.fetchall()]


def stored_broadcast(row: Mapping[str, object], *, replayed: bool = False) -> UserBroadcast:
    """Return the broadcast that a row of realtime.messages (as JSON) stands for."""
    metadata: dict[str, object] = {"id": row["id"]}
    if replayed:
        metadata["replayed"] = True
    opaque = row.get("binary_payload")
    if isinstance(opaque, str):  # bytea as to_jsonb() prints it: \x and hexadecimal digits
        payload = bytes.fromhex(opaque.removeprefix("\\x"))
    else:
        payload = msgspec.json.encode(row["payload"])
    return UserBroadcast(
        event=str(row["event"]),
        payload=payload,
        is_json=not isinstance(opaque, str),
        metadata=msgspec.json.encode(metadata),
    )


_SINCE = """
select to_jsonb(newest) from (
    select * from realtime.messages
    where topic = %s and private and extension = 'broadcast' and event is not null
      and inserted_at > to_timestamp(%s) at time zone 'UTC'
    order by inserted_at desc limit %s
) newest
order by inserted_at
"""
