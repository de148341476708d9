"""The page shows the figures of its run, read as a screen reader would, and not from pixels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from reports.judging import judge
from tests.report_page.runs import DEAF, SILENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.report_page.conftest import Opened


@pytest.fixture
def lossy(judged: Callable[[str], Path], open_page: Callable[..., Opened]) -> Page:
    """The English page of the run with all kinds of losses."""
    return open_page(judged("lossy") / "index.en.html").page


def text(page: Page, selector: str) -> str:
    return re.sub(r"\s+", " ", page.locator(selector).inner_text()).strip()


def described(page: Page, selector: str) -> str:
    """What a screen reader says of the chart."""
    described_by = page.locator(selector).get_attribute("aria-describedby")
    return text(page, f"#{described_by}")


def row(page: Page, name: str) -> list[str]:
    cells = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name)).first
    return [re.sub(r"\s+", " ", cell) for cell in cells.get_by_role("cell").all_inner_texts()]


def test_the_incidents_figures_stand_beside_todays(lossy: Page) -> None:
    assert row(lossy, "Signed in") == ["400/400 100 %", "400/400"]
    assert row(lossy, "Sent everything") == ["400/400 100 %", "396/400"]
    assert row(lossy, "Received everything") == ["0/400 0 %", "0/400"]
    assert row(lossy, "Mean per user")[1] == "13.98 s"
    assert row(lossy, "p95 per user")[1] == "18.83 s"


def test_the_verdict_is_in_words_with_its_reasons(lossy: Page) -> None:
    assert lossy.get_by_role("heading", level=1).inner_text() == "NO-GO"
    assert text(lossy, ".reasons").startswith("Stored, but not delivered · 19,9")
    assert "roll the last deploy back" in text(lossy, ".rollback")


def test_a_gate_has_its_bound_its_figure_its_interval_and_its_margin(lossy: Page) -> None:
    cells = row(lossy, "users.received.rate")

    assert cells[0] == "broken"
    assert cells[1:4] == [">= 100 %", "0 %", "0 % \N{EN DASH} 0.95 %"]
    assert cells[4:] == ["-100 %", "400"]


def test_the_map_says_which_losses_are_rows_columns_and_dots(
    lossy: Page, judged: Callable[[str], Path]
) -> None:
    lost = judge(judged("lossy")).losses[0].pairs
    said = described(lossy, "#map")

    assert said.startswith(f"{lost:,} of 320,000 deliveries were lost")
    assert f"Senders whom nobody heard (rows) {SILENT} 1" in said
    assert f"Recipients who heard nobody (columns) {DEAF} 1" in said
    assert f"Deliveries lost here and there (dots) {lost - 1598:,}" in said


def test_latencies_have_their_percentiles_per_way(
    lossy: Page, judged: Callable[[str], Path]
) -> None:
    spread = judge(judged("lossy")).deliveries.latency_ms
    frame = next(iter(spread.values()))
    assert frame.p95 is not None

    said = described(lossy, "#cdf-chart")

    assert "by frame" in said
    assert f"n {frame.n:,}" in said
    assert f"p95 {frame.p95:,.0f}" in said
    assert "p99" in said


def test_the_house_says_how_many_lanes_ends_and_faults_it_has(lossy: Page) -> None:
    said = described(lossy, "#house-chart")

    assert said.startswith("400 lanes over 65.3 s.")
    assert "ended early: 0. Faults injected: 0." in said


def test_presence_and_generator_say_their_figures(lossy: Page) -> None:
    assert described(lossy, "#presence-chart").startswith("400 pages were asked.")
    assert "woke up 8 ms late (p95)" in described(lossy, "#strain-chart")
    assert row(lossy, "The users' pages") == ["everything had arrived", "400", "400", "400"]


def test_a_message_is_told_through_all_its_stages(lossy: Page) -> None:
    lossy.get_by_label("Message", exact=True).fill(f"{SILENT}#1")
    lossy.get_by_role("button", name="Show").click()

    said = text(lossy, "#message")
    assert said.startswith(f"{SILENT}#1 · 1")
    assert "Requested + 5 ms Answered + 25 ms 201 Outcome Stored Arrived 0 of 400" in said
    assert "Lost to: u0001, u0002" in said
    assert "and more: 360" in said


def test_the_legend_names_what_occurs_in_the_readers_word_order(
    lossy: Page, judged: Callable[[str], Path], open_page: Callable[..., Opened]
) -> None:
    korean = open_page(judged("lossy") / "index.html").page

    assert lossy.locator("#map-legend li").all_inner_texts() == [
        "received, within 100 ms",
        "received, within 250 ms",
        "lost",
    ]
    assert korean.locator("#map-legend li").first.inner_text() == "수신, 100 ms 이내"


def test_a_cell_of_the_map_leads_to_its_senders_message(lossy: Page) -> None:
    canvas = lossy.locator("#map")
    box = canvas.bounding_box()
    assert box is not None

    canvas.click(position={"x": 5, "y": 1})

    assert text(lossy, "#message h4").startswith("u0001#")


def test_a_message_that_was_never_sent_is_not_invented(lossy: Page) -> None:
    lossy.get_by_label("Message", exact=True).fill("u9999#0")
    lossy.get_by_role("button", name="Show").click()

    assert text(lossy, "#message") == "There is no such message in this run."


def test_causes_stand_with_what_to_look_at_next(lossy: Page) -> None:
    said = text(lossy, ".causes")

    assert "Stored, but not delivered" in said
    assert "400 users" in said
    assert "Look next: Realtime" in said


def test_the_clients_edition_has_four_figures_and_what_happens_next(
    judged: Callable[[str], Path], open_page: Callable[..., Opened]
) -> None:
    page = open_page(judged("whole") / "client.en.html").page

    assert page.get_by_role("heading", level=1).inner_text() == "Ready"
    assert page.locator(".four strong").all_inner_texts() == [
        *(["400/400"] * 3),
        page.locator(".four strong").last.inner_text(),
    ]
    assert "7 Feb 2026: 0/400" in text(page, ".four")
    assert page.locator("ol li").count() == 3


def test_without_evidence_the_page_says_so_and_does_not_ask_for_a_rollback(
    judged: Callable[[str], Path], open_page: Callable[..., Opened]
) -> None:
    page = open_page(judged("torn") / "index.en.html").page

    assert page.get_by_role("heading", level=1).inner_text() == "INVALID"
    assert "The evidence is not whole" in text(page, ".reasons")
    assert page.locator(".rollback").count() == 0
