"""SQL that reads: the selected items, their embeddings, and PostgreSQL building the JSON."""

from dataclasses import dataclass
from typing import Final

from psycopg import sql

from eventlive.supabase.rest.catalog import SCHEMA, Catalog
from eventlive.supabase.rest.conditions import field_sql, order_sql, where_sql
from eventlive.supabase.rest.embedding import Relationship, relationship
from eventlive.supabase.rest.query import Embedding, Query, Selected, Star
from eventlive.supabase.rest.statement import Statement, Values, name

# Hosted projects cap every list at this many rows without saying so (protocol C.3).
MAX_ROWS: Final = 1000

# Casts are quoted like any other name; these are the spellings that have no type of that name.
_TYPES: Final = {
    "int": "int4",
    "integer": "int4",
    "smallint": "int2",
    "bigint": "int8",
    "real": "float4",
    "float": "float8",
    "double precision": "float8",
    "boolean": "bool",
    "decimal": "numeric",
    "character varying": "varchar",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Rows to select from: SQL after FROM, the name they go by there, and whose columns they have.

    `table` is None when the rows are of no table, so nothing can be embedded in them.
    """

    rows: sql.Composable
    relation: str
    table: str | None


def read(catalog: Catalog, table: str, query: Query, *, is_counted: bool) -> Statement:
    """A GET or HEAD of a table. Raises RestError PGRST205 when there is none of this name."""
    values, rows = Values(), name(SCHEMA, catalog.table(table).name)
    source = Source(rows=rows, relation=table, table=table)
    page = Reader(catalog, values).page(source, query, is_counted=is_counted)
    return Statement(text=page, values=values.bound)


class Reader:
    """Composes the reading part of one statement."""

    def __init__(self, catalog: Catalog, values: Values) -> None:
        self._catalog = catalog
        self._values = values
        self._embedded = 0

    def page(self, source: Source, query: Query, *, is_counted: bool) -> sql.Composed:
        """The rows of one page as a JSON array, their number, and the total if it is wanted."""
        items, joins = self._items(source, query)
        matching = self._matching(source, query, joins)
        page = sql.SQL("SELECT {}{}{}{}").format(
            items,
            matching,
            order_sql(self._values, source.relation, query.order),
            self._window(query),
        )
        total = sql.SQL("(SELECT count(*){})").format(matching) if is_counted else sql.NULL
        return sql.SQL(
            "SELECT coalesce(json_agg(rest_row), '[]')::text, count(*), {}, NULL::bigint"
            " FROM ({}) AS rest_row"
        ).format(total, page)

    def rows(self, source: Source, query: Query) -> sql.Composable:
        """The rows without filter, order or page: for what a statement has just written."""
        items, joins = self._items(source, query)
        return sql.SQL("SELECT {} FROM {}{}{}").format(
            items, source.rows, joins, order_sql(self._values, source.relation, query.order)
        )

    def _matching(self, source: Source, query: Query, joins: sql.Composable) -> sql.Composable:
        where = where_sql(self._values, source.relation, query.where)
        return sql.SQL(" FROM {}{} WHERE {}").format(source.rows, joins, where)

    def _window(self, query: Query) -> sql.Composable:
        limit = MAX_ROWS if query.limit is None else min(query.limit, MAX_ROWS)
        return sql.SQL(" LIMIT {} OFFSET {}").format(
            self._values.bind(limit), self._values.bind(query.offset)
        )

    def _items(self, source: Source, query: Query) -> tuple[sql.Composable, sql.Composable]:
        items: list[sql.Composable] = []
        joins: list[sql.Composable] = []
        for item in query.items:
            if isinstance(item, Embedding):
                column, join = self._embedding(source, item)
                items.append(column)
                joins.append(join)
            else:
                items.append(self._item(source.relation, item))
        return sql.SQL(", ").join(items), sql.SQL("").join(joins)

    def _item(self, relation: str, item: Star | Selected) -> sql.Composable:
        if isinstance(item, Star):
            return name(relation) + sql.SQL(".*")
        value = field_sql(self._values, relation, item.field)
        if item.cast is not None:
            value = sql.SQL("CAST({} AS {})").format(value, _type(item.cast))
        return sql.SQL("{} AS {}").format(value, name(item.alias or item.field.label))

    def _embedding(self, source: Source, item: Embedding) -> tuple[sql.Composable, sql.Composable]:
        meant = relationship(self._catalog, source.table or source.relation, item)
        # The alias keeps a table apart from itself when its rows embed their own kind.
        self._embedded += 1
        alias = f"{meant.target}_{self._embedded}"
        found = name(f"rest_{alias}") + sql.SQL(".found")
        column = found if meant.is_single else sql.SQL("coalesce({}, '[]')").format(found)
        join = sql.SQL("{} JOIN LATERAL ({}) AS {} ON {}").format(
            sql.SQL("" if item.is_inner else " LEFT"),
            self._found(source.relation, alias, meant, item.query),
            name(f"rest_{alias}"),
            found + sql.SQL(" IS NOT NULL") if item.is_inner else sql.SQL("TRUE"),
        )
        return column + sql.SQL(" AS ") + name(item.label), sql.SQL(" ") + join

    def _found(self, outer: str, alias: str, meant: Relationship, query: Query) -> sql.Composable:
        rows = name(SCHEMA, meant.target) + sql.SQL(" AS ") + name(alias)
        source = Source(rows=rows, relation=alias, table=meant.target)
        items, joins = self._items(source, query)
        pairs = zip(meant.own_columns, meant.target_columns, strict=True)
        connected = [
            sql.SQL(" AND {} = {}").format(name(alias, theirs), name(outer, own))
            for own, theirs in pairs
        ]
        aggregate = sql.SQL("row_to_json" if meant.is_single else "json_agg")
        return sql.SQL(
            "SELECT {}(inner_row) AS found FROM (SELECT {}{}{}{}{}) AS inner_row"
        ).format(
            aggregate,
            items,
            self._matching(source, query, joins),
            sql.SQL("").join(connected),
            order_sql(self._values, alias, query.order),
            self._window(query),
        )


def _type(cast: str) -> sql.Composable:
    base = cast.removesuffix("[]").strip()
    quoted = name(_TYPES.get(base.lower(), base))
    return quoted + sql.SQL("[]") if cast.endswith("[]") else quoted
