"""Pages of stored and synthetic runs, open in a real browser."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from fixtures.browser import find_browser
from reports.judging import judge
from tests.report_page import runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

HOUSES = {
    "whole": runs.full_house,
    "lossy": runs.lossy_house,
    "torn": runs.torn_house,
    "empty": runs.empty_house,
    "one": runs.house_of_one,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An open page, and what it complained about and asked for, which must both be nothing."""

    page: Page
    complaints: list[str]
    requests: list[str]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all pages."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser().executable, args=sandbox
        )
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of one of HOUSES, judged once."""
    folders: dict[str, Path] = {}

    def folder_of(house: str) -> Path:
        if house not in folders:
            folders[house] = HOUSES[house](tmp_path_factory.mktemp(house) / "run")
            judge(folders[house])
        return folders[house]

    return folder_of


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Opened]]:
    """Open a file as its reader would; further options are those of a browser context."""
    contexts = []

    def open_file(path: Path, **options: Any) -> Opened:
        context = chromium.new_context(**options)
        contexts.append(context)
        opened = Opened(page=context.new_page(), complaints=[], requests=[])
        page = opened.page
        page.on("console", lambda message: opened.complaints.append(message.text))
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        page.on("request", lambda request: opened.requests.append(request.url))
        page.goto(path.as_uri())
        opened.requests.remove(path.as_uri())
        return opened

    yield open_file
    for context in contexts:
        context.close()
