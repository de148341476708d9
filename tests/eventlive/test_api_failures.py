"""What the routes do when Supabase fails them: end the call, and say so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest

from tests.eventlive.calling import OPEN, Answer, Upstream, site_over, token_for

if TYPE_CHECKING:
    from eventlive.supabase.keys import Project

pytestmark = pytest.mark.anyio


async def refuse_look_up(request: httpx.Request) -> httpx.Response:
    """Supabase on 2026-02-06: a look-up that ends in 400, time and again."""
    error = {"code": "42703", "message": "column registrations.id does not exist"}
    return httpx.Response(400, json=error)


async def hang(request: httpx.Request) -> httpx.Response:
    """Supabase under water."""
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize("answer", [refuse_look_up, hang])
async def test_a_failed_look_up_ends_the_call(
    project: Project,
    answer: Answer,
) -> None:
    async def keys_and_trouble(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("jwks.json"):
            return httpx.Response(200, json=project.jwks())
        asked.append(request.url.path)
        return await answer(request)

    asked: list[str] = []
    headers = {"Authorization": f"Bearer {token_for(project, str(uuid4()))}"}
    async with site_over(Upstream(keys_and_trouble), project, timeout_s=0.05) as http:
        refused = await http.post(
            f"/api/webinars/{OPEN}/access/track",
            json={"session_id": str(uuid4()), "event": "enter"},
            headers=headers,
        )

    assert (refused.status_code, refused.json()["error"]) == (502, "unavailable")
    assert asked == ["/rest/v1/entrances"]


async def test_a_project_without_public_keys_is_asked_who_calls_once_a_minute(
    project: Project,
) -> None:
    async def older_project(request: httpx.Request) -> httpx.Response:
        answers: dict[str, object] = {
            "/auth/v1/.well-known/jwks.json": {"keys": []},
            "/auth/v1/user": {"id": str(uuid4())},
            "/rest/v1/chat": [],
        }
        return httpx.Response(200, json=answers[request.url.path])

    upstream = Upstream(older_project)
    headers = {"Authorization": f"Bearer {project.anon_key}"}
    async with site_over(upstream, project) as http:
        for _ in range(3):
            answer = await http.get(f"/api/webinars/{OPEN}/messages", headers=headers)
            assert answer.status_code == 200

    assert [call for call in upstream.calls if "/auth/" in call] == [
        "GET /auth/v1/.well-known/jwks.json 200",
        "GET /auth/v1/user 200",
    ]
