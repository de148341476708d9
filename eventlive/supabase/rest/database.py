"""One transaction per request, as the caller; and the catalog that statements are composed from."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import psycopg
from starlette.responses import Response

from eventlive.database.pool import impersonate, new_pool
from eventlive.supabase.rest.answers import Result
from eventlive.supabase.rest.callers import Claims, is_anonymous
from eventlive.supabase.rest.catalog import Catalog, read_catalog
from eventlive.supabase.rest.errors import RestError, from_database
from eventlive.supabase.rest.statement import Statement

T = TypeVar("T")

# The answers to a name that a newer catalog might know.
_UNKNOWN_NAME: Final = frozenset({"PGRST200", "PGRST202", "PGRST204", "PGRST205"})


class Database:
    """The exposed schema behind a pool that logs in as `authenticator`."""

    def __init__(self, database_url: str) -> None:
        self._pool = new_pool(database_url, "rest", login_role="authenticator")
        self._catalog = Catalog()

    async def open(self) -> None:
        """Connect and read the catalog."""
        await self._pool.open(wait=True)
        await self._read_catalog()

    async def close(self) -> None:
        """Give all connections back to PostgreSQL."""
        await self._pool.close()

    async def compose(self, composer: Callable[[Catalog], T]) -> T:
        """What `composer` makes of the catalog, read anew if it misses a name in it."""
        try:
            return composer(self._catalog)
        except RestError as error:
            if error.code not in _UNKNOWN_NAME:
                raise
        await self._read_catalog()
        return composer(self._catalog)

    async def answer(
        self,
        claims: Claims,
        settings: Mapping[str, str],
        statement: Statement,
        judge: Callable[[Result], Response],
    ) -> Response:
        """Run `statement` as the caller and let `judge` read its row.

        Whatever `judge` raises rolls the statement back. Raises RestError for every database error.
        """
        try:
            return await self._in_transaction(claims, settings, statement, judge)
        except psycopg.Error as error:
            raise from_database(error, is_anonymous=is_anonymous(claims)) from error

    async def _in_transaction(
        self,
        claims: Claims,
        settings: Mapping[str, str],
        statement: Statement,
        judge: Callable[[Result], Response],
    ) -> Response:
        # The pipeline sends BEGIN, the settings and the statement in one round trip.
        async with (
            self._pool.connection() as connection,
            connection.pipeline(),
            connection.transaction(),
        ):
            await impersonate(connection, claims, **settings)
            cursor = await connection.execute(statement.text, statement.values)
            row = await cursor.fetchone()
            assert row is not None, "every Statement has exactly one row"
            body, rows, total, merged = row
            return judge(Result(body=body, rows=rows, total=total, merged=merged))

    async def _read_catalog(self) -> None:
        async with self._pool.connection() as connection:
            self._catalog = await read_catalog(connection)
