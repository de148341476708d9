"""Shards make one history, and what is missing or foreign is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reports.archive import read_history
from reports.history import HOUSE, Outcome, StepName
from reports.shards import shard_path
from tests.reports.histories import USERS, header, healthy, step, write_run, write_shard

if TYPE_CHECKING:
    from pathlib import Path

HALVES = {"shard00": ["ada", "ben"], "shard01": ["cho"]}


def test_shards_of_a_run_make_one_history(tmp_path: Path) -> None:
    write_run(tmp_path, HALVES, healthy())

    history = read_history(tmp_path)

    assert history.run_id == "run-1"
    assert history.users() == list(USERS)
    assert (len(history.steps), len(history.sends), len(history.receipts)) == (15, 6, 18)
    assert (len(history.rows), len(history.probes)) == (6, 1)
    assert history.unproven_users() == frozenset()
    assert history.damage == []


def test_users_of_a_truncated_shard_are_unproven(tmp_path: Path) -> None:
    write_run(tmp_path, HALVES, healthy())
    path = shard_path(tmp_path, "shard01")
    path.write_bytes(path.read_bytes()[:-1])

    history = read_history(tmp_path)

    assert history.incomplete == {"shard01"}
    assert history.unproven_users() == {"cho"}


def test_a_shard_that_never_came_is_named_with_its_users(tmp_path: Path) -> None:
    house = msgspec.structs.replace(header(USERS, HOUSE), shards=[HOUSE, "shard00", "shard01"])
    write_shard(tmp_path, house, [])
    write_shard(tmp_path, header(["ada", "ben"]), [])

    history = read_history(tmp_path)

    assert history.damage == ["history-shard01.jsonl: the shard never came"]
    assert history.unproven_users() == {"cho"}


def test_a_damaged_house_leaves_the_users_of_whole_shards_proven(tmp_path: Path) -> None:
    write_run(tmp_path, HALVES, healthy())
    path = shard_path(tmp_path, HOUSE)
    path.write_bytes(path.read_bytes()[:-1])

    history = read_history(tmp_path)

    assert history.damage
    assert history.unproven_users() == frozenset()


def test_a_shard_of_another_run_is_named_and_left_out(tmp_path: Path) -> None:
    write_run(tmp_path, HALVES, healthy())
    foreign = header(["eve"], "shard02", run_id="run-0")
    write_shard(tmp_path, foreign, [step("eve", StepName.SIGN_IN, 0, 1, outcome=Outcome.FAIL)])

    history = read_history(tmp_path)

    assert history.users() == list(USERS)
    assert history.damage == ["history-shard02.jsonl:1: belongs to run 'run-0', not to 'run-1'"]


def test_an_empty_folder_is_a_history_with_damage(tmp_path: Path) -> None:
    history = read_history(tmp_path)

    assert history.run_id == ""
    assert history.users() == []
    assert "expected shards history-*.jsonl, found none" in history.damage[0]
