"""What targets and browsers say is shown as text, wherever it stands, and executes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reports.history import (
    SOCKET,
    Channel,
    ChannelState,
    Exchange,
    Fault,
    Outcome,
    Promise,
    StepName,
)
from reports.judging import judge
from tests.reports.histories import healthy, ns, refused, step, write_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reports.history import Op
    from tests.report_page.conftest import Opened

MARKUP = "</script><img src=x onerror=document.title='owned'>"
HOSTILE = {
    "markup": MARKUP,
    "comment": "<!-- <script> --><svg onload=document.title='owned'>",
    "attribute": "\"' onmouseover=document.title='owned' x='",
    "template": "{{ 7 * 7 }}{% raw %}${7 * 7}",
    "right-to-left": "\u202eadmin\u202c\u2066",
    "very long": "W" * 10_000,
}


def said_everywhere(words: str) -> list[Op]:
    """A run in which everything that can say anything says `words`."""
    at_ns = ns(35)
    return [
        *healthy([words, "ben"]),
        refused(words, 2, 500, words),
        step(words, StepName.LEAVE, 62, 63, outcome=Outcome.FAIL, detail=words),
        Channel(user=words, topic=words, state=ChannelState.REFUSED, at_ns=at_ns, detail=words),
        Channel(user=words, topic=SOCKET, state=ChannelState.CLOSED, at_ns=at_ns, detail=words),
        Exchange(
            user=words,
            method=words,
            route=words,
            status=500,
            started_at_ns=at_ns,
            duration_ms=1,
            code=words,
        ),
        Fault(name=words, injected_at_ns=at_ns),
        Promise(name=words, outcome=Outcome.FAIL, detail=words),
    ]


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("name", ["index.en.html", "client.html"])
def test_hostile_words_are_text(
    tmp_path: Path, open_page: Callable[..., Opened], kind: str, name: str
) -> None:
    words = HOSTILE[kind]
    tmp_path.joinpath("run").mkdir()
    write_run(tmp_path / "run", {"shard00": [words, "ben"]}, said_everywhere(words))
    judge(tmp_path / "run")

    opened = open_page(tmp_path / "run" / name, viewport={"width": 360, "height": 740})

    page = opened.page
    assert (opened.complaints, opened.requests) == ([], [])
    assert page.locator("img, [onmouseover], svg[onload]").count() == 0
    assert "owned" not in page.title()
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_hostile_name_is_read_as_it_was_written(
    tmp_path: Path, open_page: Callable[..., Opened]
) -> None:
    write_run(tmp_path, {"shard00": [MARKUP, "ben"]}, said_everywhere(MARKUP))
    judge(tmp_path)
    page = open_page(tmp_path / "index.en.html").page

    page.get_by_label("Message", exact=True).fill(f"{MARKUP}#2")
    page.get_by_role("button", name="Show").click()

    assert page.locator("#people").get_by_role("rowheader", name=MARKUP).is_visible()
    assert page.locator("#message h4").inner_text() == f"{MARKUP}#2"
    assert page.title() == "INVALID · Engineering report · run-1"
