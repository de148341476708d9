"""Screenshots of the report page for the README: `python -m tools.screenshots GO_RUN NO_GO_RUN`.

Both runs are judged again first. The pictures go to `docs/`, each at most 300 kB.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from fixtures.browser import find_browser
from reports.commands import run_folder
from reports.judging import judge
from reports.page.texts import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Browser

FOLDER = Path(__file__).resolve().parent.parent / "docs"
BYTES_MAX = 300_000
_QUALITIES = (90, 80, 70, 60, 50, 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture: of the GO or the NO-GO run, from the element `of` on, as large as a window."""

    name: str
    is_go: bool
    file: str
    of: str
    width: int = 1280
    height: int = 800
    scheme: str = "light"


SHOTS = (
    Shot(name="engineering-go", is_go=True, file="index.en.html", of="body"),
    Shot(name="house-go", is_go=True, file="index.en.html", of="#house", height=960),
    Shot(name="delivery-no-go", is_go=False, file="index.en.html", of="#map-title", height=860),
    Shot(name="causes-no-go", is_go=False, file="index.html", of="body", scheme="dark"),
    Shot(name="client-go", is_go=True, file="client.html", of="body", width=900, height=900),
)


def main(arguments: Sequence[str]) -> int:
    """The pictures are there, and their names on stdout."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("go", help="a run's folder or id, whose verdict is GO")
    parser.add_argument("no_go", help="another, whose verdict is NO-GO")
    options = parser.parse_args(arguments)
    folders = {True: run_folder(options.go), False: run_folder(options.no_go)}
    for folder in folders.values():
        judge(folder, LANGUAGES)
    FOLDER.mkdir(exist_ok=True)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser().executable, args=sandbox
        )
        for shot in SHOTS:
            path = FOLDER / f"{shot.name}.jpg"
            path.write_bytes(picture(browser, folders[shot.is_go].resolve(), shot))
            print(f"{path.relative_to(FOLDER.parent)}  {path.stat().st_size:,} bytes")
    return 0


def picture(browser: Browser, folder: Path, shot: Shot) -> bytes:
    """The picture, in the best quality that stays within BYTES_MAX."""
    page = browser.new_page(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme="dark" if shot.scheme == "dark" else "light",
    )
    page.goto((folder / shot.file).as_uri())
    for chart in page.locator(".chart").all():
        chart.locator("canvas").first.wait_for()
    page.locator(shot.of).evaluate("(one) => one.scrollIntoView({block: 'start'})")
    taken = (page.screenshot(type="jpeg", quality=quality) for quality in _QUALITIES)
    small = next((picture for picture in taken if len(picture) <= BYTES_MAX), b"")
    page.close()
    if not small:
        raise SystemExit(f"{shot.name}: no quality makes it smaller than {BYTES_MAX:,} bytes")
    return small


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
