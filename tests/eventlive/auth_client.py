"""A caller of the Auth service over HTTP, through the gateway, as the tests need one."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from eventlive.settings import Settings
from eventlive.supabase.auth.service import AuthService
from eventlive.supabase.gateway import gateway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from eventlive.supabase.keys import Project

PASSWORD = "correct horse"
VERSION = {"X-Supabase-Api-Version": "2024-01-01"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthClient:
    """Calls below /auth/v1 with the project's keys."""

    http: httpx.AsyncClient
    project: Project

    async def call(
        self, method: str, path: str, *, bearer: str = "", key: str = "", **options: Any
    ) -> httpx.Response:
        """One request; by default as an anonymous visitor with the publishable key."""
        apikey = key or self.project.publishable_key
        headers = {"apikey": apikey, "Authorization": f"Bearer {bearer or apikey}", **VERSION}
        headers |= options.pop("headers", {})
        return await self.http.request(method, f"/auth/v1{path}", headers=headers, **options)

    async def as_admin(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request with the secret key."""
        return await self.call(method, path, key=self.project.secret_key, **options)

    async def new_email(self, **attributes: Any) -> str:
        """The address of a new, confirmed user whose password is PASSWORD."""
        email = f"{uuid4().hex}@example.test"
        body = {"email": email, "password": PASSWORD, "email_confirm": True, **attributes}
        (await self.as_admin("POST", "/admin/users", json=body)).raise_for_status()
        return email

    async def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        """The answer to a password grant."""
        body = {"email": email, "password": password, "gotrue_meta_security": {}}
        return await self.call("POST", "/token?grant_type=password", json=body)

    async def new_session(self) -> dict[str, Any]:
        """The session of a new user."""
        session: dict[str, Any] = (await self.sign_in(await self.new_email())).json()
        return session

    async def refresh(self, refresh_token: str) -> httpx.Response:
        """The answer to a refresh grant."""
        body = {"refresh_token": refresh_token}
        return await self.call("POST", "/token?grant_type=refresh_token", json=body)

    async def user_status(self, session: dict[str, Any]) -> tuple[int, str]:
        """Status and error code of GET /user."""
        return outcome(await self.call("GET", "/user", bearer=session["access_token"]))


@asynccontextmanager
async def serving_auth(
    project: Project, database_url: str, settings: Settings | None = None
) -> AsyncIterator[AuthClient]:
    """A client of an Auth service that runs for the block."""
    service = AuthService(project, database_url, settings or Settings())
    transport = httpx.ASGITransport(gateway(project, {"auth": service}))
    await service.open()
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://auth.test") as http:
            yield AuthClient(http=http, project=project)
    finally:
        await service.close()


def outcome(response: httpx.Response) -> tuple[int, str]:
    """Status and error code; the code is empty for a success."""
    return response.status_code, response.headers.get("x-sb-error-code", "")
