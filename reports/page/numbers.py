"""Figures and times as readers write them. Korean and English group digits alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.metrics import Unit
from reports.page.timing import SEOUL, world_time

if TYPE_CHECKING:
    from reports.figures import Share
    from reports.page.texts import Texts

NONE = "\N{EN DASH}"


def count(n: float | None) -> str:
    """`320,000`."""
    return NONE if n is None else f"{n:,.0f}"


def decimal(value: float | None, digits: int = 2) -> str:
    """`1,861.25`, with as many digits as asked for."""
    return NONE if value is None else f"{value:,.{digits}f}"


def brief(value: float | None) -> str:
    """As few digits as say it: `0.05`, `2.5`, `1,200`."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def share(of: Share | None) -> str:
    """`399/400`."""
    return NONE if of is None else f"{of.n:,}/{of.of:,}"


def percent(of: Share | None) -> str:
    """`99.75 %`, rounded down; nothing of nothing is no share."""
    return NONE if of is None or not of.of else f"{of.percent:g} %"


def points(value: float | None) -> str:
    """A percentage as it is."""
    return NONE if value is None else f"{value:g} %"


def figure(value: float | None, unit: Unit) -> str:
    """A metric's figure in its unit."""
    if value is None:
        return NONE
    match unit:
        case Unit.RATIO:
            return f"{_hundredths(value):g} %"
        case Unit.MS:
            return f"{value:,.0f} ms"
        case Unit.S:
            return f"{value:,.2f} s"
        case _:
            return brief(value)


def change(value: float | None, unit: Unit) -> str:
    """A difference of two such figures: `+360 ms`; of ratios it is in percentage points."""
    said = figure(value, unit)
    return f"+{said}" if value is not None and value > 0 else said


def _hundredths(ratio: float) -> float:
    """Percent with two decimals, cut off: only all of it is 100."""
    return int(round(ratio * 10_000, 6)) / 100


def moment(started_at: str, texts: Texts) -> str:
    """When it was in Seoul, to the minute; what the run says of it where that is no time."""
    told = world_time(started_at)
    if told is None:
        return NONE
    here = told.astimezone(SEOUL)
    return texts(
        "time.moment",
        year=here.year,
        month=texts.of("month", here.month),
        day=here.day,
        time=f"{here:%H:%M}",
    )


def moment_utc(started_at: str) -> str:
    """The same in UTC, as machines write it."""
    told = world_time(started_at)
    return NONE if told is None else f"{told:%Y-%m-%d %H:%M:%S} UTC"
