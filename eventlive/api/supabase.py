"""A small client of Supabase's HTTP interfaces: REST as somebody, broadcast as the server.

Every answer that is not a success raises: `Refusal` when Supabase decided, ApiError 502 when it
did not answer. No caller can mistake a failed look-up for an empty one.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from eventlive.api.errors import Refusal, unavailable
from eventlive.api.serving import client_info

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

UPSTREAM_TIMEOUT_S = 10.0
MERGE = "resolution=merge-duplicates"

Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A successful REST answer: its rows, and the total where `Prefer: count=exact` asked (C.3)."""

    rows: list[Row]
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Supabase:
    """One project, through a client whose base URL is the project's.

    `http` may be a real network client or one that calls the stand-in in this process.
    """

    http: httpx.AsyncClient
    anon_key: str
    service_role_key: str
    timeout_s: float = UPSTREAM_TIMEOUT_S

    async def rest(
        self,
        method: str,
        path: str,
        *,
        token: str,
        params: Mapping[str, str],
        body: object = None,
        prefer: str = "",
    ) -> Answer:
        """Ask `/rest/v1/<path>` as the bearer of `token`. Raises Refusal, ApiError 502."""
        headers = self._headers(token) | ({"Prefer": prefer} if prefer else {})
        response = await self._ask(method, f"/rest/v1/{path}", headers, params=params, body=body)
        return Answer(rows=_rows(response), total=_total(response.headers.get("content-range", "")))

    async def broadcast(self, topic: str, event: str, payload: Row) -> None:
        """Send on a private topic as the service role (A.12). Raises Refusal, ApiError 502."""
        path = f"/realtime/v1/api/broadcast/{quote(topic, safe='')}/events/{event}"
        params = {"private": "true"}
        await self._ask("POST", path, self._service_headers(), params=params, body=payload)

    async def create_user(
        self, email: str, password: str, *, display_name: str, app_metadata: Row
    ) -> None:
        """Make a confirmed account as the service role (B.5). Raises Refusal, ApiError 502."""
        body = {
            "email": email,
            "password": password,
            "email_confirm": True,
            "user_metadata": {"display_name": display_name},
            "app_metadata": app_metadata,
        }
        path, headers = "/auth/v1/admin/users", self._service_headers()
        await self._ask("POST", path, headers, params={}, body=body)

    async def jwks(self) -> Row:
        """The project's public signing keys. Raises Refusal, ApiError 502."""
        response = await self._ask("GET", "/auth/v1/.well-known/jwks.json", {}, params={})
        return _object(response)

    async def user(self, token: str) -> Row:
        """The user that Auth itself knows by `token`. Raises Refusal, ApiError 502."""
        return _object(await self._ask("GET", "/auth/v1/user", self._headers(token), params={}))

    def _headers(self, token: str) -> dict[str, str]:
        return _headers(self.anon_key, token)

    def _service_headers(self) -> dict[str, str]:
        return _headers(self.service_role_key, self.service_role_key)

    async def _ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        params: Mapping[str, str],
        body: object = None,
    ) -> httpx.Response:
        try:
            # Not httpx's own timeout: a client that calls into this process ignores that.
            async with asyncio.timeout(self.timeout_s):
                response = await self.http.request(
                    method, path, headers=headers, params=params, json=body
                )
        except (httpx.HTTPError, TimeoutError) as error:
            log.warning("%s %s: no answer (%s)", method, path, error or type(error).__name__)
            raise unavailable() from error
        if response.is_success:
            return response
        raise _refusal(method, path, response)


def now() -> str:
    """This moment as PostgreSQL reads it."""
    return datetime.now(UTC).isoformat()


def _headers(key: str, token: str) -> dict[str, str]:
    return {"apikey": key, "Authorization": f"Bearer {token}", "x-client-info": client_info()}


def _refusal(method: str, path: str, response: httpx.Response) -> Refusal:
    try:
        said = response.json()
    except ValueError:
        said = None
    said = said if isinstance(said, dict) else {}
    code = str(said.get("error_code") or said.get("code") or "")
    message = str(said.get("message") or said.get("msg") or response.reason_phrase)
    log.warning("%s %s: %s %s %s", method, path, response.status_code, code, message)
    return Refusal(response.status_code, code, message)


def _rows(response: httpx.Response) -> list[Row]:
    if not response.content:
        return []
    rows = response.json()
    if not isinstance(rows, list):
        raise unavailable()
    return rows


def _object(response: httpx.Response) -> Row:
    value = response.json()
    if not isinstance(value, dict):
        raise unavailable()
    return value


def _total(content_range: str) -> int | None:
    _, _, total = content_range.partition("/")
    return int(total) if total.isdecimal() else None
