"""How the run kept to its own schedule, and what it would have measured with nobody being late.

A load generator that waits for a slow answer before it goes on asks least when the target is
slowest, and its figures leave out those who would have waited longest: coordinated omission (Gil
Tene, "How NOT to Measure Latency", 2013). So each act that had its time is also measured from that
time on: what her turn was late by, for the window's sake or the worker's, is then in the figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reports.history import Outcome, StepName
from reports.spread import Spread, spread_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.findings import Findings

_NS_PER_MS = 1_000_000
_NS_PER_S = 1_000_000_000


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """`delay_ms`: from an act's time to its begin. `delivery_ms` and `sign_in_seconds`: from it to
    each arrival of what she sent, and to the end of her sign-in. No samples where no schedule was
    recorded.
    """

    delay_ms: Spread
    delivery_ms: Spread
    sign_in_seconds: Spread


def schedule_of(findings: Findings) -> Schedule:
    """How the acts of this run stand to their times."""
    return Schedule(
        delay_ms=spread_of(delays_ms(findings)),
        delivery_ms=spread_of(deliveries_ms(findings)),
        sign_in_seconds=spread_of(sign_ins_s(findings)),
    )


def delays_ms(findings: Findings) -> Iterator[float]:
    """How late each act began that had its time."""
    arriving, speaking = _arriving(findings), _speaking(findings)
    for step in findings.history.steps:
        if step.step is StepName.SIGN_IN and step.user in arriving:
            yield (step.started_at_ns - arriving[step.user]) / _NS_PER_MS
    for send in findings.history.sends:
        if (due_ns := speaking.get((send.user, send.number))) is not None:
            yield (send.clicked_at_ns - due_ns) / _NS_PER_MS


def deliveries_ms(findings: Findings) -> Iterator[float]:
    """From the time at which each owed message was to be sent to its first arrival at each of its
    recipients.
    """
    speaking = _speaking(findings)
    for message in findings.ledger.messages:
        due_ns = speaking.get((message.send.user, message.send.number))
        if due_ns is not None and message.fate.is_owed:
            for arrival in message.arrivals.values():
                yield (arrival.at_ns - due_ns) / _NS_PER_MS


def sign_ins_s(findings: Findings) -> Iterator[float]:
    """From the time at which each user was to arrive to the end of her sign-in, if it went well;
    without what a limit held her back, and without those who had a session.
    """
    arriving = _arriving(findings)
    for step in findings.history.steps:
        is_passed = step.step is StepName.SIGN_IN and step.outcome is Outcome.OK
        if is_passed and step.user in arriving and not step.is_found:
            yield (step.ended_at_ns - arriving[step.user] - step.held_ns) / _NS_PER_S


def _arriving(findings: Findings) -> dict[str, int]:
    dues = findings.history.dues
    return {one.user: one.due_at_ns for one in dues if one.step is StepName.SIGN_IN}


def _speaking(findings: Findings) -> dict[tuple[str, int], int]:
    return {
        (one.user, one.number): one.due_at_ns
        for one in findings.history.dues
        if one.step is not StepName.SIGN_IN
    }
