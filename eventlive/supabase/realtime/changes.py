"""postgres_changes: which committed changes go to which channels, and in what form (A.14).

Row level security is asked per distinct set of claims, and for all waiting changes of a table at
once: 400 subscribers and a queue of 10 changes are one query, which switches role 400 times.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

import msgspec
import psycopg

from eventlive.supabase.realtime.hub import Listener
from eventlive.supabase.realtime.messages import TextMessage
from eventlive.supabase.realtime.records import Table, change_data, describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from psycopg_pool import AsyncConnectionPool

    from eventlive.supabase.realtime.hub import Hub
    from eventlive.supabase.realtime.subscriptions import Change, Subscription
    from eventlive.supabase.realtime.tokens import Caller

logger = logging.getLogger(__name__)

RETRY_S = 1.0


class Subscriber(Listener, Protocol):
    """A joined channel that may have asked for changes."""

    @property
    def subscriptions(self) -> Sequence[Subscription]: ...


# One change for one channel: the ids of those of its subscriptions that match, and its caller as
# of now, since a new token may arrive while the database is asked about the old one.
Match = tuple["Change", "Subscriber", "Caller", tuple[int, ...]]
Seen = set[tuple[int, str]]  # (id() of the change, claims) pairs that pass row level security


class Changes:
    """Subscribers of postgres_changes and the queue of changes not yet handed to them."""

    def __init__(self, pool: AsyncConnectionPool, hub: Hub, *, poll_s: float) -> None:
        self._pool = pool
        self._hub = hub
        self._poll_s = poll_s
        self._subscribers: dict[Subscriber, None] = {}
        self._waiting: list[Change] = []
        self._wake = asyncio.Event()

    async def check(self, subscriptions: Iterable[Subscription]) -> str | None:
        """Return the error text for the first subscription that cannot be served, else None."""
        async with self._pool.connection() as connection:
            for one in subscriptions:
                cursor = await connection.execute(
                    "select attnames from pg_publication_tables"
                    " where pubname = 'supabase_realtime' and schemaname = %s"
                    " and (%s::text is null or tablename = %s)",
                    (one.schema, one.table, one.table),
                )
                rows = await cursor.fetchall()
                columns = {name for (names,) in rows for name in names}
                if not rows or not columns.issuperset(f.column for f in one.filters):
                    return (
                        "Unable to subscribe to changes with given parameters. Please check "
                        f"Realtime is enabled for the given connect parameters: {one}"
                    )
        return None

    def subscribe(self, subscriber: Subscriber) -> None:
        """Changes that are taken from the queue from now on reach `subscriber`."""
        self._subscribers[subscriber] = None

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """No further change reaches `subscriber`. Idempotent."""
        self._subscribers.pop(subscriber, None)

    def offer(self, change: Change) -> None:
        """Queue a committed change; without subscribers it is forgotten."""
        if self._subscribers:
            self._waiting.append(change)
            self._wake.set()

    async def run(self) -> None:
        """Hand out what waits, in commit order, until cancelled."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(self._poll_s)
            self._wake.clear()
            batch, self._waiting = self._waiting, []
            try:
                await self._hand_out(batch)
            except psycopg.Error as error:
                # Nothing of the batch has been sent yet: sending comes after the last question.
                logger.warning("%d changes wait for the database: %s", len(batch), error)
                self._waiting = [*batch, *self._waiting]
                self._wake.set()
                await asyncio.sleep(RETRY_S)

    async def _hand_out(self, batch: Sequence[Change]) -> None:
        tables = await self._tables(batch)
        matches = [match for change in batch for match in self._matching(change, tables)]
        seen = await self._visible(matches, tables)
        messages: dict[tuple[int, str, tuple[int, ...], str], TextMessage] = {}
        for change, subscriber, caller, ids in matches:
            table, role = tables[change.schema, change.table], caller.role
            if _needs_check(change, table) and (id(change), caller.claims_json) not in seen:
                continue
            key = (id(change), subscriber.topic, ids, role)
            if key not in messages:
                payload = {"ids": ids, "data": change_data(change, table, role)}
                messages[key] = TextMessage(subscriber.topic, "postgres_changes", payload)
            self._hub.fan_out((subscriber,), messages[key], "postgres_changes")

    async def _tables(self, batch: Sequence[Change]) -> dict[tuple[str, str], Table]:
        """Read anew for each batch: a migration may have altered the table or its grants."""
        names = {(change.schema, change.table) for change in batch}
        roles = sorted({one.caller.role for one in self._subscribers})
        async with self._pool.connection() as connection:
            return {name: await describe(connection, *name, roles) for name in names}

    def _matching(self, change: Change, tables: dict[tuple[str, str], Table]) -> Iterable[Match]:
        keys = tables[change.schema, change.table].key_columns
        # 400 channels share a handful of subscriptions, so each is compared once per change.
        known: dict[int, bool] = {}
        for subscriber in self._subscribers:
            ids = []
            for one in subscriber.subscriptions:
                if one.id not in known:
                    known[one.id] = one.matches(change, keys)
                if known[one.id]:
                    ids.append(one.id)
            if ids:
                yield change, subscriber, subscriber.caller, tuple(ids)

    async def _visible(
        self, matches: Sequence[Match], tables: dict[tuple[str, str], Table]
    ) -> Seen:
        questions: dict[tuple[str, str], dict[int, Change]] = defaultdict(dict)
        askers: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for change, _, caller, _ in matches:
            name = (change.schema, change.table)
            if _needs_check(change, tables[name]):
                questions[name][id(change)] = change
                askers[name][caller.claims_json] = None
        seen: Seen = set()
        for name, changes in questions.items():
            seen |= await self._ask(tables[name], list(changes.values()), list(askers[name]))
        return seen

    async def _ask(self, table: Table, changes: Sequence[Change], claims: Sequence[str]) -> Seen:
        keys = [table.key_of(change.new or {}) for change in changes]
        subscribers = [msgspec.Raw(text.encode()) for text in claims]
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(
                "select subscriber, row_number from realtime.visible_rows(%s::regclass, %s, %s)",
                (
                    table.oid,
                    msgspec.json.encode(keys).decode(),
                    msgspec.json.encode(subscribers).decode(),
                ),
            )
            rows = await cursor.fetchall()
        return {(id(changes[row - 1]), claims[who - 1]) for who, row in rows}


def _needs_check(change: Change, table: Table) -> bool:
    return table.has_row_security and change.type != "DELETE" and bool(table.key_columns)
