"""Whom Auth lets in when: so many at once, and then so many a second (protocol reference B.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A bucket that holds `at_once` sign-ins and gains `per_s` a second; 0: everybody gets in."""

    at_once: int = 0
    per_s: float = 0.0

    def times_s(self, asked_s: Iterable[float]) -> Iterator[float]:
        """When each of those gets in who ask at these times, which ascend."""
        left, at_s = float(self.at_once), 0.0
        for time_s in asked_s:
            if not self.per_s:
                yield time_s
                continue
            now_s = max(time_s, at_s)
            left = min(self.at_once, left + (now_s - at_s) * self.per_s)
            # Whoever finds it empty waits until it has gained one.
            at_s = now_s + max(0.0, 1 - left) / self.per_s
            left = max(left, 1.0) - 1
            yield at_s

    def full_s(self, let_in_s: Sequence[float]) -> float:
        """When the bucket is full again at the latest, after people got in at these times."""
        if not (self.per_s and let_in_s):
            return 0.0
        return let_in_s[-1] + min(self.at_once, len(let_in_s)) / self.per_s
