"""What is owed to whom, and what became of it: one literal history for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from reports.history import MESSAGES_PROBE, Outcome, Probe, Row, StepName, Via
from reports.ledger import GRACE_NS, Arrival, Fate, build_ledger
from tests.reports.histories import (
    accepted,
    healthy,
    heard,
    history_of,
    ignored,
    ns,
    refused,
    row,
    seated,
    step,
    stored,
    table_read,
    unanswered,
    unread,
    without,
)

if TYPE_CHECKING:
    from reports.archive import History
    from reports.history import Op, Send
    from reports.ledger import Message


GRACE_S = GRACE_NS / 1_000_000_000


def only_message(history: History) -> Message:
    (message,) = build_ledger(history).messages
    return message


def test_everything_of_a_healthy_run_is_stored_and_received() -> None:
    ledger = build_ledger(history_of(healthy()))

    assert [message.fate for message in ledger.messages] == [Fate.STORED] * 6
    assert {message.owed for message in ledger.messages} == {frozenset({"ada", "ben", "cho"})}
    assert not any(message.missing() for message in ledger.messages)
    assert not ledger.phantoms


def test_a_delivery_that_never_came_is_missing_at_its_recipient() -> None:
    ops = without(healthy(), heard("cho", "ada", 0, "100"))

    messages = build_ledger(history_of(ops)).messages

    assert [set(message.missing()) for message in messages] == [
        {"cho"},
        set(),
        set(),
        set(),
        set(),
        set(),
    ]


def test_the_author_must_see_her_own_message() -> None:
    ops = without(healthy(), heard("ada", "ada", 0, "100"))

    assert build_ledger(history_of(ops)).messages[0].missing() == {"ada"}


ONE_READ = table_read([])
# Rows name the person, whichever of her pages it was.
FROM_HER_PHONE = msgspec.structs.replace(unanswered("ada", 0), user="ada (2)")


@pytest.mark.parametrize(
    ("send", "witnesses", "fate"),
    [
        (ignored("ada", 0), ONE_READ, Fate.NO_REQUEST),
        (refused("ada", 0, 403, "not_registered"), ONE_READ, Fate.REFUSED),
        (refused("ada", 0, 429, "over_request_rate"), ONE_READ, Fate.THROTTLED),
        (refused("ada", 0, 500, ""), table_read([row("ada", 0, "100")]), Fate.REFUSED),
        (unanswered("ada", 0), ONE_READ, Fate.NO_ANSWER),
        (unanswered("ada", 0), table_read([row("ada", 1, "100")]), Fate.NO_ANSWER),
        (unanswered("ada", 0), table_read([row("ben", 0, "100")]), Fate.NO_ANSWER),
        (unanswered("ada", 0), table_read([row("ada", 0, "100")]), Fate.STORED),
        (FROM_HER_PHONE, table_read([row("ada", 0, "100")]), Fate.STORED),
        (unanswered("ada", 0), [*ONE_READ, heard("ben", "ada", 0, "100")], Fate.NOT_STORED),
        (accepted("ada", 0, "100"), ONE_READ, Fate.NOT_STORED),
        (accepted("ada", 0, "100"), [], Fate.ACCEPTED),
        (accepted("ada", 0, "100"), table_read([row("ada", 0, "100")]), Fate.STORED),
    ],
)
def test_the_fate_of_a_send_follows_from_its_witnesses(
    send: Send, witnesses: list[Op], fate: Fate
) -> None:
    assert only_message(history_of([*seated("ben"), send, *witnesses])).fate is fate


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.UNKNOWN])
def test_a_failed_final_read_says_nothing_about_what_was_stored(outcome: Outcome) -> None:
    failed = Probe(name=MESSAGES_PROBE, outcome=outcome, at_ns=ns(70))

    message = only_message(history_of([accepted("ada", 0, "100"), *ONE_READ, failed]))

    assert message.fate is Fate.ACCEPTED


def test_a_read_before_the_acceptance_says_nothing_about_what_was_stored() -> None:
    early = Probe(name=MESSAGES_PROBE, outcome=Outcome.OK, at_ns=ns(15))

    assert only_message(history_of([accepted("ada", 0, "100"), early])).fate is Fate.ACCEPTED


def test_an_older_message_of_the_same_words_does_not_prove_an_unanswered_send() -> None:
    ops = [heard("ben", "ada", 0, "7", after_s=-15, via=Via.POLL), unanswered("ada", 0)]

    assert only_message(history_of([*seated("ben"), *ops, *ONE_READ])).fate is Fate.NO_ANSWER


def test_two_unanswered_sends_of_the_same_words_need_two_rows() -> None:
    sends = [unanswered("ada", 0), unanswered("ada", 0)]

    messages = build_ledger(history_of([*sends, *table_read([row("ada", 0, "100")])])).messages

    assert [message.fate for message in messages] == [Fate.STORED, Fate.NO_ANSWER]


@pytest.mark.parametrize(
    ("ready_s", "leaves_s", "is_owed"),
    [
        (10, None, True),
        (19.9, None, True),
        (20.1, None, False),
        (10, 20.05 + GRACE_S, True),
        (10, 20.02, False),
        (10, 20.04 + GRACE_S, False),
    ],
)
def test_a_delivery_is_owed_to_whom_is_seated_from_the_click_until_the_grace(
    ready_s: float, leaves_s: float | None, is_owed: bool
) -> None:
    ops: list[Op] = [step("ben", StepName.SEAT, 4, ready_s), accepted("ada", 0, "100")]
    if leaves_s is not None:
        ops.append(step("ben", StepName.LEAVE, leaves_s, leaves_s + 1))

    message = only_message(history_of(ops))

    assert (message.owed == {"ben"}) is is_owed
    assert message.left_early == (frozenset() if is_owed or ready_s > 20 else {"ben"})


def test_nothing_is_owed_to_a_user_who_never_got_a_seat() -> None:
    ops: list[Op] = [
        step("ben", StepName.SEAT, 4, 10, outcome=Outcome.FAIL),
        accepted("ada", 0, "100"),
    ]

    assert only_message(history_of(ops)).owed == frozenset()


def test_a_refused_message_is_owed_to_nobody() -> None:
    assert (
        only_message(history_of([*seated("ben"), refused("ada", 0, 403, "")])).owed == frozenset()
    )


def test_the_first_of_several_arrivals_counts_and_frames_are_counted() -> None:
    late = heard("ben", "ada", 0, "100", after_s=2)
    first = heard("ben", "ada", 0, "100", after_s=1, via=Via.POLL)

    message = only_message(
        history_of([*seated("ben"), accepted("ada", 0, "100"), late, first, late])
    )

    assert message.arrivals["ben"] == Arrival(ns(21), Via.POLL, 2)


def test_a_message_nobody_sent_is_a_phantom() -> None:
    ops = [*healthy(), heard("ben", "ada", 1, "999"), heard("cho", "ada", 1, "999")]

    assert build_ledger(history_of(ops)).phantoms == {"999": {"ben", "cho"}}


def test_earlier_chat_and_other_peoples_words_are_no_phantoms() -> None:
    earlier = heard("ben", "ada", 0, "7", after_s=-15, via=Via.POLL)
    bystander = heard("ben", "a real customer", 0, "998")

    assert build_ledger(history_of([*healthy(), earlier, bystander])).phantoms == {}


def test_a_row_seen_in_a_failed_run_still_proves_its_message() -> None:
    ops = [*unread(healthy()), *[op for op in healthy() if isinstance(op, Row)]]

    assert {message.fate for message in build_ledger(history_of(ops)).messages} == {Fate.STORED}


def test_a_missing_row_is_a_message_accepted_but_not_stored() -> None:
    rows = [op for op in healthy() if isinstance(op, Row)]

    messages = build_ledger(history_of(stored(healthy(), *rows[1:]))).messages

    assert [message.fate for message in messages][:2] == [Fate.NOT_STORED, Fate.STORED]
