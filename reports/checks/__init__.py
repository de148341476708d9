"""The checkers: one property each, pure, and never silent about what they could not see.

A checker is a function of `Findings`. It says `valid`, `invalid` or `unknown`, or None where the
run asked nothing of the property (nobody was disconnected, nobody spoke twice). `judge_checks` asks
them all; one that breaks is `unknown`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.checks.delivery import (
    check_exactly_once,
    check_no_alteration,
    check_no_leak,
    check_no_loss,
    check_no_phantom,
    check_order,
    check_witnesses,
)
from reports.checks.fallback import check_fallback
from reports.checks.fill import check_fill
from reports.checks.heartbeat import check_heartbeat
from reports.checks.presence import check_presence
from reports.checks.recovery import check_recovery
from reports.checks.rendering import check_rendering
from reports.checks.sessions import check_sessions
from reports.verdicts import unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reports.findings import Findings
    from reports.verdicts import Verdict

    Checker = Callable[[Findings], Verdict | None]

CHECKERS: Mapping[str, Checker] = {
    "no loss": check_no_loss,
    "exactly once": check_exactly_once,
    "order": check_order,
    "no phantom": check_no_phantom,
    "no alteration": check_no_alteration,
    "no leak": check_no_leak,
    "witnesses agree": check_witnesses,
    "rendering": check_rendering,
    "presence": check_presence,
    "heartbeat": check_heartbeat,
    "recovery": check_recovery,
    "fallback": check_fallback,
    "sessions": check_sessions,
    "fill": check_fill,
}


def judge_checks(
    findings: Findings, checkers: Mapping[str, Checker] = CHECKERS
) -> dict[str, Verdict | None]:
    """Every checker's word by its name, in their order; None where the run asked nothing of it."""
    unasked = findings.history.unasked
    return {
        name: None if name in unasked else _safely(name, check, findings)
        for name, check in checkers.items()
    }


def _safely(name: str, check: Checker, findings: Findings) -> Verdict | None:
    try:
        return check(findings)
    # The one place that may catch everything: a broken checker must neither pass nor end the run.
    except Exception as error:
        return unknown(name, f"the checker broke: {type(error).__name__}: {error}")
