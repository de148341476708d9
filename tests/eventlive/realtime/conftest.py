"""What the Realtime tests share: a database with their tables, a server, two clients."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

from eventlive.settings import Settings, Timings
from tests.eventlive.realtime.lab import LAB, NO_LAB
from tests.eventlive.realtime.phoenix import Client, Server, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from eventlive.supabase.keys import Project

SETTINGS = Settings(timings=Timings(presence_window_s=0.05))


@pytest.fixture(scope="module")
def database(database_url: str) -> Iterator[psycopg.Connection]:
    """An administrator's connection to a database with the lab's tables."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(LAB)
        yield connection
        connection.execute(NO_LAB)


@pytest.fixture(scope="module")
async def server(
    project: Project, database_url: str, database: psycopg.Connection
) -> AsyncIterator[Server]:
    """A service without delays or limits."""
    del database  # its tables must exist
    async with serving(project, database_url, SETTINGS) as server:
        yield server


@pytest.fixture
def room() -> str:
    """A public topic of the test's own."""
    return f"realtime:room:{uuid4()}"


@pytest.fixture
def club() -> str:
    """A private topic of the test's own, without its prefix."""
    return f"lab:{uuid4()}"


@pytest.fixture
async def ann(server: Server) -> AsyncIterator[Client]:
    """A V2 client at which nobody is signed in."""
    async with server.client() as client:
        yield client


@pytest.fixture
async def bob(server: Server) -> AsyncIterator[Client]:
    """Another one."""
    async with server.client() as client:
        yield client
