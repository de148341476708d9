"""The schedule: figures begin when an act was due, not when a busy generator got round to it."""

from __future__ import annotations

from reports.findings import findings_of
from reports.history import Due, StepName
from reports.schedule import delays_ms, deliveries_ms, schedule_of, sign_ins_s
from tests.reports.histories import USERS, healthy, history_of, ns

# Everybody signs in from 0 s on; ada's greeting, message 100, is clicked at 20.0 s.
SIGN_IN_DUE_S = -1.5
GREETING_DUE_S = 13.0


def due(user: str, step: StepName, number: int, at_s: float) -> Due:
    return Due(user=user, step=step, number=number, due_at_ns=ns(at_s))


def test_an_act_that_had_no_time_is_no_sample() -> None:
    schedule = schedule_of(findings_of(history_of(healthy())))

    assert {schedule.delay_ms.n, schedule.delivery_ms.n, schedule.sign_in_seconds.n} == {0}


def test_a_late_sign_in_is_measured_from_its_time() -> None:
    dues = [due("ada", StepName.SIGN_IN, 0, SIGN_IN_DUE_S)]
    findings = findings_of(history_of([*healthy(), *dues]))

    assert list(delays_ms(findings)) == [1500.0]
    assert list(sign_ins_s(findings)) == [5.5]


def test_a_send_that_had_to_wait_is_late_for_each_of_its_recipients() -> None:
    history = history_of([*healthy(), due("ada", StepName.GREET, 0, GREETING_DUE_S)])
    sent = next(one for one in history.sends if (one.user, one.number) == ("ada", 0))
    arrived_ns = [one.at_ns for one in history.receipts if one.message_id == sent.message_id]

    findings = findings_of(history)

    assert len(arrived_ns) == len(USERS)
    assert list(delays_ms(findings)) == [(sent.clicked_at_ns - ns(GREETING_DUE_S)) / 1e6]
    assert sorted(deliveries_ms(findings)) == sorted(
        (at_ns - ns(GREETING_DUE_S)) / 1e6 for at_ns in arrived_ns
    )
