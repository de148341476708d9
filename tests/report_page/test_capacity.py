"""The page of a capacity search, read as a screen reader would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reports.knee import Limit
from reports.searches import write_search
from tests.report_page.test_access import violations
from tests.reports.test_knee import found, trial

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.report_page.conftest import Opened

TRIALS = [
    trial(50),
    trial(100),
    trial(200, Limit.TARGET),
    trial(150, Limit.GENERATOR),
    trial(125),
    trial(137, Limit.TARGET),
    trial(137, Limit.TARGET),
]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The folder of a search of up to 400 users."""
    write_search(found(TRIALS, 400), tmp_path, "ko,en")
    return tmp_path


def test_the_knee_its_giver_and_every_trial_are_told(
    written: Path, open_page: Callable[..., Opened]
) -> None:
    opened = open_page(written / "capacity.en.html")
    page = opened.page

    assert page.get_by_role("heading", level=1).inner_text() == "125 users hold"
    lead = page.locator(".lead").inner_text()
    assert lead.startswith("137 do not (2 of 2 trials). The target gives way")
    rows = page.locator("#trials tbody tr").all_inner_texts()
    assert [row.split("\t")[0] for row in rows] == [str(one.users) for one in TRIALS]
    assert [row.split("\t")[2] for row in rows][2:4] == ["target", "load generator"]
    assert page.locator("#knee-delivery canvas").count() == 1
    assert (opened.complaints, opened.requests) == ([], [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["capacity.html", "capacity.en.html"])
def test_axe_finds_nothing(
    written: Path, open_page: Callable[..., Opened], name: str, scheme: str
) -> None:
    assert violations(open_page, written / name, scheme) == []
