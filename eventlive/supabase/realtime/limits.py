"""Rate limits counted over a sliding window, as Realtime averages them (A.13, A.20)."""

from collections import deque
from collections.abc import Callable
from time import monotonic


class Allowance:
    """So many events per window; `spend` says whether the budget still holds.

    None for `amount` switches the limit off. Counted in whole seconds, so that a house of
    hundreds costs no more than `window_s` buckets.
    """

    def __init__(
        self, amount: int | None, window_s: int, *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._amount = amount
        self._window_s = window_s
        self._clock = clock
        self._buckets: deque[tuple[int, int]] = deque()
        self._total = 0

    def spend(self, count: int = 1) -> bool:
        """Count `count` events now; False once the window holds more than allowed."""
        if self._amount is None:
            return True
        second = int(self._clock())
        while self._buckets and self._buckets[0][0] <= second - self._window_s:
            self._total -= self._buckets.popleft()[1]
        if self._buckets and self._buckets[-1][0] == second:
            count_so_far = self._buckets.pop()[1]
            self._buckets.append((second, count_so_far + count))
        else:
            self._buckets.append((second, count))
        self._total += count
        return self._total <= self._amount
