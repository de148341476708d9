"""The `data` member of a postgres_changes message, as one role may see it (A.14)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import AsyncConnection

    from eventlive.supabase.realtime.subscriptions import Change, Row

MAX_PAYLOAD_BYTES = 1024 * 1024
MAX_CELL_BYTES_WHEN_TOO_LARGE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column, and the roles (of those asked about) that may select it."""

    name: str
    type: str  # pg_type.typname: int8, timestamptz, _text for an array
    is_key: bool
    readers: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What the catalogue says about a published table."""

    oid: int
    has_row_security: bool
    keeps_old_rows: bool  # REPLICA IDENTITY FULL
    columns: tuple[Column, ...]

    @property
    def key_columns(self) -> frozenset[str]:
        """The primary key; empty when the table has none."""
        return frozenset([column.name for column in self.columns if column.is_key])

    def key_of(self, row: Row) -> dict[str, object]:
        """The primary key cells of `row`."""
        return {name: row.get(name) for name in self.key_columns}


async def describe(
    connection: AsyncConnection, schema: str, table: str, roles: Sequence[str]
) -> Table:
    """Return the table as it is now, with the select privileges of `roles`."""
    cursor = await connection.execute(_DESCRIBE, (list(roles), schema, table))
    rows = await cursor.fetchall()
    oid, has_row_security, keeps_old_rows = rows[0][:3] if rows else (0, True, False)
    return Table(
        oid=oid,
        has_row_security=has_row_security,
        keeps_old_rows=keeps_old_rows,
        columns=tuple(
            Column(name=name, type=type_name, is_key=is_key, readers=frozenset(readers))
            for *_, name, type_name, is_key, readers in rows
        ),
    )


def change_data(change: Change, table: Table, role: str) -> dict[str, object]:
    """Return `data` for `role`: what it may not select is left out, or refused by `errors`."""
    names = {"schema": change.schema, "table": change.table, "type": change.type}
    if not table.key_columns:
        return {**names, "errors": ["Error 400: Bad Request, no primary key"]}
    readable = [column for column in table.columns if role in column.readers]
    if not table.key_columns.issubset([column.name for column in readable]):
        return {**names, "errors": ["Error 401: Unauthorized"]}
    data: dict[str, object] = {
        **names,
        "commit_timestamp": change.committed_at,
        "columns": [{"name": column.name, "type": column.type} for column in readable],
        "errors": None,
        **_records(change, table, frozenset([column.name for column in readable])),
    }
    return data if len(msgspec.json.encode(data)) <= MAX_PAYLOAD_BYTES else _without_bulk(data)


def _records(change: Change, table: Table, readable: frozenset[str]) -> dict[str, object]:
    records: dict[str, object] = {}
    if change.new is not None:
        records["record"] = _only(change.new, readable)
    if change.old is not None:
        # A deleted row can no longer be shown to a policy, so only its key may leave.
        is_whole = table.keeps_old_rows and not (change.new is None and table.has_row_security)
        records["old_record"] = _only(change.old, readable if is_whole else table.key_columns)
    return records


def _only(row: Row, names: frozenset[str]) -> dict[str, object]:
    return {name: cell for name, cell in row.items() if name in names}


def _without_bulk(data: Mapping[str, object]) -> dict[str, object]:
    slim = {**data, "errors": ["Error 413: Payload Too Large"]}
    for name in ("record", "old_record"):
        row = slim.get(name)
        if isinstance(row, dict):
            slim[name] = {
                column: cell
                for column, cell in row.items()
                if len(msgspec.json.encode(cell)) <= MAX_CELL_BYTES_WHEN_TOO_LARGE
            }
    return slim


_DESCRIBE = """
select c.oid, c.relrowsecurity, c.relreplident = 'f', a.attname, t.typname,
       coalesce(a.attnum = any (i.indkey), false),
       array(
           select rolname::text from pg_roles
           where rolname = any (%s)
             and has_schema_privilege(rolname, n.oid, 'USAGE')
             and has_column_privilege(rolname, c.oid, a.attnum, 'SELECT')
       )
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
left join pg_index i on i.indrelid = c.oid and i.indisprimary
where n.nspname = %s and c.relname = %s
order by a.attnum
"""
