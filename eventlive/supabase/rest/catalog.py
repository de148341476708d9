"""What the exposed schema holds: tables, foreign keys and functions, read from PostgreSQL.

PostgREST keeps the same knowledge in its schema cache (protocol C.7). Ours is read at open and
once more whenever a name is unknown, so a table made a moment ago is found without a restart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import class_row

from eventlive.supabase.rest.errors import RestError

SCHEMA: Final = "public"

_TABLES: Final = """
SELECT c.relname::text AS name,
       array_agg(a.attname::text ORDER BY a.attnum) AS columns,
       coalesce((
           SELECT array_agg(k.attname::text ORDER BY array_position(i.indkey::int2[], k.attnum))
           FROM pg_index i
           JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY (i.indkey)
           WHERE i.indrelid = c.oid AND i.indisprimary
       ), '{}') AS primary_key,
       coalesce((
           SELECT jsonb_object_agg(k.attname, pg_get_expr(d.adbin, d.adrelid))
           FROM pg_attrdef d
           JOIN pg_attribute k ON k.attrelid = d.adrelid AND k.attnum = d.adnum
           WHERE d.adrelid = c.oid AND k.attgenerated = ''
       ), '{}') AS defaults
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
GROUP BY c.oid, c.relname
"""
_FOREIGN_KEYS: Final = """
SELECT con.conname::text AS name, s.relname::text AS source, t.relname::text AS target,
       ARRAY(SELECT a.attname::text FROM unnest(con.conkey) WITH ORDINALITY AS k(number, place)
             JOIN pg_attribute a ON a.attrelid = s.oid AND a.attnum = k.number
             ORDER BY k.place) AS source_columns,
       ARRAY(SELECT a.attname::text FROM unnest(con.confkey) WITH ORDINALITY AS k(number, place)
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
             ORDER BY k.place) AS target_columns,
       EXISTS (SELECT FROM pg_index i
               WHERE i.indrelid = s.oid AND i.indisunique AND i.indpred IS NULL
                 AND i.indkey::int2[] <@ con.conkey) AS is_one_to_one
FROM pg_constraint con
JOIN pg_class s ON s.oid = con.conrelid AND s.relnamespace = %(schema)s::regnamespace
JOIN pg_class t ON t.oid = con.confrelid AND t.relnamespace = %(schema)s::regnamespace
WHERE con.contype = 'f' AND con.conparentid = 0
"""
_FUNCTIONS: Final = """
SELECT p.proname::text AS name, p.proargnames AS names, p.proargmodes::text[] AS modes,
       ARRAY(SELECT ARRAY[n.nspname::text, t.typname::text]
             FROM unnest(p.proargtypes) WITH ORDINALITY AS u(type, place)
             JOIN pg_type t ON t.oid = u.type JOIN pg_namespace n ON n.oid = t.typnamespace
             ORDER BY u.place) AS types,
       p.pronargdefaults AS defaults, p.proretset AS returns_set,
       p.prorettype = 'void'::regtype AS returns_nothing,
       r.typtype = 'c' OR coalesce(p.proargmodes::text[] && '{o,b,t}', false) AS returns_rows,
       c.relname::text AS relation
FROM pg_proc p
JOIN pg_type r ON r.oid = p.prorettype
LEFT JOIN pg_class c ON c.oid = r.typrelid AND c.relnamespace = p.pronamespace
WHERE p.pronamespace = %s::regnamespace AND p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table or view; the primary key is empty when it has none.

    `defaults` holds SQL expressions by column, as the owner of the table wrote them.
    """

    name: str
    columns: Sequence[str]
    primary_key: Sequence[str]
    defaults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """`source(source_columns) → target(target_columns)`, pairwise in order."""

    name: str
    source: str
    target: str
    source_columns: Sequence[str]
    target_columns: Sequence[str]
    is_one_to_one: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One overload of a function, as pg_proc describes it.

    `names` and `modes` cover input and output arguments (either may be None), `types` only the
    input ones, each as (schema, type). `returns_rows` says that the result has named columns,
    `returns_set` that there can be any number of results; `relation` is the table they are of.
    """

    name: str
    names: Sequence[str] | None
    modes: Sequence[str] | None
    types: Sequence[Sequence[str]]
    defaults: int
    returns_set: bool
    returns_nothing: bool
    returns_rows: bool
    relation: str | None

    @property
    def arguments(self) -> dict[str, Sequence[str]]:
        """Input arguments by name, in order, each with its (schema, type)."""
        modes = self.modes or ["i"] * len(self.types)
        inputs = [n for n, mode in zip(self.names or (), modes, strict=False) if mode in "ibv"]
        return dict(zip(inputs, self.types, strict=False))

    def accepts(self, names: frozenset[str]) -> bool:
        """Whether a call with these named arguments is complete and has none too many."""
        arguments = list(self.arguments)
        required = set(arguments[: len(arguments) - self.defaults])
        # An unnamed argument cannot be given by name, so such a function is never callable here.
        return len(arguments) == len(self.types) and required <= names <= set(arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """One reading of the exposed schema."""

    tables: dict[str, Table] = field(default_factory=dict)
    foreign_keys: Sequence[ForeignKey] = ()
    functions: Sequence[Function] = ()

    def table(self, name: str) -> Table:
        """The table of this name. Raises RestError PGRST205 (404)."""
        found = self.tables.get(name)
        if found is None:
            message = f"Could not find the table '{SCHEMA}.{name}' in the schema cache"
            raise RestError(404, "PGRST205", message)
        return found

    def function(self, name: str, arguments: frozenset[str]) -> Function:
        """The overload that takes these named arguments.

        Raises RestError PGRST202 (404) when there is none, PGRST203 (300) when several do.
        """
        found = [f for f in self.functions if f.name == name and f.accepts(arguments)]
        signature = f"{SCHEMA}.{name}({', '.join(sorted(arguments))})"
        if not found:
            message = f"Could not find the function {signature} in the schema cache"
            raise RestError(404, "PGRST202", message)
        if len(found) > 1:
            message = f"Could not choose the best candidate function for {signature}"
            raise RestError(300, "PGRST203", message)
        return found[0]

    def argument_names(self, name: str) -> frozenset[str]:
        """Every argument of every overload: what a GET call cannot mean as a filter."""
        return frozenset(n for f in self.functions if f.name == name for n in f.arguments)


async def read_catalog(connection: AsyncConnection[object]) -> Catalog:
    """Read the exposed schema as it is now."""
    tables = connection.cursor(row_factory=class_row(Table))
    await tables.execute(_TABLES, [SCHEMA])
    foreign_keys = connection.cursor(row_factory=class_row(ForeignKey))
    await foreign_keys.execute(_FOREIGN_KEYS, {"schema": SCHEMA})
    functions: AsyncCursor[Function] = connection.cursor(row_factory=class_row(Function))
    await functions.execute(_FUNCTIONS, [SCHEMA])
    return Catalog(
        tables={table.name: table for table in await tables.fetchall()},
        foreign_keys=await foreign_keys.fetchall(),
        functions=await functions.fetchall(),
    )
