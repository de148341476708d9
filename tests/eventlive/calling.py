"""The routes' callers in tests, and the way to Supabase that counts what it carries."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from eventlive.api.backend import Backend
from eventlive.api.callers import Callers
from eventlive.api.supabase import Supabase
from eventlive.application import new_application
from eventlive.settings import Transport
from tests.eventlive.people import REGISTER, new_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import psycopg
    from starlette.routing import BaseRoute

    from eventlive.supabase.keys import Project

OPEN, CLOSED = 920001, 920002

ISSUED_FOR_S = 600

Answer = Callable[[httpx.Request], Coroutine[Any, Any, httpx.Response]]


class Upstream(httpx.AsyncBaseTransport):
    """The way to Supabase, which remembers what was asked: "POST /rest/v1/messages 201".

    `content` is what the last call carried.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.calls: list[str] = []
        self.content = b""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._answer(request)
        path = request.url.raw_path.decode().partition("?")[0]
        self.calls.append(f"{request.method} {path} {response.status_code}")
        self.content = request.content
        return response

    def taken(self) -> list[str]:
        """The calls so far, except for signing keys, which are fetched once in ten minutes."""
        calls, self.calls = self.calls, []
        return [call for call in calls if "jwks" not in call]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The application under test, its people's tokens, and its way to Supabase."""

    http: httpx.AsyncClient
    upstream: Upstream
    project: Project
    connection: psycopg.Connection[Any]

    def member(self, *webinars: int, role: str = "member") -> Member:
        """Somebody new, registered for these webinars."""
        user_id = new_user(self.connection, role)
        for webinar_id in webinars:
            self.connection.execute(REGISTER, (webinar_id, user_id))
        return Member(site=self, user_id=user_id, token=token_for(self.project, user_id))

    def one(self, query: str, *values: object) -> object:
        """The single value that the database answers."""
        row = self.connection.execute(query, values).fetchone()
        assert row is not None
        return row[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One signed-in person's way of calling the routes."""

    site: Site
    user_id: str
    token: str

    async def post(self, path: str, **body: object) -> httpx.Response:
        return await self.site.http.post(path, json=body, headers=self.headers)

    async def get(self, path: str) -> httpx.Response:
        return await self.site.http.get(path, headers=self.headers)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def write(self, body: str, webinar_id: int = OPEN, **more: object) -> httpx.Response:
        draft = {"body": body, "kind": "chat", "client_id": str(uuid4())} | more
        return await self.post(f"/api/webinars/{webinar_id}/messages", **draft)

    async def track(
        self, webinar_id: int = OPEN, event: str = "enter", visit: str = ""
    ) -> httpx.Response:
        path = f"/api/webinars/{webinar_id}/access/track"
        return await self.post(path, session_id=visit or str(uuid4()), event=event)

    async def sits_down(self, webinar_id: int = OPEN) -> str:
        """The visit of somebody who has entered and pinged."""
        visit = str(uuid4())
        await self.track(webinar_id, visit=visit)
        await self.post(f"/api/webinars/{webinar_id}/presence/ping", session_id=visit)
        return visit

    def at_another_device(self) -> Member:
        """The same person after another sign-in."""
        return replace(self, token=token_for(self.site.project, self.user_id))


def token_for(project: Project, user_id: str, *, expires_in_s: int = ISSUED_FOR_S) -> str:
    """An access token as Auth issues it to a new sign-in (B.3)."""
    now = int(datetime.now(UTC).timestamp())
    claims = {"sub": user_id, "role": "authenticated", "aud": "authenticated"}
    claims |= {"session_id": str(uuid4())}
    return project.issue(claims | {"iat": now - 60, "exp": now + expires_in_s})


@asynccontextmanager
async def site_over(
    upstream: Upstream, project: Project, *, instead: Sequence[BaseRoute] = (), **more: float
) -> AsyncIterator[httpx.AsyncClient]:
    """The application with `upstream` as its only way to Supabase, and a client for it.

    Routes in `instead` come before its own.
    """
    async with httpx.AsyncClient(transport=upstream, base_url="http://supabase.test") as http:
        supabase = Supabase(
            http=http,
            anon_key=project.anon_key,
            service_role_key=project.service_role_key,
            **more,
        )
        backend = Backend(
            supabase=supabase, callers=Callers(supabase), transport=Transport.BROADCAST
        )
        transport = httpx.ASGITransport(new_application(backend, instead=instead))
        async with httpx.AsyncClient(transport=transport, base_url="http://site.test") as client:
            yield client
