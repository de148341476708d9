"""The Definition of Done and the price of the hot paths, on literal histories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.budget import budget_of
from reports.dod import ADVICE, done_of
from reports.endpoints import endpoints_of
from reports.findings import findings_of
from reports.gates import gates_of, judge_gate
from reports.markdown import markdown
from reports.summary import Word, summarise
from reports.verdicts import Validity, invalid, unknown, valid
from tests.reports.histories import entries, healthy, history_of, rolled_back, served

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.dod import Done
    from reports.gates import GateResult
    from reports.history import Op
    from reports.verdicts import Verdict

GATES = {
    "registrations.status_400.count": "== 0",
    "database.rollbacks_per_entry.value": "<= 0.1",
    "registrations.status_409.count": "== 0",
    "auth.user.requests_per_user.max": "<= 1",
    "deliveries.lost.count": "== 0",
    "queries.ping.max": "<= 1",
}
LOOK, INSERT = "/rest/v1/registrations?select=id", "/rest/v1/registrations"
INCIDENT: list[Op] = [
    call
    for user in ("ada", "ben")
    for number in ("1", "6")
    for call in (served(user, LOOK, 400, number), served(user, INSERT, 409, number, after_s=0.6))
]
HEALTHY = [*healthy(), *entries(), *rolled_back(6)]


def gates_on(ops: Sequence[Op]) -> list[GateResult]:
    findings = findings_of(history_of(ops))
    return [judge_gate(gate, findings) for gate in gates_of(GATES)]


def done(ops: Sequence[Op], checks: Sequence[Verdict] = ()) -> dict[str, Done]:
    endpoints = endpoints_of(history_of(ops))
    return {one.dod: one for one in done_of(checks, gates_on(ops), endpoints)}


def test_a_healthy_run_keeps_every_promise() -> None:
    kept = done([*HEALTHY, served("ada", INSERT, 201, "1")], [valid("no loss", "")])

    assert list(kept) == ["DoD-1", "DoD-2", "DoD-3", "DoD-4"]
    assert {one.validity for one in kept.values()} == {Validity.VALID}
    assert {one.advice for one in kept.values()} == {""}


def test_the_incident_breaks_the_first_two_with_their_chain_and_the_advice() -> None:
    broken = done([*HEALTHY, *INCIDENT])

    assert broken["DoD-1"].failed == ["registrations.status_400.count == 0"]
    assert broken["DoD-2"].failed == ["registrations.status_409.count == 0"]
    [chain] = broken["DoD-1"].evidence
    # The look-up failed at 1.5 s for the first time; what is called again is in the same chain.
    assert chain == (
        "POST registrations 400 -> POST registrations 409 -> POST registrations 400 -> "
        "POST registrations 409, 2 times, 2 users, from 1.5 s on"
    )
    assert broken["DoD-2"].evidence == [chain]
    assert broken["DoD-1"].advice == broken["DoD-2"].advice == ADVICE
    assert broken["DoD-4"].validity is Validity.VALID


def test_the_database_alone_breaks_the_first_where_no_log_can_be_read() -> None:
    broken = done([*healthy(), *entries(), *rolled_back(9)])

    assert broken["DoD-1"].failed == ["database.rollbacks_per_entry.value <= 0.1"]
    assert broken["DoD-1"].evidence == []


def test_the_last_promise_is_the_sum_of_all_checks() -> None:
    checks = [valid("no loss", ""), invalid("order", "", []), unknown("presence", "")]

    assert done(HEALTHY, checks)["DoD-4"].failed == ["order"]
    assert done(HEALTHY, checks[::2])["DoD-4"].validity is Validity.UNKNOWN


def test_of_promises_without_gates_or_checks_nothing_is_said() -> None:
    assert done_of([], [], endpoints_of(history_of([]))) == []


def test_a_broken_promise_is_the_reason_and_stands_in_the_markdown() -> None:
    ops = [*HEALTHY, *INCIDENT]
    summary = summarise(findings_of(history_of(ops)), {}, gates_on(ops))
    page = markdown(summary, [], gates_on(ops))

    assert summary.verdict is Word.NO_GO
    assert summary.reasons[0].startswith("DoD-1 failed: registrations.status_400.count == 0: ")
    assert "- DoD-2 failed: 409 on registrations does not explode" in page
    assert page.count(f"- {ADVICE}") == 1


def test_the_hot_paths_price_makes_so_many_queries_of_a_full_house() -> None:
    calls = [
        *(served("ada", INSERT, 201, "1") for _ in range(3)),
        served("ben", INSERT, 201, "2"),
        served("ada", "/rest/v1/webinar_live_presence", 201, "3", "ping"),
    ]
    budget = budget_of(findings_of(history_of(calls)))

    assert (budget.track_per_call, budget.ping_per_call) == (2, 1)
    # 1,000 viewers: 200 tracks of 2 and 500 pings of 1 a minute.
    assert budget.queries_per_minute == {"1000": 900, "10000": 9000}


def test_without_any_witness_there_is_no_price() -> None:
    budget = budget_of(findings_of(history_of(healthy())))

    assert (budget.track_per_call, budget.ping_per_call) == (None, None)
    assert budget.queries_per_minute == {}
