"""The course of the most telling figures over the stored runs, the oldest first.

Reads each run's `summary.json` and judges nothing: a run has the figures it was last given. Runs
without a crowd have none of these; targets that were broken on purpose tell nothing of the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from reports.figures import Share
from reports.history import StepName
from reports.summary import Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from reports.summary import Summary

# So many of the newest: a chart of more is a line, and a table of more is not read.
RUNS_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One run. Shares of nothing are None, and so is what an older run did not measure.

    `place` is its folder's name; `letter` is what a comparison calls it, if it is compared.
    `delivery_ms_p95` is by frame.
    """

    place: str
    letter: str
    started_at: str
    users: int
    verdict: Word
    received: Share | None
    accepted: Share | None
    delivery_ms_p95: float | None
    sign_in_s_p95: float | None
    mean_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The newest RUNS_MAX runs and all compared ones; so many older and broken ones left out."""

    points: list[Point]
    older: int
    broken: int


def course_of(stored: Path, compared: Mapping[str, tuple[Path, Summary]]) -> Course:
    """The course over the runs in `stored` and over those compared, each by its letter.

    The compared ones have the figures of the comparison, wherever they are.
    """
    own: dict[Path, Point] = {}
    for letter, (folder, summary) in compared.items():
        place = folder.resolve()
        own.setdefault(place, _point(place.name, letter, _past(summary)))
    folders = [folder for folder in _folders(stored) if folder.resolve() not in own]
    past = [(folder.name, one) for folder in folders if (one := _read(folder))]
    honest = [_point(place, "", one) for place, one in past if not one.defects]
    newest = sorted(_with_crowd(honest), key=_age, reverse=True)
    return Course(
        points=sorted([*newest[:RUNS_MAX], *_with_crowd(own.values())], key=_age),
        older=len(newest[RUNS_MAX:]),
        broken=sum(bool(one.defects) and one.users.signed_in.of > 0 for _, one in past),
    )


class _Users(msgspec.Struct):
    signed_in: Share


class _Messages(msgspec.Struct):
    accepted: Share


class _Latency(msgspec.Struct):
    p95: float | None = None


class _Seconds(msgspec.Struct):
    p95: float | None = None
    mean: float | None = None


class _Ways(msgspec.Struct):
    frame: _Latency = msgspec.field(default_factory=_Latency)


class _Deliveries(msgspec.Struct):
    received: Share
    latency_ms: _Ways = msgspec.field(default_factory=_Ways)


class _Times(msgspec.Struct):
    journey: _Seconds = msgspec.field(default_factory=_Seconds)
    steps: dict[str, _Seconds] = {}


class _Past(msgspec.Struct):
    """The part of `summary.json` that tells the course; later versions added members."""

    started_at: str
    verdict: Word
    users: _Users
    messages: _Messages
    deliveries: _Deliveries
    seconds: _Times
    defects: list[str] = []


def _folders(stored: Path) -> list[Path]:
    return [path for path in stored.iterdir() if path.is_dir()] if stored.is_dir() else []


def _read(folder: Path) -> _Past | None:
    """What the run's summary says; None where there is none, or it cannot be read."""
    try:
        return msgspec.json.decode((folder / "summary.json").read_bytes(), type=_Past)
    except (OSError, ValueError, RecursionError):
        return None


def _past(summary: Summary) -> _Past:
    return msgspec.json.decode(msgspec.json.encode(summary), type=_Past)


def _point(place: str, letter: str, past: _Past) -> Point:
    return Point(
        place=place,
        letter=letter,
        started_at=past.started_at,
        users=past.users.signed_in.of,
        verdict=past.verdict,
        received=_of_something(past.deliveries.received),
        accepted=_of_something(past.messages.accepted),
        delivery_ms_p95=past.deliveries.latency_ms.frame.p95,
        sign_in_s_p95=past.seconds.steps.get(StepName.SIGN_IN, _Seconds()).p95,
        mean_s=past.seconds.journey.mean,
    )


def _of_something(share: Share) -> Share | None:
    return share if share.of > 0 else None


def _with_crowd(points: Iterable[Point]) -> list[Point]:
    return [one for one in points if one.users > 0]


def _age(point: Point) -> tuple[str, str]:
    return point.started_at, point.place
