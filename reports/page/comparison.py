"""What a comparison page shows, as one frozen model in no language yet."""

from __future__ import annotations

from enum import StrEnum
from os import fsencode
from os.path import relpath
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from reports.circumstances import Circumstance
from reports.claims import Claim
from reports.comparing import Trend
from reports.course import course_of
from reports.effects import Noticed, noticed
from reports.metrics import METRICS, Kind, Unit
from reports.page.timing import SEOUL, world_time
from reports.summary import Summary, Word
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from reports.comparing import Difference
    from reports.course import Course, Point
    from reports.figures import Share
    from reports.side_by_side import Compared, SideBySide

REPORT = "index.html"
_SIZE = {Circumstance.USERS, Circumstance.MESSAGES}


class Why(StrEnum):
    """Why a figure cannot be compared, or hardly."""

    NONE_BEFORE = "none_before"
    NONE_NOW = "none_now"
    NEITHER = "neither"
    OTHER_SIZE = "other_size"


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One run's figure beside the baseline's; `why` is None where nothing speaks against it."""

    value: float | None
    difference: float | None
    noise_floor: float | None
    trend: Trend
    why: Why | None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of all runs. `cells` are in the order of the runs after the baseline."""

    figure: str
    metric: str
    aggregation: str
    unit: Unit
    baseline: float | None
    cells: list[Cell]
    trends: list[Trend]

    @property
    def has_changed(self) -> bool:
        """It is not the same in all runs, or nobody knows."""
        return set(self.trends) != {Trend.WITHIN_NOISE}


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One run. `report` is the address of its own page from this one, empty where it has none."""

    letter: str
    name: str
    report: str
    summary: Summary
    word: Word | None
    doubts: list[str]
    noticed: list[Noticed]
    no_longer: list[Claim]
    differing: list[Circumstance]


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """One circumstance of all runs, and whether any of them differs in it from the baseline."""

    what: Circumstance
    of_runs: list[list[str]]
    is_differing: bool


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One stored run of the trend, as its table shows it; `at` is Korean time to the minute."""

    at: str
    place: str
    letter: str
    users: int
    verdict: Word
    received: float | None
    accepted: float | None
    delivery: float | None
    sign_in: float | None
    mean: float | None


class Charts(msgspec.Struct, frozen=True, kw_only=True):
    """What the page's script draws."""

    trend: list[Line]


class ComparisonPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a comparison page shows."""

    word: Word
    runs: list[Column]
    rows: list[Row]
    setup: list[Setup]
    charts: Charts
    older: int
    broken: int


def comparison_of(compared: SideBySide, stored: Path, page_folder: Path) -> ComparisonPage:
    """The page of these runs, to be written in `page_folder`; the trend is over those `stored`."""
    course = course_of(stored, {one.letter: (one.folder, one.summary) for one in compared.runs})
    return ComparisonPage(
        word=compared.word,
        runs=[_column(one, page_folder) for one in compared.runs],
        rows=sorted(_rows(compared.others), key=_weight),
        setup=list(_setup(compared)),
        charts=Charts(trend=_lines(course)),
        older=course.older,
        broken=course.broken,
    )


def _column(run: Compared, page_folder: Path) -> Column:
    own = run.folder.resolve() / REPORT
    # As bytes: a folder's name need not be text.
    way = quote(fsencode(relpath(own, page_folder.resolve()))) if own.is_file() else ""
    return Column(
        letter=run.letter,
        name=one_line(run.name),
        report=way,
        summary=run.summary,
        word=run.word,
        doubts=run.doubts,
        noticed=noticed(run.differences),
        no_longer=run.no_longer,
        differing=run.differing,
    )


def _rows(others: Sequence[Compared]) -> Iterator[Row]:
    """Every figure that any run has, in the order of METRICS."""
    of_runs = [{one.figure: one for one in run.differences} for run in others]
    known = {one.figure: one for run in others for one in run.differences}
    places = {name: place for place, name in enumerate(METRICS)}
    for figure, one in sorted(known.items(), key=lambda item: places[item[1].metric]):
        cells = [_cell(found.get(figure), run) for found, run in zip(of_runs, others, strict=True)]
        yield Row(
            figure=figure,
            metric=one.metric,
            aggregation=figure.rpartition(".")[2],
            unit=one.unit,
            baseline=one.a,
            cells=cells,
            trends=[cell.trend for cell in cells],
        )


def _cell(one: Difference | None, run: Compared) -> Cell:
    if one is None:
        return Cell(
            value=None,
            difference=None,
            noise_floor=None,
            trend=Trend.NOT_COMPARABLE,
            why=Why.NEITHER,
        )
    return Cell(
        value=one.b,
        difference=one.difference,
        noise_floor=one.noise_floor,
        trend=one.trend,
        why=_why(one, run),
    )


def _why(one: Difference, run: Compared) -> Why | None:
    if one.a is None:
        return Why.NONE_BEFORE
    if one.b is None:
        return Why.NONE_NOW
    is_count = METRICS[one.metric].kind is Kind.COUNT
    return Why.OTHER_SIZE if is_count and _SIZE.intersection(run.differing) else None


def _weight(row: Row) -> int:
    """What became worse stands first, what stayed last."""
    order = (Trend.WORSENED, Trend.IMPROVED, Trend.NOT_COMPARABLE, Trend.WITHIN_NOISE)
    return min(order.index(trend) for trend in row.trends)


def _setup(compared: SideBySide) -> Iterator[Setup]:
    for what in Circumstance:
        yield Setup(
            what=what,
            of_runs=[run.circumstances[what] for run in compared.runs],
            is_differing=any(what in run.differing for run in compared.others),
        )


def _lines(course: Course) -> list[Line]:
    return [_line(point) for point in course.points]


def _line(point: Point) -> Line:
    told = world_time(point.started_at)
    return Line(
        at=f"{told.astimezone(SEOUL):%Y-%m-%d %H:%M}" if told else "",
        place=one_line(point.place),
        letter=point.letter,
        users=point.users,
        verdict=point.verdict,
        received=_percent(point.received),
        accepted=_percent(point.accepted),
        delivery=point.delivery_ms_p95,
        sign_in=point.sign_in_s_p95,
        mean=point.mean_s,
    )


def _percent(share: Share | None) -> float | None:
    return share.percent if share else None
