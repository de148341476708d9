"""The schema: applied once, refused where it does not belong, and acting as it promises."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from eventlive.database.pool import impersonate, new_pool
from eventlive.database.schema import ForeignDatabaseError, OtherSchemaError, apply_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """A database of one's own, with nothing in it."""
    name = sql.Identifier(f"empty_{uuid4().hex}")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template template0").format(name))
        yield make_conninfo(postgres_url, dbname=name.as_string().strip('"'))
        connection.execute(sql.SQL("drop database {}").format(name))


def test_applying_twice_changes_nothing(empty_url: str) -> None:
    apply_schema(empty_url)
    with psycopg.connect(empty_url) as connection:
        connection.execute("update webinars set title = 'changed' where id = 149402")

    apply_schema(empty_url)

    assert fetch(empty_url, "select title from webinars where id = 149402") == "changed"


@pytest.mark.parametrize(
    "statement",
    [
        "create table public.customers ()",
        "create view public.sums as select 1",
        "create schema auth create table users ()",
    ],
)
def test_a_database_of_somebody_else_is_refused_untouched(empty_url: str, statement: str) -> None:
    with psycopg.connect(empty_url) as connection:
        connection.execute(statement)

    with pytest.raises(ForeignDatabaseError, match="Nothing was changed"):
        apply_schema(empty_url)

    assert fetch(empty_url, "select to_regnamespace('realtime')") is None


def test_tables_of_an_extension_are_not_somebody_elses(empty_url: str) -> None:
    with psycopg.connect(empty_url) as connection:
        connection.execute("create schema tools; create extension pg_stat_statements schema tools")
        connection.execute("drop extension pg_stat_statements")
        connection.execute("create extension if not exists pg_buffercache schema tools")

    apply_schema(empty_url)


def test_a_schema_of_other_sql_files_is_refused(empty_url: str, tmp_path: Path) -> None:
    migrations = tmp_path / "migrations"
    migrations.mkdir()
    (migrations / "1.sql").write_text("create table public.first ()")
    apply_schema(empty_url, tmp_path)
    (migrations / "2.sql").write_text("create table more ()")

    with pytest.raises(OtherSchemaError, match="remove the data folder"):
        apply_schema(empty_url, tmp_path)


def test_a_file_that_fails_is_named_and_leaves_nothing(empty_url: str, tmp_path: Path) -> None:
    migrations = tmp_path / "migrations"
    migrations.mkdir()
    (migrations / "1.sql").write_text("create table public.first ()")
    (migrations / "2.sql").write_text("create table public.first ()")

    with pytest.raises(psycopg.errors.DuplicateTable) as caught:
        apply_schema(empty_url, tmp_path)

    assert caught.value.__notes__ == ["while applying 2.sql"]
    assert fetch(empty_url, "select to_regclass('public.first')") is None


def test_every_public_table_has_row_level_security(database_url: str) -> None:
    query = """
        select array_agg(relname) from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and not relrowsecurity
    """
    assert fetch(database_url, query) is None


def test_statement_statistics_are_there_to_be_read(database_url: str) -> None:
    count = fetch(database_url, "select count(*) from pg_stat_statements")

    assert isinstance(count, int)
    assert count > 0


@pytest.mark.anyio
async def test_a_transaction_acts_as_the_caller_and_no_longer(database_url: str) -> None:
    who = "select current_user, auth.uid()::text, auth.role(), realtime.topic()"
    user_id = str(uuid4())
    async with (
        new_pool(database_url, "test", max_size=1) as pool,
        pool.connection() as connection,
    ):
        async with connection.transaction():
            claims = {"sub": user_id, "role": "authenticated"}
            await impersonate(connection, claims, **{"realtime.topic": "webinar:1"})
            inside = await (await connection.execute(who)).fetchone()
        outside = await (await connection.execute("select auth.uid(), auth.role()")).fetchone()

    assert inside == ("authenticated", user_id, "authenticated", "webinar:1")
    assert outside == (None, None)


@pytest.mark.anyio
async def test_a_token_cannot_take_a_role_beyond_those_of_its_login(database_url: str) -> None:
    async with (
        new_pool(database_url, "test", max_size=1, login_role="authenticator") as pool,
        pool.connection() as connection,
        connection.transaction(force_rollback=True),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await impersonate(connection, {"role": "postgres"})


def fetch(database_url: str, query: str) -> object:
    """The first column of the first row."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]
