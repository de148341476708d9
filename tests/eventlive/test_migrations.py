"""EventLive's migrations on a database that has only what hosted projects bring (`hosted.sql`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from eventlive.database.embedded import embedded_postgres
from eventlive.database.schema import EVENTLIVE, execute_file, files_of

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTED = Path(__file__).with_name("hosted.sql")
ROLES = "unnest(array['anon', 'authenticated', 'service_role']) as role"
# What EventLive has in a database, by the catalogue: each row one fact.
FACTS = {
    "columns": """
        select table_schema, table_name, column_name, data_type, column_default, is_nullable
        from information_schema.columns where table_schema in ('public', 'app')
    """,
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace in ('public'::regnamespace, 'app'::regnamespace) and contype <> 'n'
    """,
    "indexes": "select indexdef from pg_indexes where schemaname in ('public', 'app')",
    "views": "select viewname, definition from pg_views where schemaname = 'public'",
    "row level security": """
        select oid::regclass::text, relrowsecurity, reloptions from pg_class
        where relnamespace in ('public'::regnamespace, 'app'::regnamespace)
          and relkind in ('r', 'v')
    """,
    "policies": """
        select schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check
        from pg_policies where schemaname in ('public', 'app', 'realtime')
    """,
    "functions": """
        select pg_get_functiondef(oid) from pg_proc
        where pronamespace in ('public'::regnamespace, 'app'::regnamespace)
    """,
    "triggers": """
        select tgrelid::regclass::text, pg_get_triggerdef(pg_trigger.oid)
        from pg_trigger join pg_proc on pg_proc.oid = tgfoid
        where not tgisinternal
          and pronamespace in ('public'::regnamespace, 'app'::regnamespace)
    """,
    "published": "select schemaname, tablename, rowfilter from pg_publication_tables",
    "table grants": f"""
        select role, oid::regclass::text, privilege
        from pg_class, {ROLES},
            unnest(array['select', 'insert', 'update', 'delete']) as privilege
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')
          and has_table_privilege(role, oid, privilege)
    """,
    "column grants": f"""
        select role, attrelid::regclass::text, attname, privilege
        from pg_attribute join pg_class on pg_class.oid = attrelid, {ROLES},
            unnest(array['select', 'insert', 'update']) as privilege
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'v') and attnum > 0
          and has_column_privilege(role, attrelid, attnum, privilege)
    """,
    "function grants": f"""
        select role, oid::regprocedure::text from pg_proc, {ROLES}
        where pronamespace in ('public'::regnamespace, 'app'::regnamespace)
          and has_schema_privilege(role, pronamespace, 'usage')
          and has_function_privilege(role, oid, 'execute')
    """,
    "seed": "select * from public.webinars",
}


@pytest.fixture(scope="module")
def hosted_url() -> Iterator[str]:
    """A database as a hosted project's, with EventLive's migrations, which its owner applied."""
    with embedded_postgres() as url:
        with psycopg.connect(url) as connection:
            execute_file(connection, HOSTED)
        with psycopg.connect(make_conninfo(url, user="owner")) as connection:
            for file in files_of(EVENTLIVE):
                execute_file(connection, file)
        yield url


@pytest.fixture
def hosted(hosted_url: str) -> Iterator[psycopg.Connection]:
    """A connection to it as its owner; what is done on it is undone."""
    with psycopg.connect(hosted_url) as connection:
        connection.execute("set role owner")
        yield connection
        connection.rollback()


@pytest.mark.parametrize("what", FACTS)
def test_a_hosted_project_gets_what_the_embedded_one_has(
    hosted_url: str, database_url: str, what: str
) -> None:
    embedded = facts(database_url, what)

    assert facts(hosted_url, what) == embedded
    assert embedded


def test_who_signs_up_there_gets_a_profile(hosted: psycopg.Connection) -> None:
    ada = sign_up(hosted)

    made = hosted.execute("select display_name, role from profiles where id = %s", (ada,))
    assert made.fetchone() == ("ada", "member")


def test_what_its_database_sends_is_a_private_broadcast(hosted: psycopg.Connection) -> None:
    ada = sign_up(hosted)
    hosted.execute("select app.set_transport('database')")

    hosted.execute(
        "insert into messages (webinar_id, user_id, body, client_id)"
        " values (149402, %s, 'hello', gen_random_uuid())",
        (ada,),
    )

    sent = hosted.execute("select topic, event, private, payload ->> 'body' from realtime.messages")
    assert sent.fetchall() == [("webinar:149402", "message", True, "hello")]


def sign_up(hosted: psycopg.Connection) -> UUID:
    """The id of a user whom Auth has made."""
    ada = uuid4()
    hosted.execute("set role supabase_auth_admin")
    hosted.execute("insert into auth.users (id, email) values (%s, 'ada@example.test')", (ada,))
    hosted.execute("set role owner")
    return ada


def facts(url: str, what: str) -> list[tuple[object, ...]]:
    """The facts of one kind, in an order of their own."""
    with psycopg.connect(url) as connection:
        connection.execute("set timezone = 'UTC'")
        return sorted(connection.execute(FACTS[what].encode()).fetchall(), key=repr)
