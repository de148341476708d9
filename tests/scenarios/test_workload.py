"""The workload: a plan that a seed decides, in the pace of the whole house."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.admission import Admission
from scenarios.arrivals import Arrivals
from scenarios.workload import Workload

workloads = st.builds(
    Workload,
    seed=st.integers(0, 2**32),
    users=st.integers(1, 60),
    messages_per_user=st.integers(0, 3),
    arrivals=st.builds(Arrivals, per_s=st.floats(0.5, 500)),
    sends_per_s=st.floats(0.5, 500),
)
HOUSE = Workload(seed=7, users=40, messages_per_user=2, arrivals=Arrivals(per_s=20), sends_per_s=5)


def arrivals_s(workload: Workload) -> list[float]:
    """When each user arrives, by index."""
    return [workload.arrives_at_s(user) for user in range(workload.users)]


def sends_s(workload: Workload, number: int) -> list[float]:
    """When each user makes this send, by index."""
    return [workload.sends_at_s(user, number) for user in range(workload.users)]


def test_the_same_seed_gives_the_same_plan_in_another_process() -> None:
    # String hashes differ between processes; nothing of the plan may depend on them.
    script = (
        "from scenarios.admission import Admission\n"
        "from scenarios.arrivals import Arrivals\n"
        "from scenarios.workload import Workload\n"
        f"plan = {HOUSE!r}\n"
        "print([plan.arrives_at_s(user) for user in range(40)])\n"
        "print([plan.sends_at_s(user, 2) for user in range(40)])\n"
        "print(ascii(plan.body('r', 'u0008', 7, 1)))\n"
    )

    elsewhere = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert elsewhere.stdout.splitlines() == [
        str(arrivals_s(HOUSE)),
        str(sends_s(HOUSE, 2)),
        ascii(HOUSE.body("r", "u0008", 7, 1)),
    ]


def test_another_seed_gives_another_plan() -> None:
    other = replace(HOUSE, seed=8)

    assert arrivals_s(other) != arrivals_s(HOUSE)
    assert sends_s(other, 0) != sends_s(HOUSE, 0)


def test_no_round_has_the_order_of_another() -> None:
    first_at_s = [number * HOUSE.users / HOUSE.sends_per_s for number in range(3)]
    rounds = [
        tuple(round(at_s - first_at_s[number], 6) for at_s in sends_s(HOUSE, number))
        for number in range(3)
    ]

    assert len({*rounds, tuple(range(HOUSE.users))}) == 4


@given(workload=workloads)
def test_everybody_arrives_once_at_the_pace_of_the_house(workload: Workload) -> None:
    due_s = [place / workload.arrivals.per_s for place in range(workload.users)]

    assert sorted(arrivals_s(workload)) == pytest.approx(due_s)


@given(workload=workloads)
def test_everybody_speaks_once_a_round_and_rounds_follow_without_a_gap(workload: Workload) -> None:
    sends = workload.sends_per_user * workload.users
    due_s = [place / workload.sends_per_s for place in range(sends)]

    planned_s = [sorted(sends_s(workload, number)) for number in range(workload.sends_per_user)]

    assert [at_s for turn in planned_s for at_s in turn] == pytest.approx(due_s)


def test_nobody_comes_before_auth_lets_her_in() -> None:
    paced = replace(HOUSE, admission=Admission(at_once=30, per_s=0.5))

    arrived_s = sorted(arrivals_s(paced))

    assert arrived_s[:30] == sorted(arrivals_s(HOUSE))[:30]
    assert arrived_s[30:] == pytest.approx([2.0 * number for number in range(1, 11)])
    assert (HOUSE.arrived_after_s, paced.arrived_after_s) == pytest.approx((39 / 20, 20))


def test_who_has_a_session_takes_nobodys_place_with_auth() -> None:
    known = frozenset(range(0, 40, 2))
    paced = replace(HOUSE, admission=Admission(at_once=5, per_s=0.5), signed_in=known)

    free = {user: HOUSE.arrives_at_s(user) for user in known}

    assert {user: paced.arrives_at_s(user) for user in known} == free
    asking_s = sorted(paced.arrives_at_s(user) for user in range(1, 40, 2))
    assert asking_s[5:] == pytest.approx([2.0 * number for number in range(1, 16)])


def test_without_a_pace_everybody_acts_at_once() -> None:
    stampede = replace(HOUSE, arrivals=Arrivals(), sends_per_s=0)

    assert {*arrivals_s(stampede), *sends_s(stampede, 0), *sends_s(stampede, 2)} == {0.0}


@given(workload=workloads)
def test_no_two_bodies_of_a_run_are_alike_and_all_can_be_sent(workload: Workload) -> None:
    bodies = [
        workload.body("run-1", f"u{user + 1:04d}", user, number)
        for user in range(workload.users)
        for number in range(1, workload.sends_per_user)
    ]

    assert len(set(bodies)) == len(bodies)
    assert all("run-1" in body and 1 <= len(body) <= 2000 and "\n" not in body for body in bodies)
