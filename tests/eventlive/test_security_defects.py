"""The defects that let the wrong people in, as far as they are more than a line of SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from eventlive.api.backend import Backend
from eventlive.api.callers import Callers
from eventlive.api.supabase import Supabase
from eventlive.application import new_application
from eventlive.defects.breaking import broken_bundle, broken_routes
from eventlive.defects.catalog import DEFECTS
from eventlive.defects.defect import Choice
from eventlive.pages import SecurityHeaders
from eventlive.settings import Transport
from tests.eventlive.calling import OPEN, Upstream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from eventlive.supabase.keys import Project

pytestmark = pytest.mark.anyio

POLICY = "content-security-policy"
DOCUMENTS = ("/", "/left", f"/webinars/{OPEN}", f"/admin/webinars/{OPEN}")


@pytest.fixture
async def broken(project: Project) -> AsyncIterator[httpx.AsyncClient]:
    """A browser's view of an application whose pages run any script."""

    async def nothing(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"a page asked for {request.url}")

    choices = [Choice(DEFECTS["stored-xss"])]
    async with httpx.AsyncClient(transport=Upstream(nothing)) as http:
        supabase = Supabase(
            http=http, anon_key=project.anon_key, service_role_key=project.service_role_key
        )
        backend = Backend(
            supabase=supabase, callers=Callers(supabase), transport=Transport.BROADCAST
        )
        app = new_application(
            backend, instead=broken_routes(choices), bundle=broken_bundle(choices)
        )
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://site.test") as client:
            yield client


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_documents_with_any_script_have_no_other_policy(
    broken: httpx.AsyncClient, path: str
) -> None:
    answer = await broken.get(path)

    assert answer.headers.get_list(POLICY) == ["script-src * 'unsafe-inline'"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "anonKey" in answer.text


async def test_what_is_no_document_is_guarded_as_ever(broken: httpx.AsyncClient) -> None:
    answer = await broken.get("/static/app.css")

    assert "default-src 'self'" in answer.headers[POLICY]


async def test_an_answer_without_a_policy_of_its_own_gets_the_sites() -> None:
    async def bare(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    guarded = httpx.ASGITransport(SecurityHeaders(bare, None))
    async with httpx.AsyncClient(transport=guarded, base_url="http://site.test") as client:
        answer = await client.get("/")

    assert "default-src 'self'" in answer.headers[POLICY]
    assert "frame-ancestors 'none'" in answer.headers[POLICY]
