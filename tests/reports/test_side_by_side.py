"""Several runs are set against one, each by today's rules, and one word is said of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from reports.circumstances import Circumstance
from reports.claims import ClaimKind
from reports.history import Outcome, Promise, Receipt
from reports.side_by_side import side_by_side
from reports.summary import Word
from tests.reports.histories import healthy, ns, refused, unread, write_run

if TYPE_CHECKING:
    from pathlib import Path

    from reports.history import Op

PROMISE = "e2e/roles/test_registrant.py::test_a_registrant_gets_in"
USERS = tuple(f"u{number:02}" for number in range(20))


def refusing() -> list[Op]:
    kept = [op for op in healthy(USERS) if getattr(op, "number", 0) != 1]
    return [*kept, *(refused(user, 1, 429, "slow_down") for user in USERS)]


def disorderly() -> list[Op]:
    """One user hears another's greeting after what she said next."""
    ops = healthy(USERS)
    (early,) = [
        op
        for op in ops
        if isinstance(op, Receipt) and (op.user, op.author, op.digest) == ("u01", "u00", "digest-0")
    ]
    ops.remove(early)
    return [*ops, structs.replace(early, at_ns=ns(35))]


@pytest.fixture
def runs(tmp_path: Path) -> dict[str, Path]:
    """Runs by what is the matter with them."""
    kept, broken = (Promise(name=PROMISE, outcome=one) for one in (Outcome.OK, Outcome.FAIL))
    kinds = {
        "whole": [*healthy(USERS), kept],
        "worse": refusing(),
        "unread": unread(healthy(USERS)),
        "broken": [*healthy(USERS), broken],
        "disorderly": disorderly(),
    }
    for name, ops in kinds.items():
        write_run(tmp_path / name, {"shard00": USERS}, ops)
    write_run(tmp_path / "small", {"shard00": USERS[:3]}, healthy(USERS[:3]))
    return {name: tmp_path / name for name in (*kinds, "small")}


@pytest.mark.parametrize(
    ("names", "words", "word"),
    [
        (["whole", "whole"], [Word.GO], Word.GO),
        (["whole", "worse", "whole"], [Word.NO_GO, Word.GO], Word.NO_GO),
        (["whole", "unread", "whole"], [Word.INVALID, Word.GO], Word.INVALID),
        (["whole", "unread", "worse"], [Word.INVALID, Word.NO_GO], Word.NO_GO),
        (["worse", "whole"], [Word.GO], Word.GO),
        (["unread", "worse"], [Word.INVALID], Word.INVALID),
        (["whole", "broken"], [Word.NO_GO], Word.NO_GO),
        (["whole", "disorderly"], [Word.NO_GO], Word.NO_GO),
        (["broken", "broken"], [Word.GO], Word.GO),
        (["worse", "broken"], [Word.GO], Word.GO),
    ],
)
def test_a_proven_regression_outweighs_what_cannot_be_told(
    runs: dict[str, Path], names: list[str], words: list[Word], word: Word
) -> None:
    first, *others = (runs[name] for name in names)

    compared = side_by_side(first, others)

    assert [one.word for one in compared.others] == words
    assert compared.word is word


def test_each_run_is_judged_and_has_its_letter_and_its_doubts(runs: dict[str, Path]) -> None:
    compared = side_by_side(runs["whole"], [runs["worse"], runs["unread"], runs["small"]])

    assert [(one.letter, one.name) for one in compared.runs] == [
        ("A", "whole"),
        ("B", "worse"),
        ("C", "unread"),
        ("D", "small"),
    ]
    verdicts = [one.summary.verdict for one in compared.runs]
    assert verdicts == [Word.GO, Word.NO_GO, Word.INVALID, Word.GO]
    assert [len(one.doubts) for one in compared.runs] == [0, 0, 1, 0]
    assert [one.differing for one in compared.others] == [[], [], [Circumstance.USERS]]


def test_what_held_and_holds_no_longer_is_named(runs: dict[str, Path]) -> None:
    compared = side_by_side(runs["whole"], [runs["broken"], runs["disorderly"], runs["small"]])

    assert [one.no_longer for one in compared.others] == [
        [(ClaimKind.PROMISE, PROMISE)],
        [(ClaimKind.CHECK, "order")],
        [],
    ]


def test_of_runs_that_started_at_once_the_last_named_is_the_newest(runs: dict[str, Path]) -> None:
    assert side_by_side(runs["whole"], [runs["worse"], runs["small"]]).newest.name == "small"


def test_there_are_letters_for_more_runs_than_the_alphabet_has(runs: dict[str, Path]) -> None:
    compared = side_by_side(runs["small"], [runs["small"]] * 27)

    assert [one.letter for one in compared.others[-3:]] == ["Z", "R27", "R28"]
