"""The comparison page, read as a screen reader would, of histories whose figures are known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from reports import __main__ as command
from reports import commands
from reports.judging import judge
from reports.shards import read_shard
from tests.report_page import runs
from tests.report_page.test_access import violations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.report_page.conftest import Opened

MARKUP = "<img src=x onerror=document.title='owned'>"
EDITIONS = ("comparison.html", "comparison.en.html")


def compared(store: Path, *names: str) -> Path:
    """The folder in which the pages of these stored runs are."""
    folder = store.parent / "pages"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "RUNS", store)
        command.main(["compare", *names, "--page", str(folder)])
    return folder


@pytest.fixture(scope="package")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of a whole run of 20 users and of one in which two hear no greeting, and all later."""
    store = tmp_path_factory.mktemp("pair") / "runs"
    judge(runs.deaf_house(store / "monday", 20))
    judge(runs.deaf_house(store / "tuesday", 20, slower_s=0.5, deaf=2))
    judge(runs.deaf_house(store / "small", 3))
    return compared(store, "monday", "tuesday")


@pytest.fixture(scope="package")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of all kinds of runs: whole, damaged, of another size, empty, hostile, and old."""
    store = tmp_path_factory.mktemp("many") / "runs"
    names = ["monday", "torn", "small", "empty", MARKUP, "old"]
    runs.deaf_house(store / "monday", 20)
    runs.torn_house(store / "torn")
    runs.deaf_house(store / "small", 3, deaf=1)
    runs.empty_house(store / "empty")
    runs.deaf_house(store / MARKUP, 20, slower_s=6)
    old(runs.deaf_house(store / "old", 20))
    for name in names:
        judge(store / name)
    return compared(store, *names)


def old(folder: Path) -> None:
    """The run is of version 1: no seal, and nobody watched generator and rosters."""
    for path in folder.glob("history-*.jsonl"):
        kept = [line for line in path.read_text().splitlines() if '"health"' not in line]
        ops = len(kept) - 2
        kept[0] = kept[0].replace('"schema":3', '"schema":1')
        kept[-1] = f'{{"op":"footer","ops":{ops}}}'
        path.write_text("".join(f"{line}\n" for line in kept))
        assert not read_shard(path).damage


def cells(table: Locator, name: str) -> list[str]:
    head = table.page.get_by_role("rowheader", name=name)
    row = table.get_by_role("row").filter(has=head).first
    return [text(cell) for cell in row.get_by_role("cell").all()]


def text(of: Locator) -> str:
    return re.sub(r"\s+", " ", of.inner_text()).strip()


def tables(page: Page) -> Sequence[Locator]:
    """The runs, what changed, what did not, the set-up and the trend."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    return page.get_by_role("table").all()


@pytest.fixture
def english(pair: Path, open_page: Callable[..., Opened]) -> Page:
    """The English page of the pair."""
    return open_page(pair / "comparison.en.html").page


def test_the_word_and_what_people_would_notice_stand_on_top(english: Page) -> None:
    assert english.get_by_role("heading", level=1).inner_text() == "Worse"
    noticed = english.get_by_role("list", name="What people would notice in B")
    sentences = noticed.locator("> li > strong").all_inner_texts()
    assert sentences == ["Some people do not receive every message.", "Messages arrive later."]
    assert "Delivery by frame delivery.latency_ms.frame.p95: 90 ms → 590 ms" in text(noticed)


def test_a_promise_that_holds_no_longer_is_named(english: Page) -> None:
    broken = english.get_by_role("list", name="What holds no longer in B")

    assert text(broken) == f"Test beside the crowd: {runs.PROMISE}"


def test_every_figure_has_its_values_difference_noise_floor_and_word(english: Page) -> None:
    _, changed, same, _, _ = tables(english)

    assert cells(changed, "deliveries.received.rate")[:3] == ["100 %", "95 %", "-5 %"]
    assert cells(changed, "deliveries.received.rate")[4] == "worse"
    assert cells(changed, "deliveries.lost.count")[:3] == ["0", "40", "+40"]
    assert cells(changed, "delivery.latency_ms.frame.p95") == [
        *("90 ms", "590 ms", "+500 ms", "50 ms"),
        "worse",
    ]
    assert cells(same, "step.sign_in.seconds.p95") == [
        *("4.00 s", "4.00 s", "0.00 s", "1.00 s"),
        "same within noise",
    ]


def test_the_verdicts_stand_side_by_side_in_words(english: Page) -> None:
    sides = tables(english)[0]

    assert cells(sides, "Verdict") == ["GO", "NO-GO"]
    assert cells(sides, "In words")[0] == "Everything that was owed arrived, and every bound held."
    assert cells(sides, "In words")[1].startswith("Something is proven wrong.")
    assert cells(sides, "Against the baseline") == ["baseline", "Worse"]
    assert cells(sides, "Received (deliveries)") == ["800/800 100 %", "760/800 95 %"]


def test_the_trend_tells_the_figures_of_each_stored_run(english: Page) -> None:
    trend = tables(english)[4]
    described = english.locator("#trend-delivery").get_attribute("aria-describedby")

    assert described == trend.get_attribute("id")
    at = "2026-02-07 09:00"
    assert cells(trend, "A monday")[:6] == [at, "20", "GO", "100 %", "100 %", "90 ms"]
    assert cells(trend, "B tuesday")[:6] == [at, "20", "NO-GO", "95 %", "100 %", "590 ms"]
    assert cells(trend, "small")[:6] == [at, "3", "GO", "100 %", "100 %", "90 ms"]
    assert cells(trend, "A monday")[6] == "4.00 s"


def test_korean_readers_read_the_same(pair: Path, open_page: Callable[..., Opened]) -> None:
    page = open_page(pair / "comparison.html").page

    assert page.get_by_role("heading", level=1).inner_text() == "나빠짐"
    assert "메시지가 더 늦게 도착합니다." in text(page.locator(".effects"))
    assert cells(tables(page)[1], "delivery.latency_ms.frame.p95")[4] == "나빠짐"
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**/comparison.en.html")


def test_a_run_leads_to_its_own_report(english: Page) -> None:
    english.get_by_role("link", name="Report of B").click()

    english.wait_for_url("**/runs/tuesday/index.html")


def test_what_makes_runs_hardly_comparable_is_said(
    many: Path, open_page: Callable[..., Opened]
) -> None:
    page = open_page(many / "comparison.en.html").page
    doubts = text(page.get_by_role("list", name="What makes the comparison doubtful"))

    assert "Users A larger house is slower and counts more" in doubts
    assert "Version of the history An older history records less" in doubts
    sides = tables(page)[0]
    assert cells(sides, "Verdict") == ["GO", "INVALID", "NO-GO", "INVALID", "GO", "GO"]
    assert cells(sides, "Received (deliveries)")[3] == "0/0 \N{EN DASH}"
    assert "neither this run nor the baseline" not in text(page.locator("#runs"))
    assert "a count, from houses of different size" in text(page.locator("#differences"))


@pytest.mark.parametrize("name", EDITIONS)
@pytest.mark.parametrize("of", ["pair", "many"])
def test_no_page_complains_asks_for_anything_or_takes_a_name_for_markup(
    request: pytest.FixtureRequest, open_page: Callable[..., Opened], of: str, name: str
) -> None:
    folder = request.getfixturevalue(of)

    opened = open_page(folder / name, viewport={"width": 360, "height": 740})

    for chart in opened.page.locator(".chart").all():
        chart.locator("canvas").first.wait_for()
    assert (opened.complaints, opened.requests) == ([], [])
    assert opened.page.locator("img").count() == 0
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_hostile_name_is_read_as_it_was_written(
    many: Path, open_page: Callable[..., Opened]
) -> None:
    page = open_page(many / "comparison.en.html").page

    assert page.locator("#trend-text").get_by_role("rowheader", name=f"E {MARKUP}").is_visible()
    assert page.locator("img").count() == 0
    assert "owned" not in page.title().replace(MARKUP, "")


def test_pointing_at_a_chart_shows_a_hostile_name_as_text(
    many: Path, open_page: Callable[..., Opened]
) -> None:
    page = open_page(many / "comparison.en.html").page
    chart = page.locator("#trend-accepted")
    box = chart.bounding_box()
    assert box is not None

    # All of these runs accepted everything: their points are in a line at the top.
    said = []
    for x in range(60, int(box["width"]) - 16, 6):
        chart.hover(position={"x": x, "y": 52}, force=True)
        said.append(text(chart))

    assert any(f"100 % E {MARKUP}" in words for words in said)
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", EDITIONS)
@pytest.mark.parametrize("of", ["pair", "many"])
def test_axe_finds_nothing(
    request: pytest.FixtureRequest,
    open_page: Callable[..., Opened],
    of: str,
    name: str,
    scheme: str,
) -> None:
    folder = request.getfixturevalue(of)

    assert violations(open_page, folder / name, scheme) == []
