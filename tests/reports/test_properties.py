"""What holds for every history, whatever the order of its ops and wherever it breaks off."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from reports.archive import History, assemble
from reports.checks import judge_checks
from reports.findings import findings_of
from reports.history import Op, Receipt
from reports.judging import judge
from reports.shards import shard_path
from reports.summary import Summary, Word, summarise
from tests.reports.histories import (
    accepted,
    header,
    healthy,
    heard,
    history_of,
    refused,
    unanswered,
    without,
    write_run,
)

RECEIPTS = [op for op in healthy() if isinstance(op, Receipt)]
some_receipts = st.lists(st.sampled_from(RECEIPTS), unique=True, max_size=6)
# Histories with something of everything: losses, a refusal, a send without an answer, duplicates.
some_ops = st.builds(
    lambda lost, extra: [*without(healthy(), *lost), *extra],
    some_receipts,
    st.lists(
        st.sampled_from(
            [
                unanswered("ada", 2),
                refused("ben", 2, 500, ""),
                accepted("cho", 2, "200"),
                heard("ben", "ada", 2, "201"),
                heard("ada", "cho", 2, "200"),
                heard("cho", "ada", 0, "100", after_s=3),
            ]
        )
    ),
)


def summary_of(ops: list[Op]) -> Summary:
    return summary_in(history_of(ops))


def summary_in(history: History) -> Summary:
    findings = findings_of(history)
    return summarise(findings, judge_checks(findings), [])


@given(ops=some_ops, seed=st.integers())
def test_the_order_of_ops_does_not_matter(ops: list[Op], seed: int) -> None:
    shuffled = list(ops)
    Random(seed).shuffle(shuffled)

    assert summary_of(shuffled) == summary_of(ops)


@given(ops=some_ops, receipts=some_receipts)
def test_losing_a_receipt_never_improves_anything(ops: list[Op], receipts: list[Receipt]) -> None:
    before = summary_of(ops)
    # With every copy: one of two is the proof that a message came twice.
    lost = {(one.user, one.message_id) for one in receipts}
    fewer = [
        op for op in ops if not isinstance(op, Receipt) or (op.user, op.message_id) not in lost
    ]

    after = summary_of(fewer)

    assert after.deliveries.received.n <= before.deliveries.received.n
    assert after.users.received.n <= before.users.received.n
    assert after.exit_code >= before.exit_code


@given(ops=some_ops, receipts=some_receipts)
def test_repeating_a_receipt_never_improves_anything(
    ops: list[Op], receipts: list[Receipt]
) -> None:
    before, after = summary_of(ops), summary_of([*ops, *[one for one in receipts if one in ops]])

    assert after.deliveries.duplicates >= before.deliveries.duplicates
    assert after.deliveries.received == before.deliveries.received
    assert not (after.verdict is Word.GO and before.verdict is not Word.GO)


@given(data=st.data())
def test_a_truncated_history_is_always_invalid(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        run_dir = Path(folder)
        write_run(run_dir, {"shard00": ["ada", "ben"], "shard01": ["cho"]}, healthy())
        path = shard_path(run_dir, data.draw(st.sampled_from(["shard00", "shard01", "house"])))
        whole = path.read_bytes()
        path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])

        assert judge(run_dir).verdict is Word.INVALID


@given(ops=st.permutations(healthy()), cut=st.integers(0, len(healthy())))
def test_shards_merge_in_any_order(ops: list[Op], cut: int) -> None:
    shards = [ops[cut:], ops[:cut]]

    history = assemble("run-1", [header()], shards, frozenset(), [])

    assert summary_in(history) == summary_of(healthy())
