"""How a user bears with a limit: her pauses, their bound, and what she is told of it."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.errors import StepThrottled
from scenarios.patience import FIRST_PAUSE_S, LONGEST_PAUSE_S, Patience, seconds_in
from scenarios.traffic import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BUSY = Answer(status=429, code="over_request_rate_limit", at_ns=1)
SOON = Answer(status=429, code="", at_ns=1, retry_after_s=0.001)
AT_ONCE = Answer(status=429, code="", at_ns=1, retry_after_s=0)


def pauses_of(patience: Patience, answer: Answer = BUSY) -> list[float]:
    """All pauses until it is over."""
    pauses: list[float] = []
    with suppress(StepThrottled):
        while len(pauses) < 1000:
            pauses.append(patience.pause_s(answer))
    return pauses


@given(seed=st.text(), bound_s=st.floats(0, 2000))
def test_pauses_grow_to_a_longest_one_and_end_at_the_bound(seed: str, bound_s: float) -> None:
    pauses = pauses_of(Patience(seed=seed, bound_s=bound_s))

    assert sum(pauses) == pytest.approx(bound_s, abs=0.002)
    # The last one is what was left.
    for number, pause_s in enumerate(pauses[:-1]):
        longest_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**number)
        assert longest_s / 2 <= pause_s <= longest_s


def test_no_two_users_come_back_at_the_same_time_and_each_does_so_in_every_run() -> None:
    ada, again, ben = (pauses_of(Patience(seed=seed)) for seed in ("1/ada", "1/ada", "1/ben"))

    assert ada == again
    assert ada[0] != ben[0]


def test_what_the_server_says_is_kept_to() -> None:
    patience = Patience(bound_s=10)
    told = Answer(status=429, code="", at_ns=1, retry_after_s=7)

    assert patience.pause_s(told) == 7
    with pytest.raises(StepThrottled, match="at 2 tries within 7 s: 429"):
        patience.pause_s(told)


def test_who_is_told_to_come_back_at_once_does_not_do_so_for_ever() -> None:
    pauses = pauses_of(Patience(bound_s=10), AT_ONCE)

    assert 0 < len(pauses) < 20


@pytest.mark.anyio
async def test_whoever_waits_is_outside_and_that_counts_too() -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def outside() -> AsyncIterator[None]:
        seen.append("out")
        yield
        seen.append("in")

    patience = Patience(outside=outside)

    await patience.wait(SOON)

    assert seen == ["out", "in"]
    assert patience.held_ns > 0


@pytest.mark.parametrize(
    ("header", "seconds"), [(None, None), ("7", 7), (" 7 ", 7), ("soon", None), ("-1", None)]
)
def test_retry_after_is_read_where_it_can_be(header: str | None, seconds: float | None) -> None:
    assert seconds_in(header) == seconds


def test_retry_after_may_be_a_date() -> None:
    later, earlier = (datetime.now(UTC) + timedelta(seconds=s) for s in (30, -30))

    assert seconds_in(format_datetime(later)) == pytest.approx(30, abs=2)
    assert seconds_in(format_datetime(earlier, usegmt=True)) == 0
