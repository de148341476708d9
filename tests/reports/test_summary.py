"""A run's folder becomes a verdict with its reasons, the same one each time it is judged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

import reports
from reports.checks import judge_checks
from reports.dod import ADVICE
from reports.figures import Share
from reports.findings import findings_of
from reports.history import (
    HOUSE,
    Health,
    Outcome,
    Probe,
    Receipt,
    Rendezvous,
    Roster,
    Row,
    Step,
    StepName,
    Undecodable,
    Via,
)
from reports.judging import judge
from reports.shards import shard_path
from reports.summary import Summary, Word, summarise
from reports.users import Stage
from reports.verdicts import Validity
from tests.reports.histories import (
    accepted,
    at_ease,
    header,
    healthy,
    heard,
    history_of,
    ns,
    refused,
    seated,
    step,
    stored,
    table_read,
    told_of_limit,
    unasked,
    unread,
    watched,
    without,
    write_run,
    write_shard,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.history import Op

HALVES = {"shard00": ["ada", "ben"], "shard01": ["cho"]}


def summary_of(ops: Sequence[Op]) -> Summary:
    findings = findings_of(history_of(ops))
    return summarise(findings, judge_checks(findings), [])


def test_a_healthy_run_is_go() -> None:
    summary = summary_of(healthy())

    assert (summary.verdict, summary.exit_code, summary.reasons) == (Word.GO, 0, [])
    assert summary.users.received == Share(3, 3)
    assert (summary.messages.accepted, summary.messages.stored) == (Share(6, 6), Share(6, 6))
    assert summary.deliveries.received == Share(18, 18)
    assert summary.deliveries.latency_ms[Via.FRAME].p95 == pytest.approx(90)
    assert summary.evidence.complete


def test_one_lost_delivery_is_no_go_and_names_the_stage_and_the_user() -> None:
    summary = summary_of(without(healthy(), heard("cho", "ada", 0, "100")))

    assert (summary.verdict, summary.exit_code) == (Word.NO_GO, 10)
    (loss,) = summary.losses
    assert (loss.stage, loss.pairs, loss.users) == ("stored but not delivered", 1, ["cho"])
    assert [one.user for one in summary.failures.first] == ["cho"]
    assert summary.users.received == Share(2, 3)


@pytest.mark.parametrize(
    ("status", "stage"), [(403, "refused"), (429, "throttled by the platform")]
)
def test_a_refused_send_is_no_go_and_counts_what_the_server_said(status: int, stage: str) -> None:
    ops = [*without(healthy(), accepted("ada", 1, "103")), refused("ada", 1, status, "over_rate")]

    summary = summary_of(stored(ops, *[op for op in ops if isinstance(op, Row)][:3]))

    assert summary.verdict is Word.NO_GO
    assert summary.users.sent == Share(2, 3)
    refusal = next(loss for loss in summary.losses if loss.stage == stage)
    assert (refusal.users, refusal.causes) == (["ada"], {f"{status} over_rate": 1})


def held_back(*, outcome: Outcome = Outcome.OK) -> list[Op]:
    """A run in which Auth's limit held one user back, for good where she did not get in."""
    own = step("cho", StepName.SIGN_IN, 0, 4)
    told = msgspec.structs.replace(own, outcome=outcome, throttled=3, held_ns=2_500_000_000)
    return [*without(healthy(), own), told]


def test_a_sign_in_that_was_held_back_is_counted_and_in_no_time_of_the_product() -> None:
    summary = summary_of(held_back())

    assert summary.verdict is Word.GO
    assert (summary.sign_ins.throttled, summary.sign_ins.users) == (3, 1)
    assert (summary.sign_ins.never, summary.sign_ins.held_s.max) == ([], 2.5)
    assert summary.seconds.steps[StepName.SIGN_IN].p50 == 4
    assert summary.seconds.steps[StepName.SIGN_IN].mean == 3.167
    assert summary_of(healthy()).sign_ins.in_words == []


def test_a_session_of_an_earlier_run_is_no_measurement_of_signing_in() -> None:
    own = step("cho", StepName.SIGN_IN, 0, 4)
    found = msgspec.structs.replace(own, is_found=True)

    summary = summary_of([*without(healthy(), own), found])

    assert (summary.verdict, summary.users.signed_in) == (Word.GO, Share(3, 3))
    assert summary.sign_ins.found == 1
    assert summary.seconds.steps[StepName.SIGN_IN].n == 2
    assert summary.sign_ins.in_words == [
        "1 user had a session from an earlier run: of them sign-in is not measured"
    ]


def test_a_limit_that_kept_somebody_out_says_nothing_of_the_product() -> None:
    summary = summary_of(held_back(outcome=Outcome.THROTTLED))

    assert summary.verdict is Word.INVALID
    assert summary.reasons[0] == (
        "a limit of Auth on sign-ins (429), not the product, kept 1 of 3 users out: cho"
    )
    assert "1 user back, 3 times, up to 2 s; 1 never got in" in summary.sign_ins.in_words[0]


def test_what_realtime_throttled_is_a_class_of_its_own() -> None:
    lost = [heard("cho", "ada", 0, "100"), heard("ben", "ada", 0, "100")]

    summary = summary_of([*without(healthy(), *lost), told_of_limit("cho")])

    assert [(loss.stage, loss.pairs, loss.users) for loss in summary.losses] == [
        ("stored but not delivered", 1, ["ben"]),
        ("not delivered: throttled by the platform", 1, ["cho"]),
    ]


def test_what_was_foreseen_of_the_plan_stands_in_the_summary(tmp_path: Path) -> None:
    foreseen = ["plan free allows less", "it fits at 0.25"]
    write_run(tmp_path, HALVES, healthy(), quota=foreseen)

    summary = judge(tmp_path)

    # It is no word about what happened: what fails because of it fails by itself.
    assert (summary.verdict, summary.quota) == (Word.GO, foreseen)
    assert summary_of(healthy()).quota == []


def test_a_message_accepted_and_never_stored_is_no_go_though_everybody_saw_it() -> None:
    rows = [op for op in healthy() if isinstance(op, Row)]

    summary = summary_of(stored(healthy(), *rows[1:]))

    assert summary.verdict is Word.NO_GO
    assert summary.messages.stored == Share(5, 6)
    assert [(loss.stage, loss.messages, loss.pairs) for loss in summary.losses] == [
        ("accepted but not stored", 1, 0)
    ]


def test_a_failed_sign_in_is_no_go_and_the_others_still_count() -> None:
    ops = [op for op in healthy() if getattr(op, "user", getattr(op, "author", "")) != "cho"]
    ops = [op for op in ops if getattr(op, "author", "") != "cho"]
    failure = step("cho", StepName.SIGN_IN, 0, 1, outcome=Outcome.FAIL, detail="400")
    rows = [op for op in ops if isinstance(op, Row)]

    summary = summary_of([*stored(ops, *rows), failure])

    assert summary.verdict is Word.NO_GO
    assert summary.users.signed_in == Share(2, 3)
    assert summary.deliveries.received == Share(8, 8)
    assert summary.messages.accepted == Share(4, 6)


def test_duplicates_and_phantoms_are_counted() -> None:
    again = heard("ben", "ada", 0, "100")

    summary = summary_of([*healthy(), again, again, heard("ben", "ada", 1, "999")])

    assert (summary.deliveries.duplicates, summary.deliveries.phantoms) == (2, 1)
    assert summary.verdict is Word.NO_GO
    assert summary.reasons == [
        "check 'exactly once' failed: 1 deliveries arrived more than once",
        "check 'no phantom' failed: 1 deliveries were never sent",
    ]


UNDECODABLE = Undecodable(user="ben", at_ns=ns(20), detail="kind 9")
FAILED_PROBE = Probe(name="presence", outcome=Outcome.FAIL, at_ns=ns(70), detail="timeout")
NOT_FULL = Rendezvous(
    shard="shard00", name="seated", arrived_at_ns=ns(8), left_at_ns=ns(9), missing=["shard07"]
)
LEFT_SILENTLY = [op for op in healthy() if getattr(op, "user", "") != "ben"]


@pytest.mark.parametrize(
    ("ops", "gap"),
    [
        ([], "nothing was sent"),
        ([op for op in healthy() if not isinstance(op, Step)], "no delivery was owed to anybody"),
        ([*healthy(), UNDECODABLE], "1 frames on Realtime sockets could not be decoded, of ben"),
        ([*healthy(), FAILED_PROBE], "the probe 'presence' failed: timeout"),
        ([*healthy(), NOT_FULL], "the rendezvous 'seated' went on without shard07"),
        (unread(healthy()), "the messages table was never read"),
        (healthy()[:-1], "the messages table had 6 rows, the history has 5"),
        (LEFT_SILENTLY, "evidence lost of 1 of 3 users: ben"),
    ],
)
def test_a_gap_in_the_evidence_is_invalid(ops: list[Op], gap: str) -> None:
    summary = summary_of(ops)

    assert (summary.verdict, summary.exit_code) == (Word.INVALID, 11)
    assert any(one.startswith(gap) for one in summary.reasons)


def test_a_loss_does_not_hide_a_gap() -> None:
    summary = summary_of(without([*healthy(), UNDECODABLE], heard("cho", "ada", 0, "100")))

    assert summary.verdict is Word.INVALID
    assert any("stored but not delivered" in reason for reason in summary.reasons)


def test_an_unread_table_stored_nobody_knows_how_many() -> None:
    assert summary_of(unread(healthy())).messages.stored is None


def test_a_killed_worker_loses_evidence_and_not_deliveries(tmp_path: Path) -> None:
    write_run(tmp_path, HALVES, healthy())
    path = shard_path(tmp_path, "shard01")
    path.write_bytes(path.read_bytes()[:400])

    summary = judge(tmp_path)

    assert summary.verdict is Word.INVALID
    assert summary.losses == []
    assert [(one.user, one.stage) for one in summary.failures.first] == [
        ("cho", Stage.EVIDENCE_LOST)
    ]
    assert summary.evidence.damage[0].startswith("history-shard01.jsonl:")


def test_a_run_in_which_nothing_arrived_is_a_proven_failure() -> None:
    """The incident's 0 of 400, with the evidence whole."""
    summary = summary_of([op for op in healthy() if not isinstance(op, Receipt)])

    assert summary.verdict is Word.NO_GO
    assert summary.deliveries.received == Share(0, 18)
    assert any("cannot tell" in reason for reason in summary.reasons)


def test_what_cannot_be_told_is_no_pass() -> None:
    without_rosters = [op for op in healthy() if not isinstance(op, Roster)]

    assert summary_of(without_rosters).verdict is Word.INVALID


def test_a_folder_without_any_history_is_invalid(tmp_path: Path) -> None:
    assert judge(tmp_path).verdict is Word.INVALID


def test_judging_again_writes_the_same_bytes(tmp_path: Path) -> None:
    lost = without(healthy(), heard("cho", "ada", 0, "100"))
    write_run(tmp_path, HALVES, lost, quota=["plan free allows less"])
    names = ("summary.json", "summary.md", "users.csv")

    summary = judge(tmp_path)
    first = [(tmp_path / name).read_bytes() for name in names]
    judge(tmp_path)

    assert [(tmp_path / name).read_bytes() for name in names] == first
    assert msgspec.json.decode(first[0], type=Summary) == summary


def test_every_key_of_the_summary_is_documented() -> None:
    summary = summary_of(without(unasked(healthy()), heard("cho", "ada", 0, "100")))
    readme = (Path(reports.__file__).parent / "README.md").read_text("utf-8")

    assert [key for key in keys_of(msgspec.to_builtins(summary)) if f"`{key}`" not in readme] == []


def keys_of(value: object, path: str = "") -> list[str]:
    """The paths of all figures: `users.sent`; a list's items as `losses[].stage`."""
    match value:
        case {"n": _}:
            return [path]
        case dict():
            return [k for name, v in value.items() for k in keys_of(v, f"{path}.{name}".strip("."))]
        case [{**first}, *_]:
            return keys_of(first, f"{path}[]")
        case _:
            return [path]


def test_a_full_house_of_400_users_with_two_messages_each(tmp_path: Path) -> None:
    users = [f"user{number:03}" for number in range(400)]
    shards = {f"shard{place:02}": users[place::16] for place in range(16)}
    write_large_run(tmp_path, users, shards)

    summary = judge(tmp_path)

    assert summary.verdict is Word.GO, summary.reasons
    assert summary.users.received == Share(400, 400)
    assert summary.messages.stored == Share(800, 800)
    assert summary.deliveries.received == Share(320_000, 320_000)
    assert summary.seconds.journey.n == 400


def write_large_run(
    run_dir: Path, users: Sequence[str], shards: Mapping[str, Sequence[str]]
) -> None:
    """As `write_run` of `healthy`, in one pass over each user."""
    sends = [
        (author, number, str(100 + number * len(users) + place))
        for number in range(2)
        for place, author in enumerate(users)
    ]
    for shard, own in shards.items():
        ops: list[Op] = []
        for user in own:
            ops += [*seated(user), step(user, StepName.GREET, 19, 21)]
            ops += [accepted(*send) for send in sends if send[0] == user]
            ops += [heard(user, *send) for send in sends]
        write_shard(run_dir, header(own, shard), [*ops, at_ease(shard)])
    rows = [
        Row(message_id=id_, author=a, digest=f"digest-{n}", at_ns=ns(60)) for a, n, id_ in sends
    ]
    rest = [op for op in watched(users) if not isinstance(op, Health)]
    write_shard(run_dir, header(users, HOUSE), [*rest, *table_read(rows)])


def test_nobody_is_told_to_roll_back_for_a_run_that_proves_nothing() -> None:
    lossy = without(healthy(), heard("cho", "ada", 0, "100"))
    torn = unread(lossy)

    assert [one.advice for one in summary_of(lossy).dod if one.advice] == [ADVICE]
    assert [one.advice for one in summary_of(torn).dod if one.advice] == []
    assert [one for one in summary_of(torn).dod if one.validity is Validity.INVALID]
