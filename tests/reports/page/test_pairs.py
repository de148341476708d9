"""The map of pairs: rows, columns and dots are told apart, and a cell is the worst of its pair."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.history import Receipt
from reports.page.pairs import Cell
from tests.reports.histories import (
    USERS,
    accepted,
    healthy,
    heard,
    message_id,
    refused,
    without,
)
from tests.reports.page.pages import page_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reports.history import Op
    from reports.page.pairs import Pairs

ADA, BEN, CHO = range(3)


def pairs_from(ops: Iterable[Op]) -> Pairs:
    return page_from(ops).charts.pairs


def lossy(is_lost: Callable[[Receipt], bool]) -> Pairs:
    """A healthy run without some of its receipts."""
    return pairs_from(op for op in healthy() if not (isinstance(op, Receipt) and is_lost(op)))


def cell(pairs: Pairs, sender: int, recipient: int) -> int:
    return b64decode(pairs.cells)[sender * len(USERS) + recipient]


def test_a_healthy_run_has_neither_rows_nor_columns_nor_dots() -> None:
    pattern = pairs_from(healthy()).pattern

    assert (pattern.lost, pattern.owed) == (0, 18)
    assert (pattern.rows_total, pattern.columns_total, pattern.scattered) == (0, 0, 0)


def test_a_sender_whom_nobody_heard_is_a_row() -> None:
    pattern = lossy(lambda one: one.author == "ben").pattern

    assert (pattern.rows, pattern.rows_total) == (["ben"], 1)
    assert (pattern.columns_total, pattern.scattered, pattern.lost) == (0, 0, 6)


def test_a_recipient_who_heard_nobody_is_a_column() -> None:
    pattern = lossy(lambda one: one.user == "cho").pattern

    assert (pattern.columns, pattern.columns_total) == (["cho"], 1)
    assert (pattern.rows_total, pattern.scattered, pattern.lost) == (0, 0, 6)


def test_what_is_lost_here_and_there_is_neither() -> None:
    lost = {("ada", "ben"), ("ben", "cho"), ("cho", "ada")}
    pattern = lossy(lambda one: (one.author, one.user) in lost).pattern

    assert (pattern.rows_total, pattern.columns_total, pattern.scattered) == (0, 0, 6)
    assert {(hit.user, hit.lost, hit.owed) for hit in pattern.senders} == {
        (user, 2, 6) for user in USERS
    }


def test_a_row_and_a_column_that_meet_leave_no_dots() -> None:
    pattern = lossy(lambda one: one.author == "ada" or one.user == "cho").pattern

    assert (pattern.rows, pattern.columns, pattern.scattered) == (["ada"], ["cho"], 0)


@pytest.mark.parametrize(
    ("after_s", "expected"),
    [(0.1, Cell.RECEIVED), (0.2, Cell.RECEIVED + 1), (1.9, Cell.RECEIVED + 4), (5.2, Cell.LATE)],
)
def test_a_cell_says_how_soon_the_slowest_message_came(after_s: float, expected: int) -> None:
    id_ = message_id(USERS, "ada", 1)
    ops = without(healthy(), heard("ben", "ada", 1, id_))

    pairs = pairs_from([*ops, heard("ben", "ada", 1, id_, after_s=after_s)])

    assert cell(pairs, ADA, BEN) == expected


def test_one_loss_is_worse_than_all_that_arrived() -> None:
    id_ = message_id(USERS, "ada", 1)

    pairs = pairs_from(without(healthy(), heard("ben", "ada", 1, id_)))

    assert cell(pairs, ADA, BEN) == Cell.MISSING
    assert cell(pairs, BEN, ADA) == Cell.RECEIVED
    assert pairs.counts["missing"] == 1


def test_a_message_that_was_refused_darkens_its_authors_row() -> None:
    id_ = message_id(USERS, "cho", 1)
    ops = without(
        healthy(), accepted("cho", 1, id_), *(heard(user, "cho", 1, id_) for user in USERS)
    )

    pairs = pairs_from([*ops, refused("cho", 1, 429, "over_request_rate")])

    assert [cell(pairs, CHO, recipient) for recipient in range(3)] == [Cell.UNSENT] * 3
    assert cell(pairs, ADA, CHO) == Cell.RECEIVED


def test_a_message_in_two_frames_is_repeated() -> None:
    id_ = message_id(USERS, "ada", 0)

    pairs = pairs_from([*healthy(), heard("ben", "ada", 0, id_, after_s=0.2)])

    assert cell(pairs, ADA, BEN) == Cell.REPEATED


@settings(deadline=None)
@given(st.sets(st.tuples(st.sampled_from(USERS), st.sampled_from(USERS), st.integers(0, 1))))
def test_every_loss_is_in_the_map_and_counted_once(lost: set[tuple[str, str, int]]) -> None:
    pairs = lossy(lambda one: (one.author, one.user, int(one.digest[-1])) in lost)

    cells = {(author, user) for author, user, _ in lost}
    assert pairs.pattern.lost == len(lost)
    assert pairs.counts["missing"] == len(cells)
    assert all(
        (cell(pairs, USERS.index(author), USERS.index(user)) == Cell.MISSING)
        == ((author, user) in cells)
        for author in USERS
        for user in USERS
    )
