"""The model of a comparison page has the known figures of small histories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reports.comparing import Trend
from reports.effects import Effect
from reports.history import Exchange, Receipt
from reports.judging import judge
from reports.page.comparison import Cell, Why, comparison_of
from reports.side_by_side import side_by_side
from reports.summary import Word
from tests.reports.histories import healthy, heard, ns, unasked, without, write_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from reports.history import Op
    from reports.page.comparison import ComparisonPage, Row

USERS = tuple(f"u{number:02}" for number in range(20))


def slow() -> list[Op]:
    """Every message arrives 0.59 s after its request instead of 0.09 s."""
    return [
        heard(op.user, op.author, int(op.digest[-1]), op.message_id, after_s=0.6)
        if isinstance(op, Receipt)
        else op
        for op in healthy(USERS)
    ]


def deaf() -> list[Op]:
    """Half of the greetings reach nobody."""
    lost = [op for op in healthy(USERS) if isinstance(op, Receipt) and op.author < "u10"]
    return without(healthy(USERS), *(op for op in lost if op.digest == "digest-0"))


def asking() -> list[Op]:
    """Each user asks for one token."""
    tokens: list[Op] = [
        Exchange(
            user=user,
            method="POST",
            route="/auth/v1/token?grant_type=password",
            status=200,
            started_at_ns=ns(1),
            duration_ms=100,
        )
        for user in USERS
    ]
    return [*unasked(healthy(USERS)), *tokens]


def page_of(tmp_path: Path, *runs: Iterable[Op], users: Sequence[str] = USERS) -> ComparisonPage:
    folders = [tmp_path / f"run-{place}" for place in range(len(runs))]
    for folder, ops in zip(folders, runs, strict=True):
        own = users if folder is folders[-1] else USERS
        write_run(folder, {"shard00": own}, ops)
    return comparison_of(side_by_side(folders[0], folders[1:]), tmp_path, tmp_path)


def row(page: ComparisonPage, figure: str) -> Row:
    (one,) = [one for one in page.rows if one.figure == figure]
    return one


def test_a_figure_has_both_values_their_difference_and_the_noise_floor(tmp_path: Path) -> None:
    one = row(page_of(tmp_path, healthy(USERS), slow()), "delivery.latency_ms.frame.p95")

    assert (one.metric, one.aggregation, one.baseline) == ("delivery.latency_ms.frame", "p95", 90)
    assert one.cells == [
        Cell(value=590, difference=500, noise_floor=50, trend=Trend.WORSENED, why=None)
    ]


def test_what_became_worse_stands_first_and_what_stayed_last(tmp_path: Path) -> None:
    page = page_of(tmp_path, slow(), healthy(USERS), deaf())

    trends = [one.trends for one in page.rows]
    first_same = [one.has_changed for one in page.rows].index(False)
    assert Trend.WORSENED in trends[0]
    assert page.rows[0].figure == "users.received.rate"
    assert trends[first_same:] == [[Trend.WITHIN_NOISE] * 2] * len(trends[first_same:])


def test_each_run_is_named_by_what_would_be_noticed_in_it(tmp_path: Path) -> None:
    page = page_of(tmp_path, healthy(USERS), slow(), deaf())

    assert page.word is Word.NO_GO
    assert [[one.effect for one in run.noticed] for run in page.runs] == [
        [],
        [Effect.LATER],
        [Effect.RECEIVING],
    ]


def test_a_figure_that_is_missing_somewhere_says_where(tmp_path: Path) -> None:
    figure = "auth.token.latency_ms.p50"
    silent = unasked(healthy(USERS))

    here = row(page_of(tmp_path / "1", asking(), silent), figure)
    there = row(page_of(tmp_path / "2", silent, asking(), silent), figure)

    assert [(one.trend, one.why) for one in here.cells] == [(Trend.NOT_COMPARABLE, Why.NONE_NOW)]
    assert [one.why for one in there.cells] == [Why.NONE_BEFORE, Why.NEITHER]


@pytest.mark.parametrize(
    ("figure", "why"),
    [("deliveries.lost.count", Why.OTHER_SIZE), ("deliveries.received.rate", None)],
)
def test_counts_of_houses_of_different_size_are_doubted_and_shares_are_not(
    tmp_path: Path, figure: str, why: Why | None
) -> None:
    small = healthy(USERS[:3])

    page = page_of(tmp_path, healthy(USERS), small, users=USERS[:3])

    assert [cell.why for cell in row(page, figure).cells] == [why]
    assert [one.what for one in page.setup if one.is_differing] == ["users"]
    assert page.setup[0].of_runs == [["20"], ["3"]]


def test_runs_lead_to_their_own_pages_where_they_have_any(tmp_path: Path) -> None:
    hostile = tmp_path / "javascript:\udcff <b>"
    write_run(hostile, {"shard00": USERS}, healthy(USERS))
    write_run(tmp_path / "run-2", {"shard00": USERS}, healthy(USERS))
    judge(hostile)

    page = comparison_of(side_by_side(hostile, [tmp_path / "run-2"]), tmp_path, hostile.parent)

    assert [run.report for run in page.runs] == ["javascript%3A%FF%20%3Cb%3E/index.html", ""]


def test_the_trend_has_the_compared_runs_and_korean_time(tmp_path: Path) -> None:
    page = page_of(tmp_path, healthy(USERS), deaf())

    lines = page.charts.trend
    assert [(one.letter, one.users, one.verdict) for one in lines] == [
        ("A", 20, Word.GO),
        ("B", 20, Word.NO_GO),
    ]
    assert [(one.at, one.received, one.delivery) for one in lines] == [
        ("2026-02-07 09:00", 100, 90),
        ("2026-02-07 09:00", 75, 90),
    ]
