"""The one place where the suite waits.

Waiting is polling with a bound that tells its story: a timeout says what was seen last, not only
how long it took. Times that matter are stamped by the observer, so the interval costs no precision.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from scenarios.errors import StepFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

POLL_INTERVAL_S = 0.05


async def until(read: Callable[[], T | None], missing: Callable[[], str], *, timeout_s: float) -> T:
    """The first reading that is not None; raises StepFailed with `missing()` after `timeout_s`."""
    deadline_s = monotonic() + timeout_s
    while (value := read()) is None:
        if monotonic() >= deadline_s:
            raise StepFailed(f"{missing()} (waited {timeout_s:g} s)")
        await asyncio.sleep(POLL_INTERVAL_S)
    return value


async def within(act: Awaitable[T], missing: str, *, timeout_s: float) -> T:
    """The result of `act`; raises StepFailed with `missing` after `timeout_s`, and gives it up."""
    try:
        async with asyncio.timeout(timeout_s) as patience:
            return await act
    except TimeoutError:
        if not patience.expired():
            raise
        raise StepFailed(f"{missing} (waited {timeout_s:g} s)") from None


async def until_time(due_s: float) -> None:
    """Returns at `due_s` of `time.monotonic()`; at once when that has passed."""
    await asyncio.sleep(max(0.0, due_s - monotonic()))
