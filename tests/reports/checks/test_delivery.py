"""Each delivery checker on literal histories: valid, invalid, unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.archive import assemble
from reports.checks.delivery import (
    check_exactly_once,
    check_no_alteration,
    check_no_leak,
    check_no_loss,
    check_no_phantom,
    check_order,
    check_witnesses,
)
from reports.findings import findings_of as make_findings
from reports.history import Receipt, Row, Send, Via
from reports.verdicts import Validity
from tests.reports.checks.asking import findings_of
from tests.reports.histories import (
    USERS,
    accepted,
    header,
    healthy,
    heard,
    ignored,
    message_id,
    refused,
    row,
    seated,
    stored,
    unread,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from reports.findings import Findings
    from reports.history import Op
    from reports.verdicts import Verdict

FIRST = message_id(USERS, "ada", 0)
SECOND = message_id(USERS, "ada", 1)
TO_BEN = heard("ben", "ada", 0, FIRST)
SEATED = [op for user in USERS for op in seated(user)]


def changed(ops: list[Op], old: Op, **members: object) -> list[Op]:
    """`ops` with one of them changed."""
    return [*without(ops, old), msgspec.structs.replace(old, **members)]


def rows_of(ops: list[Op]) -> list[Row]:
    return [op for op in ops if isinstance(op, Row)]


HEALTHY = healthy()
# Two messages of one author, in the wrong order at one recipient.
SWAPPED = changed(
    changed(HEALTHY, TO_BEN, at_ns=heard("ben", "ada", 1, SECOND).at_ns),
    heard("ben", "ada", 1, SECOND),
    at_ns=heard("ben", "ada", 1, SECOND, after_s=0.05).at_ns,
)
TWICE = [*HEALTHY, heard("ben", "ada", 0, FIRST, after_s=0.2)]
POLLED_TOO = [*HEALTHY, heard("ben", "ada", 0, FIRST, after_s=0.2, via=Via.POLL)]
FROM_HER_PHONE = changed(HEALTHY, accepted("ada", 0, FIRST), user="ada (2)")
PHANTOM = [*HEALTHY, heard("ben", "ada", 1, "999")]
LEAK = [*HEALTHY, msgspec.structs.replace(heard("ben", "", 1, "999"), webinar="7")]
REFUSED_BUT_HEARD = [
    *without(HEALTHY, accepted("ada", 0, FIRST)),
    msgspec.structs.replace(refused("ada", 0, 500, "oops"), message_id=FIRST),
]
NOBODY_HEARD = [op for op in HEALTHY if not (isinstance(op, Receipt) and op.message_id == FIRST)]

# Two messages of one author, one after the other, and nobody received either.
UNHEARD = [*SEATED, accepted("ada", 0, FIRST), accepted("ada", 1, SECOND)]

VALID, INVALID, UNKNOWN = Validity.VALID, Validity.INVALID, Validity.UNKNOWN


@pytest.mark.parametrize(
    ("check", "ops", "validity", "evidence"),
    [
        (check_no_loss, HEALTHY, VALID, ""),
        (
            check_no_loss,
            without(HEALTHY, TO_BEN),
            INVALID,
            "message 100 (ada #0) never reached ben",
        ),
        (check_no_loss, SEATED, UNKNOWN, ""),
        (check_no_loss, [*SEATED, ignored("ada", 0)], UNKNOWN, ""),
        (check_exactly_once, HEALTHY, VALID, ""),
        (check_exactly_once, POLLED_TOO, VALID, ""),
        (check_exactly_once, TWICE, INVALID, "message 100 (ada #0) came to ben in 2 frames"),
        (check_exactly_once, SEATED, UNKNOWN, ""),
        (check_order, HEALTHY, VALID, ""),
        (
            check_order,
            SWAPPED,
            INVALID,
            "message 103 (ada #1) came to ben before message 100 (ada #0)",
        ),
        (check_order, UNHEARD, UNKNOWN, ""),
        (check_no_phantom, HEALTHY, VALID, ""),
        (check_no_phantom, PHANTOM, INVALID, "message 999, which nobody sent, came to ben"),
        (check_no_phantom, SEATED, UNKNOWN, ""),
        (check_no_alteration, HEALTHY, VALID, ""),
        (
            check_no_alteration,
            changed(HEALTHY, TO_BEN, digest="other"),
            INVALID,
            "message 100 of ada came changed to ben",
        ),
        (
            check_no_alteration,
            changed(HEALTHY, TO_BEN, author="cho"),
            INVALID,
            "message 100 of ada came changed to ben",
        ),
        (
            check_no_alteration,
            changed(HEALTHY, row("ada", 0, FIRST), digest="other"),
            INVALID,
            "message 100 of ada was stored changed",
        ),
        (check_no_alteration, FROM_HER_PHONE, VALID, ""),
        (check_no_alteration, SEATED, UNKNOWN, ""),
        (check_no_leak, HEALTHY, VALID, ""),
        (check_no_leak, LEAK, INVALID, "message 999 of webinar 7 came to ben"),
        (check_no_leak, SEATED, UNKNOWN, ""),
        (check_witnesses, HEALTHY, VALID, ""),
        (
            check_witnesses,
            stored(HEALTHY, *(one for one in rows_of(HEALTHY) if one.message_id != FIRST)),
            INVALID,
            "message 100 (ada #0): accepted, and not in the database",
        ),
        (
            check_witnesses,
            REFUSED_BUT_HEARD,
            INVALID,
            "message 100 (ada #0): refused, and 3 users received it",
        ),
        (
            check_witnesses,
            NOBODY_HEARD,
            INVALID,
            "message 100 (ada #0): stored, and nobody received it",
        ),
        (check_witnesses, unread(HEALTHY), UNKNOWN, ""),
        (check_witnesses, SEATED, UNKNOWN, ""),
    ],
)
def test_what_a_checker_says(
    check: Callable[[Findings], Verdict | None], ops: list[Op], validity: Validity, evidence: str
) -> None:
    verdict = check(findings_of(ops))

    assert verdict is not None
    assert verdict.validity is validity, verdict.text
    assert verdict.evidence == ([evidence] if evidence else [])


@pytest.mark.parametrize(
    "ops",
    [
        healthy(messages=0),
        SEATED,
        # The second was requested before the first had been accepted: there was no order to keep.
        changed(SWAPPED, accepted("ada", 0, FIRST), accepted_at_ns=None),
    ],
    ids=["one message each", "none", "at the same time"],
)
def test_order_is_asked_of_consecutive_messages_only(ops: list[Op]) -> None:
    users = (
        ("ada",) if any(isinstance(op, Send) and op.accepted_at_ns is None for op in ops) else USERS
    )
    only = [op for op in ops if getattr(op, "user", None) in users or users is USERS]

    assert check_order(findings_of(only)) is None


def test_what_a_damaged_shard_does_not_say_is_no_loss() -> None:
    ops = without(HEALTHY, TO_BEN)
    shards = [[op for op in ops if getattr(op, "user", None) == user] for user in USERS]
    rest = [op for op in ops if not hasattr(op, "user")]
    headers = [header([user], f"shard{place:02d}") for place, user in enumerate(USERS)]
    history = assemble("run-1", headers, [*shards, rest], frozenset({"shard01"}), ["shard01: cut"])

    verdict = check_no_loss(make_findings(history))

    assert (verdict.validity, verdict.text) == (UNKNOWN, "1 of 18 deliveries are in the dark")


@settings(deadline=None)
@given(dropped=st.sets(st.integers(0, 17)))
def test_to_drop_a_receipt_never_improves_no_loss(dropped: set[int]) -> None:
    receipts = [op for op in HEALTHY if isinstance(op, Receipt)]
    left = without(HEALTHY, *(receipts[place] for place in dropped))

    verdict = check_no_loss(findings_of(left))

    assert verdict.validity is (INVALID if dropped else VALID)
    assert len(verdict.evidence) == len(dropped)


@settings(deadline=None)
@given(repeated=st.lists(st.integers(0, 17)))
def test_to_repeat_a_receipt_never_improves_exactly_once(repeated: list[int]) -> None:
    receipts = [op for op in HEALTHY if isinstance(op, Receipt)]

    verdict = check_exactly_once(findings_of([*HEALTHY, *(receipts[at] for at in repeated)]))

    assert verdict.validity is (INVALID if repeated else VALID)
    assert len(verdict.evidence) == len(set(repeated))
