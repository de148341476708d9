"""The knee of a capacity search: how many users hold, and what gives way beyond them.

A search raises the crowd until a run is no longer GO, and then halves the gap. NO-GO is the limit
of the target; a run whose generator was saturated says nothing of it, and is the generator's limit.
Nothing here runs anything.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from reports.history import Via
from reports.summary import Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.summary import Summary

FIRST_SHARE = 8  # of the most users: where a search begins ...
FIRST_MIN = 2  # ... and with fewer, nobody hears anybody
GAP_SHARE = 8  # of the users that hold: a knee is not looked for more closely
REASONS_MAX = 3


class Limit(StrEnum):
    """What gave way in a trial, or bounds a search."""

    TARGET = "target"
    GENERATOR = "generator"
    EVIDENCE = "evidence"  # the run proves nothing, for another reason than a busy generator
    TIME = "time"  # the search had no more of it
    STOPPED = "stopped"  # somebody ended it
    NONE = "none"


# After such a run there is no other.
_ENDS = (Limit.EVIDENCE, Limit.TIME, Limit.STOPPED)


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a search. Figures are None where the run has none; `cpu` is of all cores, of 1."""

    users: int
    run_id: str
    verdict: Word
    limit: Limit
    reasons: list[str]
    owed: int
    lost: int
    delivery_p95_ms: float | None
    lag_p95_ms: float | None
    cpu: float | None
    seconds: float


class Knee(msgspec.Struct, frozen=True, kw_only=True):
    """`holds` users were the most that were GO, and `breaks` the fewest that were not (None: the
    most that were asked for held). `broken` of the `tried` trials at `breaks` were not GO.
    """

    holds: int
    breaks: int | None
    limit: Limit
    tried: int
    broken: int
    reasons: list[str]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A whole search, as `capacity.json` has it; `most` users were asked for, `gates` decided, and
    `command` says the same again.
    """

    search_id: str
    command: str
    most: int
    gates: str
    knee: Knee
    trials: list[Trial]


def trial_of(summary: Summary, users: int, seconds: float) -> Trial:
    """What this run says of so many users."""
    ways = summary.deliveries.latency_ms
    received, generator = summary.deliveries.received, summary.generator
    return Trial(
        users=users,
        run_id=summary.run_id,
        verdict=summary.verdict,
        limit=_limit(summary),
        reasons=summary.reasons[:REASONS_MAX],
        owed=received.of,
        lost=received.of - received.n,
        delivery_p95_ms=max(ways.items(), key=lambda way: (way[1].n, way[0] is Via.FRAME))[1].p95,
        lag_p95_ms=generator.lag_ms.p95,
        cpu=generator.host_cpu.mean,
        seconds=round(seconds, 1),
    )


def _limit(summary: Summary) -> Limit:
    """Where the generator was saturated, whatever else is wrong may come of that."""
    if summary.verdict is Word.GO:
        return Limit.NONE
    if summary.verdict is Word.NO_GO:
        return Limit.TARGET
    return Limit.GENERATOR if summary.generator.saturated else Limit.EVIDENCE


def next_users(trials: Sequence[Trial], most: int) -> int | None:
    """How many users to try next; None where the search is over.

    The crowd doubles until it breaks, then the gap is halved, and where it is small enough the
    fewest that broke are tried once more: one bad run may have been bad luck.
    """
    if trials and trials[-1].limit in _ENDS:
        return None
    holds, breaks = _holds(trials), _breaks(trials)
    if breaks is None:
        first = max(FIRST_MIN, most // FIRST_SHARE)
        return None if holds == most else min(most, 2 * holds or first)
    if breaks - holds > max(1, holds // GAP_SHARE):
        return (holds + breaks) // 2
    return breaks if len(_at(trials, breaks)) < 2 else None


def knee_of(trials: Sequence[Trial], ended: Limit | None = None) -> Knee:
    """Where these trials, one at least, say the knee is; `ended` is why no other came after."""
    breaks, last = _breaks(trials), trials[-1]
    broken = [one for one in _at(trials, breaks) if one.limit is not Limit.NONE]
    reason = last if last.limit in _ENDS or not broken else broken[0]
    return Knee(
        holds=_holds(trials),
        breaks=breaks,
        limit=ended or reason.limit,
        tried=len(_at(trials, breaks)),
        broken=len(broken),
        reasons=reason.reasons,
    )


def _holds(trials: Sequence[Trial]) -> int:
    """The most users that were GO and fewer than any that were not."""
    breaks = _breaks(trials)
    held = [one.users for one in trials if one.limit is Limit.NONE]
    return max((users for users in held if breaks is None or users < breaks), default=0)


def _breaks(trials: Sequence[Trial]) -> int | None:
    broken = (Limit.TARGET, Limit.GENERATOR)
    return min((one.users for one in trials if one.limit in broken), default=None)


def _at(trials: Sequence[Trial], users: int | None) -> list[Trial]:
    return [one for one in trials if one.users == users]
