"""Synthetic runs: healthy in every respect, and like real ones to whoever reads them."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from reports.archive import read_history
from reports.checks.heartbeat import check_heartbeat
from reports.database import PING
from reports.findings import findings_of
from reports.history import HOUSE, StepName, Via
from reports.judging import judge
from reports.shards import shard_path
from reports.summary import Word
from reports.verdicts import Validity
from tools.synthetic import write_run

if TYPE_CHECKING:
    from pathlib import Path


def test_a_synthetic_run_is_go_with_every_delivery_it_promises(tmp_path: Path) -> None:
    write_run(tmp_path, users=6, sends_per_user=3, workers=2)

    summary = judge(tmp_path)

    assert (summary.verdict, summary.reasons) == (Word.GO, [])
    assert (summary.deliveries.received.n, summary.deliveries.received.of) == (108, 108)
    assert (summary.messages.accepted.n, summary.messages.accepted.of) == (18, 18)
    assert summary.messages_per_user == 2
    assert summary.evidence.shards == 3
    assert {check.validity for check in summary.checks} == {Validity.VALID}
    assert {gate.validity for gate in summary.gates} == {Validity.VALID}


def test_every_check_is_asked_but_for_those_of_mishaps(tmp_path: Path) -> None:
    write_run(tmp_path, users=6, sends_per_user=3, workers=2)

    checked = {check.check for check in judge(tmp_path).checks}

    assert {"no loss", "order", "witnesses agree", "rendering", "presence", "sessions"} <= checked


def test_a_run_of_greetings_only_is_go_too(tmp_path: Path) -> None:
    write_run(tmp_path, users=4, sends_per_user=1)

    summary = judge(tmp_path)

    assert (summary.verdict, summary.deliveries.received.of) == (Word.GO, 16)
    assert StepName.CHAT not in summary.seconds.steps


def test_receipts_look_as_a_real_run_writes_them(tmp_path: Path) -> None:
    write_run(tmp_path, users=4, sends_per_user=2, workers=2)

    lines = shard_path(tmp_path, "shard01").read_text("utf-8").splitlines()
    first = next(line for line in lines if '"op":"receipt"' in line)

    # One of a rehearsal on the embedded EventLive has 127 characters; its ids were shorter.
    assert 125 <= len(first) <= 140
    assert first.startswith('{"op":"receipt","user":"u0002","message_id":"10001","via":"frame"')


def test_a_shard_has_the_users_that_the_plan_would_give_it(tmp_path: Path) -> None:
    write_run(tmp_path, users=5, sends_per_user=1, workers=2)

    history = read_history(tmp_path)

    users = {header.shard: header.users for header in history.headers}
    assert users["shard00"] == ["u0001", "u0003", "u0005"]
    assert users["shard01"] == ["u0002", "u0004"]
    assert users[HOUSE] == ["u0001", "u0002", "u0003", "u0004", "u0005"]
    assert all(header.shards == ["shard00", "shard01"] for header in history.headers)


def test_everybody_hears_every_message_once_by_frame_and_never_equally_late(
    tmp_path: Path,
) -> None:
    write_run(tmp_path, users=5, sends_per_user=2, workers=2)

    history = read_history(tmp_path)

    receipts = history.receipts
    assert set(Counter((one.user, one.message_id) for one in receipts).values()) == {1}
    assert {one.via for one in receipts} == {Via.FRAME}
    clicked = {one.message_id: one.clicked_at_ns for one in history.sends}
    latencies = {one.at_ns - clicked[one.message_id] for one in receipts}
    assert len(latencies) == len(receipts) == 50


def test_ids_grow_with_time_and_every_body_has_a_digest_of_its_own(tmp_path: Path) -> None:
    write_run(tmp_path, users=5, sends_per_user=2, workers=2)

    sends = sorted(read_history(tmp_path).sends, key=lambda one: one.clicked_at_ns)

    ids = [int(one.message_id or 0) for one in sends]
    assert ids == sorted(set(ids))
    assert len({one.digest for one in sends}) == len(sends) == 10


def test_pages_keep_their_seats_as_the_product_does(tmp_path: Path) -> None:
    write_run(tmp_path, users=20, sends_per_user=330, workers=1)  # of 330 s

    findings = findings_of(read_history(tmp_path))

    verdict = check_heartbeat(findings)
    assert verdict is not None
    assert verdict.validity is Validity.VALID
    pings = Counter(one.user for one in findings.history.exchanges if one.route == PING)
    tracks = Counter(one.user for one in findings.history.exchanges if "track" in one.route)
    assert set(pings.values()) <= {3, 4}
    assert set(tracks.values()) == {2}


def test_the_generator_was_watched_all_the_time(tmp_path: Path) -> None:
    write_run(tmp_path, users=4, sends_per_user=20, workers=2)

    health = [one for one in read_history(tmp_path).health if one.shard == "shard01"]

    gaps = {later.at_ns - sooner.at_ns for sooner, later in pairwise(health)}
    assert gaps == {1_000_000_000}
    assert len(health) >= 80 / 20


@pytest.mark.parametrize("workers", [1, 3])
def test_the_same_size_gives_the_same_bytes(tmp_path: Path, workers: int) -> None:
    for name in ("first", "second"):
        write_run(tmp_path / name, users=3, sends_per_user=2, workers=workers)

    written = [
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("first", "second")
    ]
    assert written[0] == written[1]
    assert len(written[0]) == workers + 1
