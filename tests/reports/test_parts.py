"""Parts of a run: houses that know nothing of each other make one run, and no gap between them is
silent.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, TypeVar

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports import judging
from reports.archive import read_history
from reports.checks.presence import convergence_s
from reports.findings import findings_of
from reports.history import (
    HOUSE,
    LOG_PROBE,
    Counters,
    Fault,
    Op,
    Outcome,
    Part,
    Probe,
    Promise,
    Receipt,
    Roster,
    Served,
    Step,
    Via,
)
from reports.judging import judge, languages_of
from reports.metrics import METRICS, Unread, Value, measure
from reports.parts import MergeError, merge
from reports.runs import is_over
from reports.shards import read_shard, shard_path
from reports.summary import FILES, Word
from tests.reports.histories import (
    TRACK,
    beat,
    healthy,
    heard,
    ns,
    rolled_back,
    served,
    unasked,
    unread,
    without,
    write_run,
    write_shard,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from reports.metrics import Reading
    from reports.summary import Summary

T = TypeVar("T", bound=Op)

# Three runners of seven users, as `--shard` deals them out.
HOUSES = (("u1", "u4", "u7"), ("u2", "u5"), ("u3", "u6"))
ROLLBACKS = "database.rollbacks_per_entry"
WHOLE = Part(number=1, of=len(HOUSES), users=7, seed=1)


@pytest.fixture(autouse=True, scope="module")
def _no_page() -> Iterator[None]:
    """A page takes its time, and has tests of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "read_bundle", lambda: None)
        yield


def part(number: int, **changes: int) -> Part:
    return msgspec.structs.replace(WHOLE, number=number, **changes)


def _by(op: T, by_ns: int) -> T:
    """The same op by a clock that is so far ahead."""
    moments = [name for name in op.__struct_fields__ if name.endswith("at_ns")]
    told = {name: getattr(op, name) for name in moments if getattr(op, name) is not None}
    return msgspec.structs.replace(op, **{name: at_ns + by_ns for name, at_ns in told.items()})


def write_part(folder: Path, number: int, ops: Iterable[Op], **changes: int) -> Path:
    """The part of this number, as its runner left it."""
    users = HOUSES[number - 1]
    shards = {"shard00": users[:1], "shard01": users[1:]}
    write_run(folder, shards, ops, part=part(number, **changes))
    return folder


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """All parts of a healthy run."""
    return [
        write_part(tmp_path / f"artefact-{number}", number, healthy(users))
        for number, users in enumerate(HOUSES, start=1)
    ]


def merged(folders: Sequence[Path], name: str = "whole") -> Summary:
    """What is judged of the run that these parts make."""
    run_dir = folders[0].parent / name
    merge(folders, run_dir)
    return judge(run_dir)


def test_the_figures_of_a_merged_run_are_those_of_all_its_houses(parts: list[Path]) -> None:
    summary = merged(parts)

    assert summary.verdict is Word.GO, summary.reasons
    assert (summary.run_id, summary.users.received.of) == ("whole", 7)
    # Nobody is owed a message of another house: 2 · (3 · 3 + 2 · 2 + 2 · 2).
    assert (summary.deliveries.received.n, summary.deliveries.received.of) == (34, 34)
    assert (summary.messages.stored, summary.messages.accepted.n) == (summary.messages.accepted, 14)
    assert [(one.part, one.users) for one in summary.parts] == [
        ("1/3", 3),
        ("2/3", 2),
        ("3/3", 2),
    ]
    assert sorted(summary.generator.workers)[:2] == ["part-01/shard00", "part-01/shard01"]


def test_what_every_part_says_of_the_whole_house_is_said_once(parts: list[Path]) -> None:
    for folder in parts:
        rewritten(folder, HOUSE, quota=["connections 400 of 200"], languages=["en"])

    summary = merged(parts)

    assert summary.quota == ["connections 400 of 200"]
    assert languages_of(read_history(parts[0].parent / "whole")) == ["en"]


def test_a_merged_run_is_judged_again_the_same_wherever_it_is(parts: list[Path]) -> None:
    merged(parts)
    run_dir, elsewhere = parts[0].parent / "whole", parts[0].parent / "elsewhere"
    written = {name: (run_dir / name).read_bytes() for name in FILES}
    shutil.copytree(run_dir, elsewhere)

    judge(elsewhere)

    assert {name: (elsewhere / name).read_bytes() for name in FILES} == written


def test_the_parts_are_kept_as_their_runners_left_them(parts: list[Path]) -> None:
    (parts[1] / "users").mkdir()
    (parts[1] / "users" / "u2.png").write_bytes(b"a picture")

    merged(parts)

    kept = parts[0].parent / "whole" / "part-02"
    assert (kept / "users" / "u2.png").read_bytes() == b"a picture"
    for shard in ("shard00", HOUSE):
        own = shard_path(parts[1], shard)
        assert shard_path(kept, shard).read_bytes() == own.read_bytes()


@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_merged_run_has_lost_what_its_parts_have_lost_whatever_their_clocks(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    folders, alone = [], []
    for number, users in enumerate(HOUSES, start=1):
        ops = healthy(users)
        receipts = [op for op in ops if isinstance(op, Receipt)]
        lost = data.draw(st.lists(st.sampled_from(receipts), unique_by=id, max_size=3))
        ahead_ns = data.draw(st.integers(-(10**11), 10**15))
        folders.append(folder / str(number))
        _write_moved(folders[-1], number, without(ops, *lost), ahead_ns)
        alone.append(judge(folders[-1]))

    summary = merged(data.draw(st.permutations(folders)))

    received = [one.deliveries.received for one in alone]
    assert summary.deliveries.received.n == sum(one.n for one in received)
    assert summary.deliveries.received.of == sum(one.of for one in received)
    assert summary.deliveries.latency_ms[Via.FRAME].max == max(
        one.deliveries.latency_ms[Via.FRAME].max or 0 for one in alone
    )
    assert summary.seconds.journey.n == sum(one.seconds.journey.n for one in alone)
    words = {one.verdict for one in alone}
    assert summary.verdict is (Word.NO_GO if Word.NO_GO in words else Word.GO), summary.reasons
    assert summary.evidence.gaps == []


def _write_moved(folder: Path, number: int, ops: Iterable[Op], by_ns: int) -> None:
    """A part by the clock of a host that was started at another time."""
    write_part(folder, number, ops)
    for path in folder.glob("history-*.jsonl"):
        shard = read_shard(path)
        assert shard.header
        path.unlink()
        write_shard(folder, _by(shard.header, by_ns), [_by(op, by_ns) for op in shard.ops])


@pytest.mark.parametrize("absent", [1, 2, 3])
def test_a_run_without_one_of_its_parts_is_invalid_and_names_it(
    parts: list[Path], absent: int
) -> None:
    del parts[absent - 1]

    summary = merged(parts)

    assert summary.verdict is Word.INVALID
    assert summary.reasons == [f"parts of the run that are missing: part {absent}/3"]


def test_a_part_that_is_taken_away_after_the_merging_is_missed(parts: list[Path]) -> None:
    merged(parts)
    run_dir = parts[0].parent / "whole"
    shutil.rmtree(run_dir / "part-02")

    assert judge(run_dir).reasons == ["parts of the run that are missing: part 2/3"]


def test_a_part_that_is_put_in_the_place_of_another_is_found(parts: list[Path]) -> None:
    merged(parts)
    run_dir = parts[0].parent / "whole"
    shutil.rmtree(run_dir / "part-02")
    shutil.copytree(run_dir / "part-01", run_dir / "part-02")

    reasons = judge(run_dir).reasons

    assert "parts that are not what their folders say: part-02 (part 1/3)" in reasons
    assert "parts of the run that are missing: part 2/3" in reasons
    assert "parts that are there several times: part 1/3" in reasons
    assert "users whom several parts have: u1, u4, u7" in reasons


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"of": 4}, "the parts disagree about their number, the users of the whole house"),
        ({"seed": 2}, "the parts disagree about their number, the users of the whole house"),
        ({"users": 8}, "the parts disagree about their number, the users of the whole house"),
    ],
)
def test_parts_of_other_runs_do_not_belong_together(
    parts: list[Path], changes: dict[str, int], reason: str
) -> None:
    shutil.rmtree(parts[1])
    write_part(parts[1], 2, healthy(HOUSES[1]), **changes)

    summary = merged(parts)

    assert summary.verdict is Word.INVALID
    assert summary.reasons[0].startswith(reason)
    assert "part 1/3, part 2/" in summary.reasons[0]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"webinar": "7"}, "the parts disagree about the webinar"),
        ({"messages_per_user": 5}, "the parts disagree about the number of messages"),
        ({"schema": 2}, "the parts disagree about the version of the history"),
        ({"gates": {"deliveries.lost.count": "== 1"}}, "the parts disagree about the gates"),
        ({"target": "another"}, "the parts disagree about the target"),
    ],
)
def test_parts_with_other_settings_do_not_belong_together(
    parts: list[Path], changes: dict[str, object], reason: str
) -> None:
    rewritten(parts[1], HOUSE, **changes)

    summary = merged(parts)

    assert summary.verdict is Word.INVALID
    assert reason in summary.reasons


def rewritten(folder: Path, name: str, **changes: object) -> None:
    """The shard of this name has another header."""
    path = shard_path(folder, name)
    shard = read_shard(path)
    assert shard.header
    path.unlink()
    write_shard(folder, msgspec.structs.replace(shard.header, **changes), shard.ops)


def test_a_damaged_part_makes_the_run_invalid_by_name(parts: list[Path]) -> None:
    shard = shard_path(parts[1], "shard01")
    shard.write_bytes(shard.read_bytes()[:-20])

    summary = merged(parts)

    assert summary.verdict is Word.INVALID
    assert summary.reasons[0].startswith("part-02: damaged history: history-shard01.jsonl:")
    assert summary.evidence.damage[0].startswith("part-02/history-shard01.jsonl:")


def test_each_house_must_prove_its_own_final_read(parts: list[Path]) -> None:
    shutil.rmtree(parts[2])
    write_part(parts[2], 3, unread(healthy(HOUSES[2])))

    summary = merged(parts)

    assert summary.verdict is Word.INVALID
    assert summary.reasons[0].startswith("part-03: the messages table was never read")


def test_what_one_house_lost_is_a_loss_of_the_run(parts: list[Path]) -> None:
    shutil.rmtree(parts[1])
    write_part(parts[1], 2, without(healthy(HOUSES[1]), heard("u5", "u2", 0, "100")))

    summary = merged(parts)

    assert summary.verdict is Word.NO_GO
    [loss] = summary.losses
    assert (loss.stage, loss.pairs, loss.users) == ("stored but not delivered", 1, ["u5"])


def test_the_same_test_in_two_parts_is_no_part_of_a_plan(parts: list[Path]) -> None:
    for folder in parts[:2]:
        shard = read_shard(shard_path(folder, HOUSE))
        assert shard.header
        shard.path.unlink()
        write_shard(
            folder, shard.header, [*shard.ops, Promise(name="roles::enter", outcome=Outcome.OK)]
        )

    assert "tests that several parts ran: roles::enter" in merged(parts).reasons


def test_presence_is_asked_of_each_house(parts: list[Path]) -> None:
    """Nobody shows the people of another house, and that is right."""
    summary = merged(parts)

    [presence] = [one for one in summary.checks if one.check == "presence"]
    assert presence.validity == "valid"
    assert presence.text.startswith("7 rosters show exactly those who were there")


def test_a_fault_of_one_house_did_not_hit_the_others(parts: list[Path]) -> None:
    shutil.rmtree(parts[1])
    fault = Fault(name="realtime-down", injected_at_ns=ns(40), healed_at_ns=ns(45))
    write_part(parts[1], 2, [*healthy(HOUSES[1]), fault])

    merged(parts)

    history = read_history(parts[0].parent / "whole")
    assert [one.users for one in history.faults] == [["u2", "u5"]]


def test_databases_of_their_own_are_summed_and_a_shared_one_is_not(parts: list[Path]) -> None:
    for number, folder in enumerate(parts, start=1):
        shutil.rmtree(folder)
        write_part(folder, number, [*healthy(HOUSES[number - 1]), *rolled_back(number)])
    apart = merged(parts, "apart")

    for folder in parts:
        rewritten(folder, HOUSE, target="the same")
    shared = merged(parts, "shared")

    assert apart.database
    assert apart.database.run.rollbacks == 3 * 50 + 1 + 2 + 3
    assert shared.database
    assert shared.database.run.rollbacks is None
    [reason, *_] = shared.database.run.reasons
    assert reason.startswith("the database counted the work of all parts of the run")
    assert reason.endswith("and so did part-01, part-02, part-03")


def test_calls_behind_the_routes_of_two_houses_are_not_taken_for_one(parts: list[Path]) -> None:
    for number, folder in enumerate(parts, start=1):
        shutil.rmtree(folder)
        users = HOUSES[number - 1]
        calls = [served(users[0], "/rest/v1/registrations", 200, "1") for _ in range(2)]
        write_part(folder, number, [*healthy(users), *calls])

    gateway = merged(parts).endpoints.gateway

    assert gateway
    [track] = gateway.queries
    assert (track.per_call.n, track.per_call.max) == (3, 2)


def test_parts_are_refused_that_cannot_be_put_in_their_places(
    parts: list[Path], tmp_path: Path
) -> None:
    alone = tmp_path / "alone"
    write_run(alone, {"shard00": ("ada",)}, healthy(("ada",)))
    broken = tmp_path / "broken"
    broken.mkdir()
    shard_path(broken, "shard00").write_bytes(b"{")
    merged(parts)

    for folders, words in {
        (parts[0], alone): "alone is no part: its run had no --shard k/N",
        (parts[0], parts[0]): "artefact-1 are both part 1",
        (parts[0], broken): "no shard has a header that can be read",
        (tmp_path / "whole",): "whole is a merged run; give its parts",
    }.items():
        with pytest.raises(MergeError, match=words):
            merge(folders, tmp_path / "another")
        assert not (tmp_path / "another").exists()
    with pytest.raises(MergeError, match="there is a run whole already; choose --run-id"):
        merge(parts, tmp_path / "whole")
    with pytest.raises(MergeError, match="--run-id must be letters"):
        merge(parts, tmp_path / "a b")


def test_a_merged_run_without_its_manifest_is_no_run_any_more(parts: list[Path]) -> None:
    merged(parts)
    run_dir = parts[0].parent / "whole"
    (run_dir / "merged.json").write_bytes(b"{")

    summary = judge(run_dir)

    assert summary.verdict is Word.INVALID
    assert summary.reasons == ["the merged run does not say what it is called (merged.json)"]


def test_a_part_by_itself_says_that_it_is_one(parts: list[Path]) -> None:
    summary = judge(parts[1])

    assert (summary.verdict, summary.part, summary.parts) == (Word.GO, "2/3", [])
    assert "GO, part 2/3 only" in (parts[1] / "summary.md").read_text()


def _entry(user: str, at_s: float, *answers: int) -> list[Op]:
    """Somebody enters at this second, and what the app's server was answered about it."""
    calls = [
        served(user, "/rest/v1/registrations", status, f"{at_s}", after_s=0.1) for status in answers
    ]
    return [beat(user, TRACK, at_s, status=200), *calls]


def test_growth_is_that_within_each_house_and_not_from_one_to_the_next(
    tmp_path: Path,
) -> None:
    """One house of many conflicts beside one of none: neither has grown."""
    bad = [*_entry("u1", 1, 409), *_entry("u4", 2, 409)]
    folders = [
        write_part(tmp_path / str(number), number, [*healthy(users), *more])
        for number, (users, more) in enumerate(
            zip(HOUSES, (bad, _entry("u2", 3) + _entry("u5", 4), []), strict=True), start=1
        )
    ]
    merge(folders, tmp_path / "whole")

    growth = _read(tmp_path / "whole", "registrations.conflict_growth")

    assert growth == Value(0.0, 4)


def _read(run_dir: Path, name: str) -> Reading | Unread:
    return measure(METRICS[name], findings_of(read_history(run_dir)))


def test_rollbacks_on_a_shared_database_are_counted_once_by_its_own_counter(
    tmp_path: Path,
) -> None:
    """Three looks at one counter, begun at 100, 103 and 106; none is added to another."""
    folders = []
    for number, users in enumerate(HOUSES, start=1):
        counts = [
            msgspec.structs.replace(one, rollbacks=one.rollbacks + 3 * number)
            for one in rolled_back(30)
            if isinstance(one, Counters)
        ]
        entries = [beat(user, TRACK, 1, status=200) for user in users]
        folders.append(
            write_part(tmp_path / str(number), number, [*healthy(users), *counts, *entries])
        )
    merge(folders, tmp_path / "apart")
    for folder in folders:
        rewritten(folder, HOUSE, target="the same")
    merge(folders, tmp_path / "shared")

    # Realtime tries its policies out twice at each of the 7 joins.
    assert _read(tmp_path / "apart", ROLLBACKS) == Value((3 * 30 - 14) / 7, 7)
    assert _read(tmp_path / "shared", ROLLBACKS) == Value((30 + 6 - 14) / 7, 7)


def test_a_part_alone_does_not_know_whose_rollbacks_the_database_counted(parts: list[Path]) -> None:
    """Those of the parts beside it are among them: by itself it would look broken."""
    rewritten(parts[0], HOUSE, target="the same")

    rollbacks = _read(parts[0], ROLLBACKS)

    assert isinstance(rollbacks, Unread)
    assert "3 parts share a database, only 1 of them is read here: merge all" in rollbacks.reason
    database = judge(parts[0]).database
    assert database
    assert database.run.reasons[0].endswith("and so did part 1/3")


def test_nobody_knows_whose_rollbacks_they_were_where_tests_ran_beside_a_shared_database(
    parts: list[Path],
) -> None:
    for folder in parts:
        rewritten(folder, HOUSE, target="the same")
    shard = read_shard(shard_path(parts[0], HOUSE))
    assert shard.header
    shard.path.unlink()
    write_shard(
        parts[0], shard.header, [*shard.ops, Promise(name="roles::enter", outcome=Outcome.OK)]
    )
    merge(parts, parts[0].parent / "whole")

    unread = _read(parts[0].parent / "whole", ROLLBACKS)

    assert isinstance(unread, Unread)
    assert "run those by themselves" in unread.reason


def test_a_house_without_one_of_its_users_is_not_the_whole_house(parts: list[Path]) -> None:
    shutil.rmtree(parts[0])
    write_run(parts[0], {"shard00": ("u1",)}, healthy(("u1",)), part=part(1))

    assert merged(parts).reasons == ["the parts have 5 users in all, the whole house 7"]


def test_pages_converge_after_the_last_seat_of_their_own_house(parts: list[Path]) -> None:
    """A house that is seated at 10 s and told of it at 50 s, beside one that is late by 100 s."""
    late = [
        _by(op, 100 * 10**9) if isinstance(op, Step | Roster) else op for op in healthy(HOUSES[1])
    ]
    shutil.rmtree(parts[1])
    write_part(parts[1], 2, late)
    merge(parts, parts[0].parent / "whole")

    assert convergence_s(read_history(parts[0].parent / "whole")) == [40.0] * 7


def test_what_a_house_asked_after_its_crowd_is_none_of_the_crowds(parts: list[Path]) -> None:
    """Another house's crowd may still be there then, on its own clock."""
    shutil.rmtree(parts[0])
    call = served("u1", "/rest/v1/registrations", 409, "100")
    write_part(parts[0], 1, [*healthy(HOUSES[0]), call])
    shutil.rmtree(parts[1])
    write_part(parts[1], 2, [*healthy(HOUSES[1]), beat("u2", TRACK, 300)])
    merge(parts, parts[0].parent / "whole")

    assert read_history(parts[0].parent / "whole").served_meanwhile() == []


def told_of(folder: Path, number: int, *calls: Served) -> None:
    """The part of this number, which has asked the log of a hosted project."""
    shutil.rmtree(folder)
    asked = Probe(name=LOG_PROBE, outcome=Outcome.OK, at_ns=ns(20), rows=len(calls))
    write_part(folder, number, [*healthy(HOUSES[number - 1]), *calls, asked])


def test_a_call_of_which_several_runners_were_told_counts_once(parts: list[Path]) -> None:
    calls = [
        msgspec.structs.replace(served("", "/rest/v1/registrations", 400), log_id=log_id)
        for log_id in ("early", "shared", "late")
    ]
    told_of(parts[0], 1, *calls[1:])
    told_of(parts[1], 2, *calls[:2])
    told_of(parts[2], 3)
    merge(parts, parts[0].parent / "whole")

    history = read_history(parts[0].parent / "whole")

    assert sorted(one.log_id for one in history.served_meanwhile()) == ["early", "late", "shared"]


def test_a_part_that_asked_no_log_while_others_did_is_a_gap(parts: list[Path]) -> None:
    told_of(parts[0], 1)
    told_of(parts[2], 3)

    summary = merged(parts)

    assert summary.verdict is Word.INVALID
    assert [one for one in summary.reasons if one.endswith("in the time of part-02")]


def test_the_heartbeats_of_a_house_that_recorded_no_request_are_unknown(parts: list[Path]) -> None:
    shutil.rmtree(parts[1])
    write_part(parts[1], 2, unasked(healthy(HOUSES[1])))

    [heartbeat] = [one for one in merged(parts).checks if one.check == "heartbeat"]

    assert (heartbeat.validity, heartbeat.text) == ("unknown", "no request was recorded")


def test_half_of_a_run_is_not_left_behind_where_a_part_cannot_be_copied(
    parts: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(OSError, match="no space"):
        merge(parts, parts[0].parent / "whole")

    assert not (parts[0].parent / "whole").exists()


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_byte_of_any_part_can_be_changed_without_an_invalid_run(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    folders = [
        write_part(folder / str(number), number, healthy(users))
        for number, users in enumerate(HOUSES, start=1)
    ]
    merge(folders, folder / "whole")
    path = data.draw(st.sampled_from(sorted((folder / "whole").rglob("history-*.jsonl"))))
    shard = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(shard) - 1))
    shard[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != shard[place]))
    path.write_bytes(shard)

    assert judge(folder / "whole").verdict is Word.INVALID


def test_a_merged_run_is_over_once_it_is_judged(parts: list[Path]) -> None:
    """Nobody writes its parts any more, and it may be removed."""
    run_dir = parts[0].parent / "whole"
    merge(parts, run_dir)
    assert not is_over(run_dir)

    judge(run_dir)

    assert is_over(run_dir)
