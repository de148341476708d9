"""Times one step of one user and turns what came of it into an op."""

from __future__ import annotations

from time import monotonic_ns
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from reports.history import Outcome, Step, StepName
from scenarios.errors import StepFailed, StepThrottled

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from scenarios.patience import Patience


async def perform(
    step: StepName,
    user: str,
    act: Awaitable[object],
    *,
    after: Step | None = None,
    patience: Patience | None = None,
) -> Step:
    """The step, carried out and timed; a failure is an outcome here, never an exception.

    `after` is the user's previous step: the time from its end until now was spent waiting (for the
    house to fill, or for the user's turn) and is counted in `waited_ns`. `patience` is what the act
    asks of the user where a limit holds her back; what it has asked stands in the step. An act that
    returns True found what it was for: something of an earlier run, which was not measured.
    """
    now_ns = monotonic_ns()
    started_at_ns = after.ended_at_ns if after else now_ns
    outcome, detail, is_found = Outcome.OK, "", False
    times, held_ns = (patience.times, patience.held_ns) if patience else (0, 0)
    try:
        is_found = await act is True
    except (StepFailed, PlaywrightError) as error:
        outcome = Outcome.THROTTLED if isinstance(error, StepThrottled) else Outcome.FAIL
        # Playwright appends its call log; the first line is the reason.
        detail = str(error).partition("\n")[0]
    return Step(
        user=user,
        step=step,
        outcome=outcome,
        started_at_ns=started_at_ns,
        ended_at_ns=monotonic_ns(),
        waited_ns=now_ns - started_at_ns,
        throttled=patience.times - times if patience else 0,
        held_ns=patience.held_ns - held_ns if patience else 0,
        is_found=is_found,
        detail=detail,
    )
