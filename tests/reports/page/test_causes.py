"""What went wrong, grouped: the same kind, step, status and code are one cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reports.history import Exchange, Outcome, Promise, StepName
from reports.page.causes import Cause, Kind, look_of
from tests.reports.histories import (
    USERS,
    accepted,
    beat,
    healthy,
    heard,
    message_id,
    refused,
    step,
    without,
)
from tests.reports.page.pages import page_from

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.history import Op


def causes_from(ops: Iterable[Op], kind: Kind) -> list[Cause]:
    return [one for one in page_from(ops).causes if one.kind is kind]


def failed(user: str, detail: str, name: StepName = StepName.RECEIVE) -> Op:
    return step(user, name, 40, 50, outcome=Outcome.FAIL, detail=detail)


def test_nothing_went_wrong_in_a_healthy_run() -> None:
    assert page_from(healthy()).causes == []


def test_steps_that_failed_for_the_same_reason_are_one_cause_whatever_its_figures() -> None:
    details = {"ada": "received 15 of 16; missing: 6", "ben": "received 1 of 16; missing: 1, 15, 6"}

    (cause,) = causes_from(
        [*healthy(), *(failed(user, detail) for user, detail in details.items())], Kind.STEP
    )

    assert (cause.what, cause.n, cause.users, cause.first) == ("receive", 2, 2, ["ada", "ben"])
    assert cause.text == details["ada"]
    assert cause.look == "receive"


def test_steps_that_failed_for_different_reasons_are_different_causes() -> None:
    details = {"ada": "no button", "ben": "no list", "cho": "no list"}
    ops = [*healthy(), *(failed(user, detail) for user, detail in details.items())]

    assert [(one.text, one.users) for one in causes_from(ops, Kind.STEP)] == [
        ("no list", 2),
        ("no button", 1),
    ]


def test_refused_messages_are_told_apart_by_status_and_code() -> None:
    ids = {user: message_id(USERS, user, 1) for user in USERS}
    silent = [
        op
        for user, id_ in ids.items()
        for op in (accepted(user, 1, id_), *(heard(other, user, 1, id_) for other in USERS))
    ]
    refusals = [
        refused("ada", 1, 409, "23505"),
        refused("ben", 1, 409, "23505"),
        refused("cho", 1, 403, "42501"),
    ]

    causes = causes_from([*without(healthy(), *silent), *refusals], Kind.UNSENT)

    assert [(one.status, one.code, one.first) for one in causes] == [
        ("409", "23505", ["ada", "ben"]),
        ("403", "42501", ["cho"]),
    ]
    assert {one.look for one in causes} == {"refused"}


def test_lost_deliveries_are_the_losses_of_the_summary() -> None:
    lost = [heard(user, "ada", 0, message_id(USERS, "ada", 0)) for user in ("ben", "cho")]

    (cause,) = causes_from(without(healthy(), *lost), Kind.UNDELIVERED)

    assert (cause.what, cause.n, cause.users) == ("stored but not delivered", 2, 2)


def test_gaps_in_the_evidence_stand_first_since_nothing_else_is_proven() -> None:
    page = page_from([*(op for op in healthy() if not isinstance(op, Exchange))][:3])

    assert page.causes[0].kind is Kind.GAP
    assert [one.text for one in page.causes if one.kind is Kind.GAP] == page.summary.evidence.gaps


def test_failed_requests_and_broken_promises_are_causes() -> None:
    broken = Promise(name="e2e/x.py::test_y", outcome=Outcome.FAIL, detail="why")
    page = page_from([*healthy(), beat("ada", "/api/x", 30, status=503), broken])

    (request,) = [one for one in page.causes if one.kind is Kind.REQUEST]
    (promise,) = [one for one in page.causes if one.kind is Kind.PROMISE]
    assert (request.what, request.status) == ("POST /api/x", "503")
    assert (request.n, request.look) == (1, "5xx")
    assert (promise.what, promise.text) == ("e2e/x.py::test_y", "why")


def test_what_befell_most_users_stands_first() -> None:
    ops = [*healthy(), failed("ada", "alone"), *(failed(user, "all") for user in USERS)]

    assert [one.text for one in causes_from(ops, Kind.STEP)] == ["all", "alone"]


@pytest.mark.parametrize(
    ("status", "look"),
    [(None, "unanswered"), (400, "400"), (409, "409"), (418, "4xx"), (500, "5xx"), (503, "5xx")],
)
def test_every_status_has_something_to_look_at(status: int | None, look: str) -> None:
    assert look_of(status) == look
