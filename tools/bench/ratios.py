"""How many times better the suite is than another way, pair by pair, and how much that varies."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from tools.bench.ways import Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tools.bench.ways import Drive


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of a drive; None where it has none, as a cost per pair without a pair."""

    title: str
    of: Callable[[Drive], float | None]
    is_more_better: bool = False

    def advantage(self, suite: Drive, rival: Drive) -> float | None:
        """How many times better the suite's is; None where one of them has none, or nothing."""
        ours, theirs = self.of(suite), self.of(rival)
        if not ours or not theirs:
            return None
        return ours / theirs if self.is_more_better else theirs / ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The median of some values, the least and the most of them, and how many there are."""

    median: float
    least: float
    most: float
    n: int


def _each(total: float, parts: float) -> float | None:
    return total / parts if parts else None


FIGURES: Mapping[str, Figure] = {
    "wall_s": Figure(title="wall time, s", of=lambda one: one.wall_s),
    "users_per_min": Figure(
        title="users per minute",
        of=lambda one: _each(60 * one.done, one.wall_s),
        is_more_better=True,
    ),
    "cpu_s_per_user": Figure(
        title="CPU-seconds per user", of=lambda one: _each(one.cpu_s, one.done)
    ),
    "mb_per_user": Figure(title="MB per user", of=lambda one: _each(one.peak_mb, one.done)),
    "online_most": Figure(
        title="most users online at once", of=lambda one: one.online_most, is_more_better=True
    ),
    "mb_per_user_online": Figure(
        title="MB per user online", of=lambda one: _each(one.peak_mb, one.online_most)
    ),
    "owed_pairs": Figure(
        title="pairs delivered", of=lambda one: one.owed_pairs, is_more_better=True
    ),
    "cpu_ms_per_pair": Figure(
        title="CPU-ms per pair delivered", of=lambda one: _each(1000 * one.cpu_s, one.owed_pairs)
    ),
    "proven_share": Figure(
        title="share of pairs proven",
        of=lambda one: _each(one.proven_pairs, one.owed_pairs),
        is_more_better=True,
    ),
    "target_cpu_ms_per_pair": Figure(
        title="target's CPU-ms per pair",
        of=lambda one: _each(1000 * one.target_cpu_s, one.owed_pairs),
    ),
}


def figures_of(drive: Drive) -> Mapping[str, float | None]:
    """All figures of one drive by name."""
    return {name: figure.of(drive) for name, figure in FIGURES.items()}


def spread_of(values: Iterable[float | None]) -> Spread | None:
    """Of the values that there are; None without any."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    return Spread(median=median(known), least=min(known), most=max(known), n=len(known))


def advantages(rounds: Sequence[Mapping[Way, Drive]], rival: Way) -> Mapping[str, Spread | None]:
    """By figure, how many times better the suite is than this way, over the rounds with both.

    Each round is a pair: its drives followed each other, so the machine was the same for both.
    """
    pairs = [one for one in rounds if Way.SUITE in one and rival in one]
    return {
        name: spread_of(figure.advantage(one[Way.SUITE], one[rival]) for one in pairs)
        for name, figure in FIGURES.items()
    }


def order_of(round_: int, ways: Sequence[Way]) -> Sequence[Way]:
    """The ways in the order of this round: every other one goes backwards."""
    return ways if round_ % 2 == 0 else ways[::-1]
