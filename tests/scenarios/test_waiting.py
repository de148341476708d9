"""Waiting ends with the condition or with a story, and never hangs."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest

from scenarios.errors import StepFailed
from scenarios.waiting import until, until_time

pytestmark = pytest.mark.anyio

LONG_S = 10.0  # never waited for by a test that passes


async def test_the_first_reading_that_is_not_none_ends_the_wait() -> None:
    readings = iter([None, None, 0, 1])

    assert await until(lambda: next(readings), lambda: "nothing", timeout_s=LONG_S) == 0
    assert next(readings) == 1


async def test_a_timeout_tells_what_was_seen_last() -> None:
    seen: list[int] = []

    def read() -> None:
        seen.append(len(seen))

    with pytest.raises(StepFailed, match=r"^no readiness; saw \d+ times \(waited 0\.12 s\)$") as at:
        await until(read, lambda: f"no readiness; saw {len(seen)} times", timeout_s=0.12)

    assert len(seen) > 1
    assert f"saw {len(seen)} times" in str(at.value)


async def test_what_is_there_already_is_found_even_without_any_time() -> None:
    assert await until(lambda: "there", lambda: "nothing", timeout_s=0) == "there"


async def test_waiting_lets_others_go_on() -> None:
    done: list[str] = []

    async def other() -> None:
        done.append("other")

    task = asyncio.create_task(other())
    assert await until(lambda: done or None, lambda: "blocked", timeout_s=LONG_S) == ["other"]
    await task


async def test_a_time_is_waited_for_and_one_that_has_passed_is_not() -> None:
    started_s = monotonic()

    await until_time(started_s - LONG_S)
    await until_time(started_s + 0.05)

    assert 0.05 <= monotonic() - started_s < LONG_S
