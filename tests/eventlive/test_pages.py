"""The site's files as browsers get them. No page is opened here: that is the suite's job."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.eventlive.calling import OPEN, Upstream, site_over

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from eventlive.supabase.keys import Project

pytestmark = pytest.mark.anyio


@pytest.fixture
async def http(project: Project) -> AsyncIterator[httpx.AsyncClient]:
    """A browser's view of the application; pages need nothing of Supabase."""

    async def nothing(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"a page asked for {request.url}")

    async with site_over(Upstream(nothing), project) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/", "/left", f"/webinars/{OPEN}", f"/admin/webinars/{OPEN}", "/static/site.css"]
)
async def test_pages_run_no_foreign_script(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)

    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_static_files_are_kept_by_browsers_and_end_at_their_folder(
    http: httpx.AsyncClient,
) -> None:
    kept = await http.get("/static/site.css")
    outside = await http.get("/static/%2e%2e/package.json")

    assert "max-age" in kept.headers["cache-control"]
    assert outside.status_code == 404


async def test_the_page_learns_its_own_origin_and_the_public_key_only(
    http: httpx.AsyncClient, project: Project
) -> None:
    script = (await http.get("/config.js")).text

    assert "http://site.test" in script
    assert project.anon_key in script
    assert project.service_role_key not in script


async def test_faults_do_not_exist_unless_allowed(http: httpx.AsyncClient) -> None:
    answer = await http.post("/_eventlive/mute", json={"user_id": str(uuid4())})

    assert answer.status_code == 404
