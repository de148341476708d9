"""What every endpoint of the Auth service works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool
    from starlette.requests import Request

    from eventlive.settings import Settings
    from eventlive.supabase.auth.buckets import Buckets
    from eventlive.supabase.keys import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The parts that live as long as the service."""

    project: Project
    pool: AsyncConnectionPool
    settings: Settings
    token_buckets: Buckets | None
    """One bucket per client address for both grants; None when nobody is limited."""

    @property
    def issuer(self) -> str:
        """The `iss` of access tokens."""
        return f"http://{self.settings.host}:{self.settings.port}/auth/v1"


def core_of(request: Request) -> Core:
    """The core that the service put into its application's state."""
    core: Core = request.app.state.core
    return core
