"""A project's schema in a database: what every Supabase project has, then the project's migrations.

The first is sql/*.sql, which nobody applies to a real project. The second is a folder as the
Supabase CLI knows it, migrations/*.sql and seed.sql: EventLive's own is supabase/, and goes to real
projects as it is. All of it in name order, and all or nothing, unless a file commits by itself.

Somebody may point DATABASE_URL at a database that matters. So the only databases touched are an
empty one and one that carries this schema's own mark.

    SchemaError
    ├── NoMigrationsError       the project's folder is none
    ├── ForeignDatabaseError    it holds tables, and no mark of ours
    └── OtherSchemaError        it is ours, but made by other SQL files
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import psycopg
from psycopg import sql

BROUGHT = Path(__file__).with_name("sql")
EVENTLIVE = Path(__file__).with_name("supabase")
MARK = "EventLive schema "


class SchemaError(Exception):
    """The schema was not applied; the database is as it was."""


class NoMigrationsError(SchemaError):
    """There is no project in this folder."""


class ForeignDatabaseError(SchemaError):
    """The database belongs to somebody else."""


class OtherSchemaError(SchemaError):
    """The database is EventLive's, from before or after the present SQL files."""


def apply_schema(database_url: str, project: Path = EVENTLIVE) -> None:
    """The database carries this project's schema afterwards; a second call changes nothing.

    Raises SchemaError for a folder without migrations and a database that is neither empty nor
    ours, psycopg.Error (with the file name as a note) for SQL that fails.
    """
    files = [*sorted(BROUGHT.glob("*.sql")), *files_of(project)]
    wanted = MARK + version_of(files)
    with psycopg.connect(database_url) as connection:
        # Two processes that start on one empty database would otherwise both see it empty.
        connection.execute("select pg_advisory_xact_lock(hashtext(%s))", (MARK,))
        seen = mark_of(connection)
        if seen == wanted:
            return
        if seen is not None:
            raise OtherSchemaError(
                f"expected {wanted!r}, database {connection.info.dbname!r} is marked {seen!r}:"
                " start on an empty database or remove the data folder"
            )
        refuse_foreign(connection)
        for file in files:
            execute_file(connection, file)
        comment = sql.SQL("comment on schema auth is {}").format(sql.Literal(wanted))
        connection.execute(comment)


def files_of(project: Path) -> list[Path]:
    """Its migrations in their order, then its seed, as `supabase db reset` takes them."""
    migrations, seed = sorted((project / "migrations").glob("*.sql")), project / "seed.sql"
    if not migrations:
        raise NoMigrationsError(f"expected migrations/*.sql in {project}, as the Supabase CLI does")
    return [*migrations, seed] if seed.exists() else migrations


def version_of(files: list[Path]) -> str:
    """A digest of names and contents: any change to the SQL is another version."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def mark_of(connection: psycopg.Connection) -> str | None:
    """The comment that apply_schema() left on schema auth; None when there is none of ours."""
    row = connection.execute(
        "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = 'auth'"
    ).fetchone()
    mark = row[0] if row else None
    return mark if isinstance(mark, str) and mark.startswith(MARK) else None


def refuse_foreign(connection: psycopg.Connection) -> None:
    """Raise ForeignDatabaseError if anybody already keeps tables or views here."""
    rows = connection.execute(
        """
        select relnamespace::regnamespace || '.' || relname
        from pg_class
        where relkind in ('r', 'p', 'v', 'm', 'f')
          and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
          and not exists (
              select from pg_depend
              where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e'
          )
        order by 1 limit 5
        """
    ).fetchall()
    if rows:
        raise ForeignDatabaseError(
            f"expected an empty database or EventLive's own; {connection.info.dbname!r} on"
            f" {connection.info.host!r} holds {', '.join(name for (name,) in rows)}."
            " Nothing was changed. Point DATABASE_URL elsewhere, or leave it unset for an"
            " embedded PostgreSQL"
        )


def execute_file(connection: psycopg.Connection, file: Path) -> None:
    """Run one SQL file inside the open transaction."""
    try:
        connection.execute(file.read_bytes())
    except psycopg.Error as error:
        error.add_note(f"while applying {file.name}")
        raise
