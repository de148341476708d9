"""SQL that writes: INSERT, upsert, UPDATE and DELETE, and what they return.

The JSON body goes to PostgreSQL as it came; only the names of its keys are looked at here.
"""

from collections.abc import Sequence

from psycopg import sql

from eventlive.supabase.rest.catalog import SCHEMA, Catalog, Table
from eventlive.supabase.rest.conditions import where_sql
from eventlive.supabase.rest.embedding import relationship
from eventlive.supabase.rest.errors import RestError
from eventlive.supabase.rest.payload import Payload
from eventlive.supabase.rest.preferences import Missing, Resolution
from eventlive.supabase.rest.query import Condition, Junction, Query, Selected, Star
from eventlive.supabase.rest.reading import Reader, Source
from eventlive.supabase.rest.statement import Statement, Values, name

# PostgreSQL does not say which rows of an upsert were there before, and reading the system column
# xmax needs a privilege on the whole table. The WHERE of DO UPDATE runs once per merged row.
_COUNT_MERGED = sql.SQL(
    " WHERE set_config('rest.merged',"
    " (coalesce(nullif(current_setting('rest.merged', true), ''), '0')::int + 1)::text,"
    " true) IS NOT NULL"
)
_NO_ROWS = sql.SQL("SELECT '[]', 0::bigint, NULL::bigint, NULL::bigint")
_MERGED = sql.SQL("nullif(current_setting('rest.merged', true), '')::bigint")


def insert(
    catalog: Catalog,
    table_name: str,
    query: Query,
    payload: Payload,
    *,
    resolution: Resolution | None,
    missing: Missing | None,
    is_returned: bool,
) -> Statement:
    """A POST: new rows, or with a resolution an upsert on `on_conflict` or the primary key."""
    table, values = catalog.table(table_name), Values()
    _require_columns(table, payload.keys)
    write = sql.SQL("INSERT INTO {} {}{}").format(
        name(SCHEMA, table.name),
        _new_rows(values, table, payload, missing),
        _on_conflict(table, query, payload, resolution),
    )
    return _written(catalog, table, query, write, values, is_returned=is_returned)


def update(
    catalog: Catalog, table_name: str, query: Query, payload: Payload, *, is_returned: bool
) -> Statement:
    """A PATCH: the same new values for every row that the filters find."""
    table, values = catalog.table(table_name), Values()
    _require_columns(table, payload.keys)
    if not payload.keys:
        return Statement(text=sql.Composed([_NO_ROWS]), values={})
    changes = [sql.SQL("{} = {}").format(name(key), name("rest_new", key)) for key in payload.keys]
    write = sql.SQL(
        "UPDATE {table} SET {changes}"
        " FROM json_populate_recordset(NULL::{table}, {rows}::json) AS rest_new WHERE {where}"
    ).format(
        table=name(SCHEMA, table.name),
        changes=sql.SQL(", ").join(changes),
        rows=values.bind(payload.rows),
        where=_required_filter(values, table, query.where, "UPDATE"),
    )
    return _written(catalog, table, query, write, values, is_returned=is_returned)


def delete(catalog: Catalog, table_name: str, query: Query, *, is_returned: bool) -> Statement:
    """A DELETE of the rows that the filters find."""
    table, values = catalog.table(table_name), Values()
    write = sql.SQL("DELETE FROM {} WHERE {}").format(
        name(SCHEMA, table.name), _required_filter(values, table, query.where, "DELETE")
    )
    return _written(catalog, table, query, write, values, is_returned=is_returned)


def _require_columns(table: Table, keys: Sequence[str]) -> None:
    for key in keys:
        if key not in table.columns:
            message = f"Could not find the '{key}' column of '{table.name}' in the schema cache"
            raise RestError(400, "PGRST204", message)


def _new_rows(
    values: Values, table: Table, payload: Payload, missing: Missing | None
) -> sql.Composable:
    columns = sql.SQL(", ").join(name(key) for key in payload.keys)
    new = sql.SQL(", ").join(
        _or_default(values, table, key) if missing else name("rest_new", key)
        for key in payload.keys
    )
    return sql.SQL(
        "{} SELECT {} FROM json_array_elements({}::json) AS rest_given(object),"
        " json_populate_record(NULL::{}, rest_given.object) AS rest_new"
    ).format(
        sql.SQL("({})").format(columns) if payload.keys else columns,
        new,
        values.bind(payload.rows),
        name(SCHEMA, table.name),
    )


def _or_default(values: Values, table: Table, key: str) -> sql.Composable:
    """The value of a row that names the column, even if it is null, else the column's default."""
    return sql.SQL("CASE WHEN rest_given.object->{}::text IS NULL THEN {} ELSE {} END").format(
        values.bind(key),
        # An expression from PostgreSQL's own catalog is the one SQL text that is not ours.
        sql.SQL(table.defaults.get(key, "NULL").replace("%", "%%")),
        name("rest_new", key),
    )


def _on_conflict(
    table: Table, query: Query, payload: Payload, resolution: Resolution | None
) -> sql.Composable:
    target = query.on_conflict or tuple(table.primary_key)
    if resolution is None or not target:
        return sql.SQL("")
    columns = sql.SQL(", ").join(name(column) for column in target)
    if resolution is Resolution.IGNORE or not payload.keys:
        return sql.SQL(" ON CONFLICT ({}) DO NOTHING").format(columns)
    changes = [sql.SQL("{} = EXCLUDED.{}").format(name(k), name(k)) for k in payload.keys]
    return sql.SQL(" ON CONFLICT ({}) DO UPDATE SET {}{}").format(
        columns, sql.SQL(", ").join(changes), _COUNT_MERGED
    )


def _required_filter(
    values: Values, table: Table, where: Sequence[Condition | Junction], verb: str
) -> sql.Composable:
    # Hosted projects load pg-safeupdate for API roles: a forgotten filter must not empty a table.
    if not where:
        raise RestError(400, "21000", f"{verb} requires a WHERE clause")
    return where_sql(values, table.name, where)


def _written(
    catalog: Catalog,
    table: Table,
    query: Query,
    write: sql.Composable,
    values: Values,
    *,
    is_returned: bool,
) -> Statement:
    rows = sql.SQL("rest_written AS ") + name(table.name)
    source = Source(rows=rows, relation=table.name, table=table.name)
    if is_returned:
        returning = _returning(catalog, table, query)
        body = sql.SQL("coalesce(json_agg(rest_row), '[]')::text")
        read = Reader(catalog, values).rows(source, query)
    else:
        # RETURNING a constant reads no column, so an insert needs no SELECT policy on its rows.
        returning, body, read = sql.SQL("1"), sql.SQL("''"), sql.SQL("SELECT FROM rest_written")
    text = sql.SQL(
        "WITH rest_written AS ({} RETURNING {}) SELECT {}, count(*), NULL::bigint, {}"
        " FROM ({}) AS rest_row"
    ).format(write, returning, body, _MERGED, read)
    return Statement(text=text, values=values.bound)


def _returning(catalog: Catalog, table: Table, query: Query) -> sql.Composable:
    """Only the columns asked for, and those that embeddings join by: privileges are per column."""
    needed: dict[str, None] = {}
    for item in query.items:
        if isinstance(item, Star):
            return name(table.name) + sql.SQL(".*")
        if isinstance(item, Selected):
            needed[item.field.column] = None
        else:
            needed |= dict.fromkeys(relationship(catalog, table.name, item).own_columns)
    needed |= dict.fromkeys(key.field.column for key in query.order)
    columns = [name(table.name, column) for column in needed]
    return sql.SQL(", ").join(columns or [sql.SQL("1")])
