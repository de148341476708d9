"""How far each virtual user came, and what stopped her: one `UserRow` per user of the run.

Seconds run from the first navigation (the start of SIGN_IN) to the user's last own message seen
back, without the time at a rendezvous or held back by a limit: the incident report's figure.
`summary` counts the rows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from reports.history import Outcome, StepName
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reports.archive import History
    from reports.history import Step
    from reports.ledger import Ledger, Message

_NS_PER_S = 1_000_000_000


class Stage(StrEnum):
    """The last stage of the journey a user reached with everything before it."""

    NONE = "none"
    SIGNED_IN = "signed in"
    SEATED = "seated"
    GREETED = "greeted"
    SENT = "sent"  # every send of hers was accepted
    RECEIVED = "received"  # and everything owed to her arrived
    EVIDENCE_LOST = "evidence lost"  # her shard does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """One user's journey. `reason` is empty exactly where nothing went wrong.

    `seconds` is None unless her last own message came back. `step_seconds` are without waiting, and
    without what was found from an earlier run; a step taken several times counts once, with the
    sum.
    """

    user: str
    stage: Stage
    reason: str
    seconds: float | None
    step_seconds: Mapping[StepName, float]
    passed: frozenset[StepName]
    waited_s: float
    accepted: int
    expected: int
    received: int
    owed: int

    @property
    def measured(self) -> Mapping[StepName, float]:
        """Seconds of the steps that she passed: a time-out is no measurement."""
        return {step: s for step, s in self.step_seconds.items() if step in self.passed}

    @property
    def has_sent_all(self) -> bool:
        """Every send the run expects of a user was accepted."""
        return self.accepted >= self.expected

    @property
    def has_received_all(self) -> bool:
        """Something was owed to her, and all of it arrived."""
        return 0 < self.owed == self.received


def user_rows(history: History, ledger: Ledger) -> list[UserRow]:
    """A row for every user a header names, sorted by name."""
    expected = _expected_sends(history)
    steps = defaultdict(list)
    for step in sorted(history.steps, key=_in_time):
        steps[step.user].append(step)
    sends = defaultdict(list)
    for message in ledger.messages:
        sends[message.send.user].append(message)
    received, owed = _received_and_owed(ledger.messages)
    return [
        _row(
            user,
            steps[user],
            sends[user],
            expected=expected,
            received=received[user],
            owed=owed[user],
            is_unproven=user in ledger.unproven,
        )
        for user in history.users()
    ]


def _expected_sends(history: History) -> int:
    """The greeting, and the messages after it unless the run went without (`-k greeting`)."""
    if not any(step.step is StepName.CHAT for step in history.steps):
        return 1
    return 1 + max((header.messages_per_user for header in history.headers), default=0)


def _in_time(step: Step) -> tuple[int, int, str, str]:
    return (step.started_at_ns, step.ended_at_ns, step.step, step.detail)


def _received_and_owed(messages: Iterable[Message]) -> tuple[dict[str, int], dict[str, int]]:
    received: defaultdict[str, int] = defaultdict(int)
    owed: defaultdict[str, int] = defaultdict(int)
    for message in messages:
        for user in message.owed:
            owed[user] += 1
            received[user] += user in message.arrivals
    return received, owed


def _row(
    user: str,
    steps: Sequence[Step],
    sends: Sequence[Message],
    *,
    expected: int,
    received: int,
    owed: int,
    is_unproven: bool,
) -> UserRow:
    passed = _passed(steps)
    accepted = len({message.send.number for message in sends if message.fate.is_owed})
    reached = _stage(passed, has_sent=accepted >= expected, has_received=0 < owed == received)
    reason = _reason(steps, sends, owed - received)
    stage, reason = _ending(reached, reason, is_unproven=is_unproven)
    return UserRow(
        user=user,
        stage=stage,
        reason=reason,
        seconds=_journey_s(user, steps, sends) if accepted >= expected else None,
        step_seconds=_step_seconds(steps),
        passed=passed,
        waited_s=sum(step.waited_ns for step in steps) / _NS_PER_S,
        accepted=accepted,
        expected=expected,
        received=received,
        owed=owed,
    )


def _ending(reached: Stage, reason: str, *, is_unproven: bool) -> tuple[Stage, str]:
    """The stage and reason to report."""
    if reached is not Stage.RECEIVED and (is_unproven or not reason):
        # No op says why she went no further, so nobody knows that she did not.
        return Stage.EVIDENCE_LOST, f"the history ends after: {reached}"
    return reached, reason


def _passed(steps: Iterable[Step]) -> frozenset[StepName]:
    """Steps that were taken and never went wrong."""
    taken = {step.step for step in steps}
    return frozenset(taken - {step.step for step in steps if step.outcome is not Outcome.OK})


def _stage(passed: frozenset[StepName], *, has_sent: bool, has_received: bool) -> Stage:
    reached = Stage.NONE
    for stage, is_reached in (
        (Stage.SIGNED_IN, StepName.SIGN_IN in passed),
        (Stage.SEATED, StepName.SEAT in passed),
        (Stage.GREETED, StepName.GREET in passed),
        (Stage.SENT, has_sent),
        (Stage.RECEIVED, has_received),
    ):
        if not is_reached:
            break
        reached = stage
    return reached


def _reason(steps: Iterable[Step], sends: Iterable[Message], missing: int) -> str:
    """The first thing that went wrong, in one line."""
    for step in steps:
        if step.outcome is not Outcome.OK:
            return one_line(f"{step.step}: {step.detail or step.outcome}")
    for message in sends:
        if not message.fate.is_owed:
            return one_line(f"send #{message.send.number}: {message.fate} {cause(message)}")
    return f"messages owed and not received: {missing}" if missing else ""


def cause(message: Message) -> str:
    """What the server said to a send, as `429 over_request_rate`; empty where it said nothing."""
    status = "" if message.send.status is None else str(message.send.status)
    return f"{status} {message.send.code}".strip()


def _step_seconds(steps: Iterable[Step]) -> dict[StepName, float]:
    seconds: defaultdict[StepName, float] = defaultdict(float)
    for step in steps:
        if step.is_found:
            continue
        taken_ns = step.ended_at_ns - step.started_at_ns - step.waited_ns - step.held_ns
        seconds[step.step] += taken_ns / _NS_PER_S
    return dict(seconds)


def _journey_s(user: str, steps: Sequence[Step], sends: Sequence[Message]) -> float | None:
    """Seconds to the last own message seen back; None where it was not."""
    arrival = sends[-1].arrivals.get(user) if sends else None
    starts = [step.started_at_ns for step in steps if step.step is StepName.SIGN_IN]
    if arrival is None or not starts:
        return None
    # Waiting in RECEIVE and LEAVE is for the house to settle, after the message came back.
    waited_ns = sum(
        step.waited_ns + step.held_ns
        for step in steps
        if step.step not in {StepName.RECEIVE, StepName.LEAVE}
        and step.started_at_ns < arrival.at_ns
    )
    return (arrival.at_ns - min(starts) - waited_ns) / _NS_PER_S
