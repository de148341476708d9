"""Opening a page: in time, in one piece, alone, and wherever it is read."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import pytest

from reports.archive import read_history
from reports.findings import findings_of
from reports.judging import judge
from reports.page.bundle import read_bundle
from reports.page.model import page_of
from reports.page.render import rendered
from tests.report_page import runs
from tests.report_page.conftest import HOUSES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.report_page.conftest import Opened

FILES = ("index.html", "index.en.html", "client.html", "client.en.html")
BYTES_MAX = 6_000_000
OPENS_S_MAX = 2.0
BUILT_S_MAX = 5.0


@pytest.mark.parametrize("house", HOUSES)
@pytest.mark.parametrize("name", FILES)
def test_no_page_complains_or_asks_for_anything(
    judged: Callable[[str], Path], open_page: Callable[..., Opened], house: str, name: str
) -> None:
    opened = open_page(judged(house) / name)

    assert opened.page.locator("h1").is_visible()
    for chart in opened.page.locator(".chart").all():
        chart.locator("canvas").first.wait_for()
    assert (opened.complaints, opened.requests) == ([], [])


def test_a_full_house_is_one_file_that_opens_in_two_seconds(
    judged: Callable[[str], Path], open_page: Callable[..., Opened]
) -> None:
    path = judged("lossy") / "index.html"
    assert path.stat().st_size < BYTES_MAX

    # The best of three: what else the machine does is not the page's doing.
    pages = [open_page(path).page for _ in range(3)]

    loaded = "performance.getEntriesByType('navigation')[0].loadEventEnd"
    assert min(page.evaluate(loaded) for page in pages) < 1000 * OPENS_S_MAX
    pages[0].locator("#strain-chart canvas").first.wait_for()


def test_all_files_of_a_full_house_are_built_in_five_seconds(
    judged: Callable[[str], Path],
) -> None:
    folder, bundle = judged("lossy"), read_bundle()
    findings, summary = findings_of(read_history(folder)), judge(folder)
    assert bundle is not None

    started_s = monotonic()
    files = rendered(page_of(findings, summary), ("ko", "en"), bundle)

    assert tuple(files) == FILES
    assert monotonic() - started_s < BUILT_S_MAX


def test_judging_again_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = runs.full_house(tmp_path / "run", users=4)
    judge(folder)
    before = {name: (folder / name).read_bytes() for name in FILES}

    judge(folder)

    assert {name: (folder / name).read_bytes() for name in FILES} == before


@pytest.mark.parametrize("house", HOUSES)
@pytest.mark.parametrize("name", ["index.html", "client.html"])
def test_a_phone_never_scrolls_sideways(
    judged: Callable[[str], Path], open_page: Callable[..., Opened], house: str, name: str
) -> None:
    opened = open_page(judged(house) / name, viewport={"width": 360, "height": 740})

    assert opened.page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("house", HOUSES)
@pytest.mark.parametrize("name", ["client.html", "client.en.html"])
def test_the_clients_edition_prints_on_one_page(
    judged: Callable[[str], Path], open_page: Callable[..., Opened], house: str, name: str
) -> None:
    opened = open_page(judged(house) / name)

    printed = opened.page.pdf(prefer_css_page_size=True)

    assert printed.count(b"/Type /Page\n") == 1


def test_every_file_leads_to_its_siblings(
    judged: Callable[[str], Path], open_page: Callable[..., Opened]
) -> None:
    page = open_page(judged("one") / "index.html").page

    for name, link in [
        ("client.html", "고객용 1페이지"),
        ("client.en.html", "English"),
        ("index.en.html", "Engineering report"),
        ("index.html", "한국어"),
    ]:
        page.get_by_role("link", name=link).click()
        page.wait_for_url(f"**/{name}")
    assert page.locator("html").get_attribute("lang") == "ko"
