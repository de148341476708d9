"""The stand-in for Supabase in this process: database, services and gateway, up for a block."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from eventlive.database.embedded import embedded_postgres
from eventlive.database.schema import EVENTLIVE, apply_schema
from eventlive.database.watchdog import guarded
from eventlive.supabase.auth.service import AuthService
from eventlive.supabase.gateway import gateway
from eventlive.supabase.keys import Project, derive
from eventlive.supabase.realtime.service import RealtimeService
from eventlive.supabase.rest.service import RestService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.types import ASGIApp

    from eventlive.settings import Settings
    from eventlive.supabase.gateway import Service


CONNECT_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """A project that answers: its keys, its database and the ASGI application in front of it."""

    project: Project
    database_url: str
    realtime: RealtimeService
    app: ASGIApp
    admin_password: str


@asynccontextmanager
async def stand_in(settings: Settings) -> AsyncIterator[StandIn]:
    """Run the stand-in for the block; what it started is gone afterwards.

    Raises SchemaError for a project's folder without migrations and a database that is not ours,
    psycopg.Error for one that does not answer.
    """
    async with AsyncExitStack() as ending:
        if settings.database_url is None:
            database_url = ending.enter_context(own_postgres(settings.data_dir))
        else:
            database_url = reached(settings.database_url)
        apply_schema(database_url, settings.project or EVENTLIVE)
        seed = seed_in(database_url)
        project = Project.from_seed(seed)
        realtime = RealtimeService(project, database_url, settings)
        services: dict[str, Service] = {
            "auth": AuthService(project, database_url, settings),
            "rest": RestService(project, database_url),
            "realtime": realtime,
        }
        for service in services.values():
            # First, since a pool that fails to open needs closing too.
            ending.push_async_callback(service.close)
            await service.open()
        yield StandIn(
            project=project,
            database_url=database_url,
            realtime=realtime,
            app=gateway(project, services),
            admin_password=derive(seed, "admin password")[:20],
        )


@contextmanager
def own_postgres(data_dir: Path | None) -> Iterator[str]:
    """An embedded PostgreSQL for the block, which does not outlive this process even if killed."""
    with embedded_postgres(data_dir) as database_url:
        with psycopg.connect(database_url) as connection:
            row = connection.execute("show data_directory").fetchone()
        assert row is not None
        with guarded(Path(row[0]), throw_away=data_dir is None):
            yield database_url


def reached(database_url: str) -> str:
    """The same URL, once its server has answered: other attempts would wait for minutes."""
    psycopg.connect(database_url, connect_timeout=CONNECT_TIMEOUT_S).close()
    return database_url


def seed_in(database_url: str) -> str:
    """What the keys of the project in this database are derived from."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("select seed from standin.project").fetchone()
    assert row is not None  # 35_standin.sql inserts it
    return str(row[0])
