"""What the tests of the reference target share: one real PostgreSQL and one project's keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eventlive.database.embedded import embedded_postgres
from eventlive.database.schema import apply_schema
from eventlive.supabase.keys import Project
from tests.eventlive.auth_client import AuthClient, serving_auth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Async tests run on the event loop that the real process uses."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A throw-away server; its database `postgres` is empty."""
    with embedded_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def database_url(postgres_url: str) -> str:
    """A database with EventLive's schema. Tests share it: make users and rows of your own."""
    apply_schema(postgres_url)
    return postgres_url


@pytest.fixture(scope="session")
def project() -> Project:
    """The keys of the project under test."""
    return Project.new()


@pytest.fixture
async def auth(project: Project, database_url: str) -> AsyncIterator[AuthClient]:
    """A caller of a running Auth service without rate limits."""
    async with serving_auth(project, database_url) as client:
        yield client
