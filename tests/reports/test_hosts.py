"""Hosts of one house: their people owe each other all, on one clock as far as it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import judging
from reports.archive import read_history
from reports.findings import findings_of
from reports.history import (
    HOUSE,
    RUNNERS_PROBE,
    Clock,
    Op,
    Outcome,
    Part,
    Probe,
    Rendezvous,
    Roster,
    Row,
    Via,
)
from reports.hosts import Host, clock_of, offset_of
from reports.judging import judge
from reports.parts import merge
from reports.summary import Word
from tests.reports.histories import (
    at_ease,
    header,
    healthy,
    heard,
    message_id,
    ns,
    table_read,
    without,
    write_run,
    write_shard,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from reports.summary import Summary

T = TypeVar("T", bound=Op)

USERS = ("u1", "u2", "u3", "u4")
HOSTS = (("u1", "u3"), ("u2", "u4"))
WHOLE = Part(number=1, of=2, users=4, seed=1, house="a-token")
EPOCH_NS = 1_795_000_000 * 10**9
MS = 1_000_000


@pytest.fixture(autouse=True, scope="module")
def _no_page() -> Iterator[None]:
    """A page takes its time, and has tests of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "read_bundle", lambda: None)
        yield


def look(at_s: float, *, error_ms: int = 1, late_ms: int = 0) -> Clock:
    """What the clock of the rendezvous says at this time of the run."""
    return Clock(
        at_ns=ns(at_s),
        reference_ns=EPOCH_NS + ns(at_s) + late_ms * MS,
        error_ns=error_ms * MS,
    )


LOOKS = (look(0), look(70))


def by(op: T, by_ns: int) -> T:
    """The same op by a clock that is so far ahead."""
    moments = [name for name in op.__struct_fields__ if name.endswith("at_ns")]
    told = {name: getattr(op, name) for name in moments if getattr(op, name) is not None}
    return msgspec.structs.replace(op, **{name: at_ns + by_ns for name, at_ns in told.items()})


def write_host(
    folder: Path,
    number: int,
    ops: Sequence[Op] | None = None,
    *,
    ahead_s: float = 0,
    told_at: str = "2026-02-07T00:00:00Z",
    looks: Sequence[Op] = LOOKS,
    house: str = "a-token",
) -> Path:
    """What the runner on this host left of a house that is healthy, unless there are other ops."""
    users = HOSTS[number - 1]
    part = msgspec.structs.replace(WHOLE, number=number, house=house)
    ops = healthy(USERS) if ops is None else ops
    own = [op for op in ops if getattr(op, "user", None) in users]
    rosters = [op for op in ops if isinstance(op, Roster) and op.source in users]
    meetings = [op for op in ops if isinstance(op, Rendezvous)]
    rows = [op for op in ops if isinstance(op, Row) and op.author in users]

    def told(shard: str, acts: Sequence[Op]) -> None:
        ahead_ns = round(ahead_s * 10**9)
        head = by(header(users, shard, run_id=f"run-{number}", part=part), ahead_ns)
        head = msgspec.structs.replace(head, started_at=told_at)
        write_shard(folder, head, [by(op, ahead_ns) for op in acts])

    told("shard00", [*own, at_ease("shard00"), *meetings])
    told(HOUSE, [*looks, *rosters, *table_read(rows)])
    return folder


def merged(tmp_path: Path) -> Summary:
    merge([tmp_path / "1", tmp_path / "2"], tmp_path / "whole")
    return judge(tmp_path / "whole")


def test_people_of_several_hosts_owe_each_other_everything_on_one_clock(tmp_path: Path) -> None:
    write_host(tmp_path / "1", 1)
    # What the host takes for the time of the world is of no use: nobody keeps it.
    write_host(tmp_path / "2", 2, ahead_s=-7, told_at="2026-02-07T00:05:00Z")

    summary = merged(tmp_path)

    assert summary.verdict is Word.GO, summary.reasons
    # 2 messages of 4 people to 4, and each of them takes as long as on one host.
    assert (summary.deliveries.received.n, summary.deliveries.received.of) == (32, 32)
    latency = summary.deliveries.latency_ms[Via.FRAME]
    assert latency.n == 32
    assert latency.max == pytest.approx(90)
    assert summary.hosts == [
        Host(part="part-01", offset_ms=0, error_ms=1, drift_ms=0),
        Host(part="part-02", offset_ms=7000, error_ms=1, drift_ms=0),
    ]
    assert clock_of(summary.hosts[1]).endswith("put forward by 7,000.000 ms, ± 1.000 ms")
    assert [one.part for one in summary.parts] == ["1/2", "2/2"]


def test_what_was_lost_between_two_hosts_is_a_loss(tmp_path: Path) -> None:
    lost = heard("u2", "u1", 0, message_id(USERS, "u1", 0))
    ops = without(healthy(USERS), lost)
    write_host(tmp_path / "1", 1, ops)
    write_host(tmp_path / "2", 2, ops, ahead_s=3600)

    summary = merged(tmp_path)

    assert summary.verdict is Word.NO_GO
    [loss] = summary.losses
    assert (loss.stage, loss.pairs, loss.users) == ("stored but not delivered", 1, ["u2"])


def test_a_host_alone_knows_nothing_of_the_house_and_blames_nobody(tmp_path: Path) -> None:
    summary = judge(write_host(tmp_path / "1", 1))

    assert (summary.verdict, summary.part) == (Word.INVALID, "1/2")
    [reason] = summary.reasons
    assert reason.startswith("part 1/2 of one house only: ")
    assert (summary.losses, summary.deliveries.phantoms) == ([], 0)


def test_a_house_of_one_host_needs_no_others(tmp_path: Path) -> None:
    part = Part(number=1, of=1, users=4, seed=1, house="a-token")
    write_run(tmp_path, {"shard00": USERS}, healthy(USERS), part=part)

    assert judge(tmp_path).verdict is Word.GO


def test_hosts_that_met_at_different_times_are_no_house(tmp_path: Path) -> None:
    write_host(tmp_path / "1", 1)
    write_host(tmp_path / "2", 2, house="another-token")

    reasons = merged(tmp_path).reasons

    assert "the parts did not meet each other at one rendezvous: part 1/2, part 2/2" in reasons


@pytest.mark.parametrize(
    ("looks", "words"),
    [
        ([], "its clock was not compared with that of the rendezvous both before and after"),
        ([look(0)], "its clock was not compared with that of the rendezvous both before and after"),
        ([look(0), look(70, error_ms=101)], "its clock is only known within 101 ms"),
        (
            [look(0), look(70, late_ms=-300)],
            "its clock is only known within 151 ms (it drifted by -300 ms), more than 100 ms",
        ),
    ],
)
def test_times_between_hosts_prove_nothing_where_a_clock_is_not_known(
    tmp_path: Path, looks: Sequence[Clock], words: str
) -> None:
    write_host(tmp_path / "1", 1)
    write_host(tmp_path / "2", 2, looks=looks)

    summary = merged(tmp_path)

    assert summary.verdict is Word.INVALID
    assert summary.reasons[0].startswith(f"part-02: {words}"), summary.reasons


def test_a_lost_host_is_named_by_those_who_went_on_without_it(tmp_path: Path) -> None:
    met = Rendezvous(
        shard="shard00",
        name="sent",
        arrived_at_ns=ns(40),
        left_at_ns=ns(41),
        missing_parts=["part-02"],
    )
    write_host(tmp_path / "1", 1, [*healthy(USERS), met])
    write_host(tmp_path / "2", 2)

    summary = merged(tmp_path)

    assert summary.reasons == ["part-01: the rendezvous 'sent' went on without part-02"]


def test_a_host_that_heard_nothing_does_not_say_that_the_others_were_lost(tmp_path: Path) -> None:
    met = Rendezvous(
        shard="shard00",
        name="sent",
        arrived_at_ns=ns(40),
        left_at_ns=ns(41),
        missing_parts=["part-01"],
    )
    silent = Probe(name=RUNNERS_PROBE, outcome=Outcome.FAIL, at_ns=ns(41), detail="30 s")
    write_host(tmp_path / "1", 1)
    write_host(tmp_path / "2", 2, [*healthy(USERS), met], looks=[*LOOKS, silent])

    assert merged(tmp_path).reasons == [
        "part-02: the probe 'rendezvous of the runners' failed: 30 s"
    ]


@pytest.mark.parametrize(("late_ms", "words"), [(-105, ""), (-115, "before their author had")])
def test_a_message_may_seem_early_by_what_two_clocks_may_be_wrong_by(
    tmp_path: Path, late_ms: int, words: str
) -> None:
    """It arrives 100 ms after the click, and the clocks are known within 1 and 10 ms."""
    looks = [look(at_s, error_ms=10, late_ms=late_ms) for at_s in (0, 70)]
    write_host(tmp_path / "1", 1)
    write_host(tmp_path / "2", 2, looks=looks)

    reasons = merged(tmp_path).reasons

    assert [words in reason for reason in reasons] == [True] * bool(words)


@given(
    ahead_ns=st.integers(-(2**50), 2**50),
    drift_ns=st.integers(-(10**6), 10**6),
    delays_ns=st.lists(st.integers(0, 10**7), min_size=4, max_size=4),
)
def test_a_clock_is_never_wrong_by_more_than_is_told(
    ahead_ns: int, drift_ns: int, delays_ns: list[int]
) -> None:
    """Whatever part of the time that asking takes is the way there, and however it drifts."""
    looks, truth_ns = [], []
    for (there_ns, back_ns), at_ns, drifted_ns in (
        (delays_ns[:2], ns(0), 0),
        (delays_ns[2:], ns(70), drift_ns),
    ):
        truth_ns.append(ahead_ns + drifted_ns)
        asked_ns = 2**51 + at_ns
        looks.append(
            Clock(
                at_ns=asked_ns + (there_ns + back_ns) // 2,
                reference_ns=asked_ns + there_ns + truth_ns[-1],
                error_ns=(there_ns + back_ns) // 2 + 1,
            )
        )

    offset = offset_of(looks)

    assert offset
    assert all(abs(offset.offset_ns - one) <= offset.error_ns + 1 for one in truth_ns)


def test_each_part_stays_as_it_was_and_has_the_first_ones_times(tmp_path: Path) -> None:
    write_host(tmp_path / "1", 1)
    write_host(tmp_path / "2", 2, ahead_s=-7)
    merged(tmp_path)

    history = read_history(tmp_path / "whole")

    assert [(one.name, one.by_ns) for one in history.parts] == [
        ("part-01", 0),
        ("part-02", 7 * 10**9),
    ]
    assert {one.started_at_ns for one in history.headers} == {ns(0)}
    assert len(findings_of(history).ledger.messages) == 8
