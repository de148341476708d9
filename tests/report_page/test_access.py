"""Everybody can read the pages: axe finds nothing, and a keyboard is enough."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import reports.page
from tests.report_page.conftest import HOUSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.report_page.conftest import Opened

AXE = Path(reports.page.__file__).parent / "node_modules/axe-core/axe.min.js"
# WCAG 2.2 AA, and what axe's makers call best practice: landmarks, headings, unique ids.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.en.html", "client.html"])
@pytest.mark.parametrize("house", HOUSES)
def test_axe_finds_nothing(
    judged: Callable[[str], Path],
    open_page: Callable[..., Opened],
    house: str,
    name: str,
    scheme: str,
) -> None:
    assert violations(open_page, judged(house) / name, scheme) == []


def violations(open_page: Callable[..., Opened], path: Path, scheme: str) -> object:
    """What axe finds on the page with all its details open: rules, and elements that break them."""
    page = open_page(path, color_scheme=scheme, bypass_csp=True).page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.add_script_tag(path=AXE)
    return page.evaluate(
        "(rules) => axe.run(document, {runOnly: rules}).then(({violations}) => violations.map("
        "({id, nodes}) => [id, nodes.slice(0, 3).map(({html}) => html.slice(0, 160))]))",
        RULES,
    )


def test_the_first_key_leads_past_the_bars(
    judged: Callable[[str], Path], open_page: Callable[..., Opened]
) -> None:
    page = open_page(judged("one") / "index.en.html").page

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


def test_users_are_sorted_by_keyboard_and_the_head_says_so(
    judged: Callable[[str], Path], open_page: Callable[..., Opened]
) -> None:
    page = open_page(judged("lossy") / "index.en.html").page
    table = page.locator("#people")

    table.get_by_role("button", name="Received").press("Enter")

    head = table.get_by_role("columnheader", name="Received")
    assert head.get_attribute("aria-sort") == "ascending"
    assert table.get_by_role("rowheader").first.inner_text().endswith("u0300")


def test_the_filter_counts_what_it_shows(
    judged: Callable[[str], Path], open_page: Callable[..., Opened]
) -> None:
    page = open_page(judged("torn") / "index.en.html").page

    page.get_by_label("Filter users").fill("U000")
    assert page.locator("#people-count").inner_text() == "8 / 8"
    page.get_by_label("only where something went wrong").check()

    assert page.locator("#people-count").inner_text() == "1 / 8"
    assert page.locator("#people tbody tr:visible").count() == 1


def test_the_button_changes_the_theme_and_back(
    judged: Callable[[str], Path], open_page: Callable[..., Opened]
) -> None:
    page = open_page(judged("one") / "index.en.html", color_scheme="dark").page
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)

    page.get_by_role("button", name="Light / dark").click()
    assert page.evaluate(ground) != dark
    page.get_by_role("button", name="Light / dark").click()

    assert page.evaluate(ground) == dark
