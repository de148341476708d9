"""The Auth service: users, sessions and tokens as GoTrue speaks of them (protocol B)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from eventlive.database.pool import new_pool
from eventlive.supabase.auth import account, admin, public, signin
from eventlive.supabase.auth.buckets import Buckets
from eventlive.supabase.auth.core import Core
from eventlive.supabase.auth.errors import HANDLERS

if TYPE_CHECKING:
    from eventlive.settings import Limits, Settings
    from eventlive.supabase.keys import Project


class AuthService:
    """Answers below /auth/v1 from open() to close()."""

    def __init__(self, project: Project, database_url: str, settings: Settings) -> None:
        self._core = Core(
            project=project,
            pool=new_pool(database_url, "auth"),
            settings=settings,
            token_buckets=token_buckets(settings.limits),
        )

    def routes(self) -> list[BaseRoute]:
        """One application of its own, since its errors have forms of their own."""
        app = Starlette(
            routes=[*signin.routes, *account.routes, *admin.routes, *public.routes],
            exception_handlers=HANDLERS,
        )
        app.state.core = self._core
        return [Mount("/", app=app)]

    async def open(self) -> None:
        """Connect; raises PoolTimeout when the database does not answer."""
        await self._core.pool.open(wait=True)

    async def close(self) -> None:
        """Disconnect."""
        await self._core.pool.close()


def token_buckets(limits: Limits) -> Buckets | None:
    """The buckets of /token, if grants are limited at all."""
    if limits.token_burst is None:
        return None
    return Buckets(burst=limits.token_burst, per_s=limits.token_per_s)
