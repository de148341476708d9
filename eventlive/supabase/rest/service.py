"""The REST service: one route for tables, one for functions; everything below `/rest/v1`."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from eventlive.supabase.keys import Project
from eventlive.supabase.rest import writing
from eventlive.supabase.rest.answers import (
    SINGLE,
    Asked,
    Result,
    call_answer,
    change_answer,
    insert_answer,
    location_of,
    read_answer,
)
from eventlive.supabase.rest.callers import Claims, caller
from eventlive.supabase.rest.calling import call
from eventlive.supabase.rest.catalog import SCHEMA, Catalog, Function
from eventlive.supabase.rest.database import Database
from eventlive.supabase.rest.errors import RestError
from eventlive.supabase.rest.grammar import pairs_of, parse_query
from eventlive.supabase.rest.payload import parse_arguments, parse_pairs, parse_rows
from eventlive.supabase.rest.preferences import Returning, parse_preferences
from eventlive.supabase.rest.query import Field, Query, Selected
from eventlive.supabase.rest.reading import read
from eventlive.supabase.rest.statement import Statement

_READS: Final = ("GET", "HEAD")


class RestService:
    """PostgREST for the schema `public` of one project's database."""

    def __init__(self, project: Project, database_url: str) -> None:
        self._project = project
        self._database = Database(database_url)

    async def open(self) -> None:
        """Connect and read the catalog; call before the first request."""
        await self._database.open()

    async def close(self) -> None:
        """Close all connections."""
        await self._database.close()

    def routes(self) -> list[BaseRoute]:
        """Tables (`/<table>`) and functions (`/rpc/<function>`)."""
        tables = ["GET", "HEAD", "POST", "PATCH", "DELETE"]
        return [
            Route("/rpc/{name}", self._answering(self._call), methods=["GET", "HEAD", "POST"]),
            Route("/{name}", self._answering(self._table), methods=tables),
        ]

    def _answering(
        self, handle: Callable[[Request, Asked], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return await handle(request, _asked(request))
            except RestError as error:
                return error.response()

        return endpoint

    async def _table(self, request: Request, asked: Asked) -> Response:
        query = parse_query(pairs_of(request.url.query))
        match request.method:
            case "POST":
                return await self._insert(request, asked, query)
            case "PATCH":
                return await self._update(request, asked, query)
            case "DELETE":
                return await self._delete(request, asked, query)
            case _:
                return await self._read(request, asked, query)

    async def _read(self, request: Request, asked: Asked, query: Query) -> Response:
        name, asked = request.path_params["name"], replace(asked, offset=query.offset)
        statement = await self._database.compose(
            lambda catalog: read(catalog, name, query, is_counted=asked.is_counted)
        )
        return await self._run(request, statement, lambda result: read_answer(asked, result))

    async def _insert(self, request: Request, asked: Asked, query: Query) -> Response:
        name = request.path_params["name"]
        payload = parse_rows(await request.body(), query.columns)
        is_located = asked.preferences.returning is Returning.HEADERS_ONLY

        def compose(catalog: Catalog) -> Statement:
            return writing.insert(
                catalog,
                name,
                _primary_key(catalog, name, query) if is_located else query,
                payload,
                resolution=asked.preferences.resolution,
                missing=asked.preferences.missing,
                is_returned=is_located or asked.is_returned,
            )

        def judge(result: Result) -> Response:
            location = location_of(name, result.body) if is_located else ""
            return insert_answer(asked, result, location)

        return await self._run(request, await self._database.compose(compose), judge)

    async def _update(self, request: Request, asked: Asked, query: Query) -> Response:
        name = request.path_params["name"]
        payload = parse_rows(await request.body(), query.columns)
        statement = await self._database.compose(
            lambda catalog: writing.update(
                catalog, name, query, payload, is_returned=asked.is_returned
            )
        )
        return await self._run(request, statement, lambda result: change_answer(asked, result))

    async def _delete(self, request: Request, asked: Asked, query: Query) -> Response:
        name = request.path_params["name"]
        statement = await self._database.compose(
            lambda catalog: writing.delete(catalog, name, query, is_returned=asked.is_returned)
        )
        return await self._run(request, statement, lambda result: change_answer(asked, result))

    async def _call(self, request: Request, asked: Asked) -> Response:
        name, pairs = request.path_params["name"], pairs_of(request.url.query)
        body = await request.body()

        def compose(catalog: Catalog) -> tuple[Function, Query, Statement]:
            # In a GET an argument and a filter look alike; the function's names tell them apart.
            names = catalog.argument_names(name) if request.method in _READS else frozenset()
            given = [pair for pair in pairs if pair[0] in names]
            arguments = parse_pairs(given) if given else parse_arguments(body)
            query = parse_query([pair for pair in pairs if pair[0] not in names])
            function = catalog.function(name, frozenset(arguments.keys))
            counted = asked.is_counted
            return function, query, call(catalog, function, arguments, query, is_counted=counted)

        function, query, statement = await self._database.compose(compose)
        called = replace(asked, offset=query.offset)
        return await self._run(
            request, statement, lambda result: call_answer(called, result, function)
        )

    async def _run(
        self, request: Request, statement: Statement, judge: Callable[[Result], Response]
    ) -> Response:
        claims: Claims = caller(self._project, request)
        return await self._database.answer(claims, _settings(request), statement, judge)


def _asked(request: Request) -> Asked:
    """What the headers ask for. Raises RestError PGRST106 or PGRST107 (406)."""
    kind = "accept-profile" if request.method in _READS else "content-profile"
    schema = request.headers.get(kind, SCHEMA)
    if schema != SCHEMA:
        hint = f"Only the following schemas are exposed: {SCHEMA}"
        raise RestError(406, "PGRST106", f"Invalid schema: {schema}", hint=hint)
    accept = request.headers.get("accept", "*/*")
    is_single = SINGLE in accept
    if not is_single and not any(kind in accept for kind in ("json", "*/*", "application/*")):
        message = f"None of these media types are available: {accept}"
        raise RestError(406, "PGRST107", message)
    preferences = parse_preferences(request.headers.getlist("prefer"))
    return Asked(method=request.method, preferences=preferences, is_single=is_single)


def _primary_key(catalog: Catalog, table: str, query: Query) -> Query:
    """The same query, selecting only what a Location header needs."""
    columns = catalog.table(table).primary_key
    return replace(query, items=tuple(Selected(field=Field(column=c)) for c in columns))


def _settings(request: Request) -> dict[str, str]:
    """The transaction's settings that SQL can read (protocol C.5)."""
    prefix = "/rpc/" if "/rpc/" in request.url.path else "/"
    return {
        "transaction_read_only": "on" if request.method in _READS else "off",
        "search_path": f"{SCHEMA}, extensions",
        "request.method": request.method,
        "request.path": prefix + request.path_params["name"],
        "request.headers": json.dumps(dict(request.headers)),
        "request.cookies": json.dumps(request.cookies),
    }
