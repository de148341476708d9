"""The site's files as browsers get them. No page is opened here: that is the suite's job."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

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
    "path", ["/", "/left", f"/webinars/{OPEN}", f"/admin/webinars/{OPEN}", "/static/app.css"]
)
async def test_pages_run_no_foreign_script(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)

    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_static_files_are_kept_by_browsers_and_end_at_their_folder(
    http: httpx.AsyncClient,
) -> None:
    kept = await http.get("/static/app.css")
    outside = await http.get("/static/%2e%2e/package.json")

    assert "max-age" in kept.headers["cache-control"]
    assert outside.status_code == 404


async def test_the_page_learns_its_own_origin_and_the_public_key_only(
    http: httpx.AsyncClient, project: Project
) -> None:
    page = (await http.get("/")).text

    assert told_to(page) == {"supabaseUrl": "http://site.test", "anonKey": project.anon_key}
    assert project.service_role_key not in page


async def test_the_name_by_which_the_page_was_reached_cannot_end_its_configuration(
    http: httpx.AsyncClient,
) -> None:
    page = (await http.get("/", headers={"Host": "site.test</script><b>"})).text

    assert "</script><b>" not in page


async def test_the_app_is_one_document_at_all_its_addresses(http: httpx.AsyncClient) -> None:
    pages = [(await http.get(path)).text for path in ("/", "/left", f"/webinars/{OPEN}")]

    assert pages[0] == pages[1] == pages[2]


async def test_a_document_needs_three_files(http: httpx.AsyncClient) -> None:
    page = (await http.get("/")).text
    files = re.findall(r'(?:src|href)="(/\w[^"]*)"', page)

    assert files == ["/static/app.css", "/vendor/supabase.js", "/static/app.js"]
    assert [(await http.get(file)).status_code for file in files] == [200] * 3


def told_to(page: str) -> object:
    """The configuration in a document."""
    found = re.search(r'<script id="config" type="application/json">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


async def test_faults_do_not_exist_unless_allowed(http: httpx.AsyncClient) -> None:
    answer = await http.post("/_eventlive/faults/realtime-down")

    assert answer.status_code == 404
