"""Seats without a browser: what the checker says of them, and what it leaves to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from reports.checks.fill import check_fill
from reports.findings import findings_of
from reports.history import FillReceipts, Health, Op, Send
from reports.verdicts import Validity
from tests.reports.histories import (
    USERS,
    fill_receipts,
    fill_seat,
    filled,
    healthy,
    history_of,
    history_with_fill,
    ns,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.verdicts import Verdict

SEATS = ["f00001", "f00002"]
FIRST = fill_receipts("ada", 0, "100", seats=2)  # clicked at 20, accepted at 20.05
# Ready before the first click and until 15, and again from 25 on, between greetings and chat.
CUT_OFF = replace(
    fill_seat("f00002"), joined_at_ns=[ns(5), ns(25)], ended_at_ns=[ns(15), ns(70)], detail="1006"
)


def said(ops: Sequence[Op]) -> Verdict:
    verdict = check_fill(findings_of(history_with_fill(SEATS, ops)))
    assert verdict is not None
    return verdict


def test_a_run_without_such_seats_is_not_asked() -> None:
    assert check_fill(findings_of(history_of(healthy()))) is None


def test_seats_that_were_held_and_heard_everything_are_valid() -> None:
    verdict = said(filled(SEATS))

    assert (verdict.validity, verdict.text) == (
        Validity.VALID,
        "2 seats, 12 deliveries, none lost",
    )


@pytest.mark.parametrize(
    ("seat", "line"),
    [
        (
            replace(fill_seat("f00002"), missing=["100", "103"]),
            "f00002 never received 2 of 6 messages: 100, 103",
        ),
        (replace(fill_seat("f00002"), repeated=1), "f00002 received 1 frames twice"),
        (
            replace(CUT_OFF, joined_at_ns=[], ended_at_ns=[], is_held=False, detail="refused: no"),
            "f00002 did not get in: refused: no",
        ),
        (
            replace(CUT_OFF, joined_at_ns=[ns(5)], ended_at_ns=[ns(15)], is_held=False),
            "f00002 was cut off and did not come back: 1006",
        ),
    ],
)
def test_what_is_wrong_with_a_seat_is_said_with_its_name(seat: Op, line: str) -> None:
    verdict = said([*without(filled(SEATS), fill_seat("f00002")), seat])

    assert (verdict.validity, verdict.evidence) == (Validity.INVALID, [line])
    assert "at f00002, of 2 seats" in verdict.text


def test_whom_a_limit_of_auth_kept_out_is_a_gap_and_hides_no_flaw_of_another() -> None:
    refused = replace(
        CUT_OFF, joined_at_ns=[], ended_at_ns=[], is_held=False, is_throttled=True, detail="429"
    )
    ops = [*without(filled(SEATS), fill_seat("f00002")), refused]
    flawed = replace(fill_seat("f00001"), missing=["100"])

    verdict = said(ops)

    assert (verdict.validity, verdict.text) == (
        Validity.UNKNOWN,
        "Auth's limit, not the product, kept 1 of 2 seats out: f00002",
    )
    assert said([*without(ops, fill_seat("f00001")), flawed]).validity is Validity.INVALID


def test_a_seat_that_was_held_though_auth_gave_no_newer_token_is_valid() -> None:
    held = replace(fill_seat("f00002"), is_throttled=True)

    assert said([*without(filled(SEATS), fill_seat("f00002")), held]).validity is Validity.VALID


def test_what_no_seat_of_a_process_heard_each_of_them_missed() -> None:
    verdict = said(without(filled(SEATS), FIRST))

    assert verdict.evidence == [
        "f00001 never received 1 of 6 messages: 100",
        "f00002 never received 1 of 6 messages: 100",
    ]


def test_what_was_said_while_a_seat_was_cut_off_is_not_owed_to_it() -> None:
    """The three greetings, at 20: she missed them, and has all that came later."""
    seat = replace(CUT_OFF, missing=["100", "101", "102"])

    verdict = said([*without(filled(SEATS), fill_seat("f00002")), seat])

    assert verdict.text == "2 seats, cut off 1 times and back, 9 deliveries, none lost"


@pytest.mark.parametrize(
    "wrong",
    [
        replace(FIRST, author="ben"),
        replace(FIRST, digest="another"),
        replace(FIRST, altered=1),
        replace(FIRST, message_id="999"),
    ],
    ids=["author", "body", "only at some", "never sent"],
)
def test_a_message_that_is_not_what_was_sent_is_found(wrong: FillReceipts) -> None:
    verdict = said([*filled(SEATS), wrong] if wrong.message_id == "999" else _instead(wrong))

    expected = Validity.VALID if wrong.message_id == "999" else Validity.INVALID
    assert verdict.validity is expected


def _instead(wrong: FillReceipts) -> list[Op]:
    return [*without(filled(SEATS), FIRST), wrong]


def test_a_seat_of_which_nobody_told_is_unknown() -> None:
    verdict = said(without(filled(SEATS), fill_seat("f00002")))

    assert (verdict.validity, verdict.text) == (
        Validity.UNKNOWN,
        "nobody knows of 1 seats: f00002",
    )


def test_seats_to_whom_nothing_was_owed_prove_nothing() -> None:
    late = [fill_seat(seat, 50, 70) for seat in SEATS]

    assert said(late).validity is Validity.UNKNOWN


def test_a_process_that_woke_up_late_may_have_lost_it_itself() -> None:
    sleepy = [
        replace(one, lag_ms=6000.0) if isinstance(one, Health) else one
        for one in without(filled(SEATS), FIRST)
    ]

    assert said(sleepy).validity is Validity.UNKNOWN


def test_the_ledger_knows_nothing_of_these_seats() -> None:
    findings = findings_of(history_with_fill(SEATS, filled(SEATS)))

    assert {row.user for row in findings.rows} == set(USERS)
    assert all(message.owed == frozenset(USERS) for message in findings.ledger.messages)
    assert sum(isinstance(op, Send) for op in findings.history.all_ops()) == 6
