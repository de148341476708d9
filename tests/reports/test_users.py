"""How far each user came, how long it took her, and why she went no further."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from reports.history import Outcome, Send, Step, StepName
from reports.ledger import build_ledger
from reports.user_table import users_csv
from reports.users import Stage, UserRow, user_rows
from tests.reports.histories import (
    accepted,
    healthy,
    heard,
    history_of,
    ignored,
    refused,
    step,
    stored,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.history import Op


def row_of(user: str, ops: Sequence[Op]) -> UserRow:
    history = history_of(ops)
    rows = user_rows(history, build_ledger(history))
    return next(row for row in rows if row.user == user)


def test_a_user_of_a_healthy_run_received_everything() -> None:
    row = row_of("ben", healthy())

    assert (row.stage, row.reason) == (Stage.RECEIVED, "")
    assert (row.accepted, row.expected, row.received, row.owed) == (2, 2, 6, 6)


def test_seconds_run_to_the_last_own_message_seen_back_without_the_waiting() -> None:
    row = row_of("ben", healthy())

    assert row.seconds == pytest.approx(30.1 - 5)
    assert row.waited_s == 5
    assert row.step_seconds[StepName.SEAT] == 1


def test_waiting_for_the_house_to_settle_is_not_taken_off_the_seconds() -> None:
    settling = step("ben", StepName.RECEIVE, 30, 50, waited_s=19)

    assert row_of("ben", [*healthy(), settling]).seconds == pytest.approx(30.1 - 5)


def test_there_are_no_seconds_where_the_last_own_message_never_came_back() -> None:
    lost = heard("ben", "ben", 1, "104")

    row = row_of("ben", without(healthy(), lost))

    assert row.seconds is None
    assert (row.stage, row.reason) == (Stage.SENT, "messages owed and not received: 1")


def truncated_at(user: str, *names: StepName) -> list[Op]:
    """A healthy run, in which `user` took only the steps of these names and sent nothing."""
    return [
        op
        for op in healthy()
        if not (isinstance(op, Step) and op.user == user and op.step not in names)
        and not (isinstance(op, Send) and op.user == user)
    ]


@pytest.mark.parametrize(
    ("passed", "failed", "stage"),
    [
        ([], StepName.SIGN_IN, Stage.NONE),
        ([StepName.SIGN_IN], StepName.SEAT, Stage.SIGNED_IN),
        ([StepName.SIGN_IN, StepName.SEAT], StepName.GREET, Stage.SEATED),
        ([StepName.SIGN_IN, StepName.SEAT, StepName.GREET], StepName.CHAT, Stage.GREETED),
    ],
)
def test_a_user_who_fails_is_named_with_the_stage_reached_and_the_step(
    passed: list[StepName], failed: StepName, stage: Stage
) -> None:
    failure = step("ben", failed, 50, 51, outcome=Outcome.FAIL, detail="no\n\x1b[31manswer")

    row = row_of("ben", [*truncated_at("ben", *passed), failure])

    assert (row.stage, row.reason) == (stage, f"{failed}: no [31manswer")


def test_a_refused_send_is_named_with_its_answer() -> None:
    ops = without(healthy(), accepted("ben", 1, "104"))

    row = row_of("ben", [*ops, refused("ben", 1, 429, "over_request_rate")])

    reason = "send #1: throttled by the platform 429 over_request_rate"
    assert (row.stage, row.reason) == (Stage.GREETED, reason)


def test_a_click_without_a_request_is_named() -> None:
    ops = without(healthy(), accepted("ben", 0, "101"))

    assert row_of("ben", [*ops, ignored("ben", 0)]).reason == "send #0: no request after the click"


def test_a_user_without_any_op_is_lost_evidence() -> None:
    ops = [op for op in healthy() if getattr(op, "user", "") != "ben"]

    row = row_of("ben", ops)

    assert (row.stage, row.reason) == (Stage.EVIDENCE_LOST, "the history ends after: none")


def test_a_user_who_stops_without_a_failure_is_lost_evidence() -> None:
    ops = truncated_at("ben", StepName.SIGN_IN, StepName.SEAT)

    everything_heard = row_of("ben", stored(ops))

    assert everything_heard.stage is Stage.EVIDENCE_LOST
    assert everything_heard.reason == "the history ends after: seated"


def test_the_table_has_a_line_for_each_user() -> None:
    history = history_of(without(healthy(), heard("ben", "ben", 1, "104")))

    table = users_csv(user_rows(history, build_ledger(history)))

    ada, ben, _ = csv.DictReader(table.splitlines())
    assert (ada["user"], ada["outcome"], ada["seconds"], ada["reason"]) == (
        "ada",
        "received",
        "25.100",
        "",
    )
    assert (ben["user"], ben["outcome"], ben["seconds"]) == ("ben", "sent", "")
    assert (ben["sign_in_s"], ben["receive_s"], ben["waited_s"]) == ("4.000", "", "5.000")
    assert (ben["received"], ben["owed"]) == ("5", "6")
