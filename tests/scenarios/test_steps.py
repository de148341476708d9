"""A step is timed and becomes an op, whether it succeeds or not."""

from __future__ import annotations

from time import monotonic_ns

import pytest
from playwright.async_api import TimeoutError as PlaywrightTimeout

from reports.history import Outcome, Step, StepName
from scenarios.errors import StepFailed, StepThrottled
from scenarios.patience import Patience
from scenarios.steps import perform

pytestmark = pytest.mark.anyio


async def act(error: Exception | None = None) -> None:
    """What a user does in a step."""
    if error is not None:
        raise error


async def test_a_step_that_succeeds_is_ok_and_has_waited_for_nobody() -> None:
    before_ns = monotonic_ns()

    step = await perform(StepName.SIGN_IN, "u0001", act())

    assert (step.user, step.step, step.outcome) == ("u0001", StepName.SIGN_IN, Outcome.OK)
    assert (step.waited_ns, step.detail) == (0, "")
    assert before_ns <= step.started_at_ns <= step.ended_at_ns <= monotonic_ns()


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (StepFailed("entry refused: 403 not_registered"), "entry refused: 403 not_registered"),
        (PlaywrightTimeout("Timeout 60000ms exceeded.\nCall log:\n  - waiting"), "Timeout 60000ms"),
    ],
)
async def test_a_step_that_fails_is_an_op_with_its_reason_on_one_line(
    error: Exception, detail: str
) -> None:
    step = await perform(StepName.SEAT, "u0001", act(error))

    assert step.outcome is Outcome.FAIL
    assert step.detail.startswith(detail)
    assert "\n" not in step.detail


async def test_what_a_limit_asked_of_a_user_stands_in_her_step() -> None:
    patience = Patience(times=1, held_ns=1_000)

    async def held_back() -> None:
        patience.times, patience.held_ns = 3, 5_000
        raise StepThrottled("429")

    step = await perform(StepName.SIGN_IN, "u0001", held_back(), patience=patience)

    assert (step.outcome, step.throttled, step.held_ns) == (Outcome.THROTTLED, 2, 4_000)


async def test_a_defect_of_the_suite_is_no_failure_of_the_user() -> None:
    with pytest.raises(ZeroDivisionError):
        await perform(StepName.SEAT, "u0001", act(ZeroDivisionError()))


async def test_the_time_since_the_step_before_counts_as_waiting() -> None:
    ended_at_ns = monotonic_ns() - 5_000_000_000
    before = Step(
        user="u0001",
        step=StepName.SEAT,
        outcome=Outcome.OK,
        started_at_ns=ended_at_ns,
        ended_at_ns=ended_at_ns,
    )

    greeted = await perform(StepName.GREET, "u0001", act(), after=before)

    assert greeted.started_at_ns == ended_at_ns
    assert 5_000_000_000 <= greeted.waited_ns <= greeted.ended_at_ns - greeted.started_at_ns
