"""When people arrive: a steady ramp, at random, or as a curve that was recorded once.

Pure data: the same model and seed give the same times in any process.
"""

from __future__ import annotations

import csv
import math
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

from scenarios.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

STEADY, POISSON = "steady", "poisson"  # or the path of a curve
COLUMNS = ("second", "arrivals")

Curve = tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """How a house fills. `per_s` is the mean rate, 0 is everybody at once.

    `curve` are arrivals by the second from which they were counted, ascending from 0; it has a pace
    of its own. `most_per_s` is what nobody goes beyond, whatever the model says; 0 is no bound.
    """

    per_s: float = 0.0
    is_random: bool = False
    curve: Curve = ()
    most_per_s: float = 0.0

    def times_s(self, people: int, seed: int) -> tuple[float, ...]:
        """When the first, the second … of so many people arrive, in seconds from the first look."""
        return _times_s(self, people, seed)

    def busiest_per_s(self, people: int, seed: int) -> float:
        """The most that arrive within a second; 0 is all of them."""
        if not (self.curve or self.is_random):
            return self.per_s
        times_s = self.times_s(people, seed)
        return max(bisect_left(times_s, at_s + 1) - place for place, at_s in enumerate(times_s))


@lru_cache(maxsize=16)
def _times_s(arrivals: Arrivals, people: int, seed: int) -> tuple[float, ...]:
    return tuple(_spaced(_planned(arrivals, people, seed), arrivals.most_per_s))


def _planned(arrivals: Arrivals, people: int, seed: int) -> Iterator[float]:
    per_s = arrivals.per_s
    if arrivals.curve:
        return _replayed(arrivals.curve, people)
    if arrivals.is_random and per_s:
        chance = Random(f"{seed}/arrivals")
        return accumulate(chance.expovariate(per_s) for _ in range(people))
    return (place / per_s if per_s else 0.0 for place in range(people))


def _replayed(curve: Curve, people: int) -> Iterator[float]:
    """A house of another size fills in the same time: each has the moment of her share of it."""
    totals = list(accumulate(arrivals for _, arrivals in curve))
    ends_s = [*(second for second, _ in curve[1:]), curve[-1][0] + _last_width_s(curve)]
    for place in range(people):
        share = (place + 0.5) / people * totals[-1]
        at = bisect_left(totals, share)
        (begin_s, arrivals), before = curve[at], totals[at] - curve[at][1]
        yield begin_s + (share - before) / arrivals * (ends_s[at] - begin_s)


def _last_width_s(curve: Curve) -> float:
    """The last count was taken over as long as the one before it."""
    return curve[-1][0] - curve[-2][0] if curve[1:] else 1.0


def _spaced(times_s: Iterable[float], most_per_s: float) -> Iterator[float]:
    """The same arrivals, put off where more would come than may."""
    gap_s = 1 / most_per_s if most_per_s else 0.0
    free_s = 0.0
    for time_s in times_s:
        free_s = max(time_s, free_s)
        yield free_s
        free_s += gap_s


def load_curve(path: Path) -> Curve:
    """The curve in this CSV file, from 0 on; raises ConfigError with the file and the line.

    Its first line names the columns `second,arrivals`.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: no curve of arrivals can be read there: {error}") from None
    rows = csv.reader(lines)
    if tuple(next(rows, ())) != COLUMNS:
        raise ConfigError(f"{path}:1: expected the columns {','.join(COLUMNS)}")
    curve: list[tuple[float, int]] = []
    for row in filter(None, rows):
        counted = _counted(f"{path}:{rows.line_num}", row)
        if curve and counted[0] <= curve[-1][0]:
            raise ConfigError(
                f"{path}:{rows.line_num}: expected seconds that ascend, got {counted[0]:g}"
            )
        curve.append(counted)
    if not sum(arrivals for _, arrivals in curve):
        raise ConfigError(f"{path}: expected somebody to arrive")
    return tuple((second - curve[0][0], arrivals) for second, arrivals in curve)


def _counted(place: str, row: list[str]) -> tuple[float, int]:
    try:
        second, arrivals = row
        counted = float(second), int(arrivals)
    except ValueError:
        counted = math.nan, 0
    if not math.isfinite(counted[0]) or counted[1] < 0:
        raise ConfigError(
            f"{place}: expected a second and how many arrived from it on, got {','.join(row)!r}"
        )
    return counted
