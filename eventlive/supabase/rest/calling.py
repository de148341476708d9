"""SQL that calls a function of the exposed schema (`/rpc/<name>`)."""

from psycopg import sql

from eventlive.supabase.rest.catalog import SCHEMA, Catalog, Function
from eventlive.supabase.rest.payload import Payload
from eventlive.supabase.rest.query import Query
from eventlive.supabase.rest.reading import Reader, Source
from eventlive.supabase.rest.statement import Statement, Values, name


def call(
    catalog: Catalog, function: Function, arguments: Payload, query: Query, *, is_counted: bool
) -> Statement:
    """One call with named arguments. Rows that it returns can be filtered like a table's."""
    values = Values()
    called = _called(values, function, arguments)
    if function.returns_rows:
        relation = function.relation or function.name
        rows = sql.SQL("rest_called AS ") + name(relation)
        source = Source(rows=rows, relation=relation, table=function.relation)
        read = Reader(catalog, values).page(source, query, is_counted=is_counted)
    else:
        read = _values(function)
    return Statement(
        text=sql.SQL("WITH rest_called AS ({}) {}").format(called, read), values=values.bound
    )


def _called(values: Values, function: Function, arguments: Payload) -> sql.Composed:
    # Arguments that were not given are left out of the call, or their defaults would not apply.
    given = sql.Composed([])
    types = {n: kind for n, kind in function.arguments.items() if n in arguments.keys}
    if types:
        definition = [sql.SQL("{} {}").format(name(n), name(*kind)) for n, kind in types.items()]
        given = sql.SQL("json_to_recordset({}::json) AS rest_given({}), ").format(
            values.bind(arguments.rows), sql.SQL(", ").join(definition)
        )
    named = [sql.SQL("{} := {}").format(name(n), name("rest_given", n)) for n in types]
    columns = sql.SQL("" if function.returns_rows else "(rest_value)")
    return sql.SQL("SELECT called.* FROM {}LATERAL {}({}) AS called{}").format(
        given, name(SCHEMA, function.name), sql.SQL(", ").join(named), columns
    )


def _values(function: Function) -> sql.Composed:
    # The result of a void function has no JSON form; the call only has to happen.
    value = sql.SQL("NULL::text" if function.returns_nothing else "rest_value")
    return sql.SQL(
        "SELECT coalesce(json_agg({}), '[]')::text, count(*), count(*), NULL::bigint"
        " FROM rest_called"
    ).format(value)
