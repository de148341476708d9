"""Where a run's CPU goes: looks at processes, cut at the bounds that its history tells."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.archive import read_history
from reports.history import StepName
from tools.bench.kinds import Kind, Look
from tools.bench.profile import Part, bounds_of, cpu_at, cpu_between, profile_of
from tools.synthetic import write_run

if TYPE_CHECKING:
    from pathlib import Path

    from reports.archive import History

NS = 1_000_000_000


def looks(*seen: tuple[float, float]) -> list[Look]:
    """Looks at these seconds at workers that have taken so many CPU-seconds."""
    return [Look(at_ns=round(at_s * NS), cpu_s={Kind.WORKER: cpu_s}) for at_s, cpu_s in seen]


@pytest.mark.parametrize(
    ("at_s", "cpu_s"), [(0, 1), (1, 1), (1.5, 2), (2, 3), (3.5, 3.75), (4, 4), (9, 4)]
)
def test_between_two_looks_cpu_is_spent_evenly(at_s: float, cpu_s: float) -> None:
    seen = looks((1, 1), (2, 3), (4, 4))

    assert cpu_at(seen, round(at_s * NS)) == {Kind.WORKER: pytest.approx(cpu_s)}


def test_whoever_came_later_had_taken_nothing_before() -> None:
    first, last = looks((0, 0), (2, 1))
    both = [first, replace(last, cpu_s={**last.cpu_s, Kind.BROWSER: 4.0})]

    assert cpu_at(both, NS) == {Kind.WORKER: 0.5, Kind.BROWSER: 2.0}
    assert cpu_between(both, 0, NS) == {Kind.WORKER: 0.5, Kind.BROWSER: 2.0}


@given(
    steps=st.lists(st.tuples(st.floats(0.01, 9), st.floats(0, 9)), min_size=2, max_size=9),
    cuts=st.lists(st.floats(0, 1), max_size=5),
)
def test_parts_add_up_to_the_whole(steps: list[tuple[float, float]], cuts: list[float]) -> None:
    at_s, cpu_s, seen = 0.0, 0.0, []
    for wait_s, more_s in steps:
        at_s, cpu_s = at_s + wait_s, cpu_s + more_s
        seen.append((at_s, cpu_s))
    bounds = sorted(round(share * at_s * NS) for share in (0.0, *cuts, 1.0))
    every = looks(*seen)

    parts = [cpu_between(every, *bound)[Kind.WORKER] for bound in pairwise(bounds)]

    assert all(part >= 0 for part in parts)
    assert sum(parts) == pytest.approx(cpu_s - seen[0][1], abs=1e-6)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four users who greet and speak once."""
    folder = tmp_path_factory.mktemp("run")
    write_run(folder, users=4, sends_per_user=2)
    return folder


@pytest.fixture(scope="module")
def history(run: Path) -> History:
    """What it left."""
    return read_history(run)


def ends(history: History, step: StepName) -> list[int]:
    """When everybody was done with this step."""
    return [one.ended_at_ns for one in history.steps if one.step is step]


def test_the_parts_of_a_run_are_bounded_by_its_steps(history: History) -> None:
    bounds = bounds_of(history, 0, 2**60)

    assert bounds is not None
    assert bounds == sorted(bounds)
    assert (bounds[0], bounds[-1]) == (0, 2**60)
    assert bounds[2:5] == [
        max(ends(history, step)) for step in (StepName.SEAT, StepName.GREET, StepName.CHAT)
    ]
    assert bounds[6] == max(ends(history, StepName.LEAVE))


def test_a_run_that_nobody_left_has_no_parts(history: History) -> None:
    stayed = [one for one in history.steps if one.step is not StepName.LEAVE]

    assert bounds_of(replace(history, steps=stayed), 0, 2**60) is None
    assert bounds_of(replace(history, probes=[]), 0, 2**60) is None


def test_a_run_without_chat_greets_and_receives(history: History) -> None:
    mute = [one for one in history.steps if one.step is not StepName.CHAT]

    bounds = bounds_of(replace(history, steps=mute), 0, 2**60)

    assert bounds is not None
    assert bounds[3] == bounds[4]


def test_a_profile_has_every_part_and_all_of_the_time(run: Path, history: History) -> None:
    since = min(one.started_at_ns for one in history.steps) - NS
    until = max(one.at_ns for one in history.probes) + NS
    seen = [Look(at_ns=since, cpu_s={}), Look(at_ns=until, cpu_s={Kind.RENDERER: 8.0})]

    profile = profile_of(run, since, until, seen)

    assert [one.part for one in profile] == list(Part)
    assert sum(one.wall_s for one in profile) == pytest.approx((until - since) / NS)
    assert sum(one.cpu_s[Kind.RENDERER] for one in profile) == pytest.approx(8)
