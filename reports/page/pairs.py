"""Sender by recipient: what became of all messages between each two users.

A cell is the worst that befell any message from its sender to its recipient. A sender whom nobody
heard is a row, a recipient who heard nobody is a column, and what is lost here and there is
neither: `Pattern` counts the three.
"""

from __future__ import annotations

from bisect import bisect_left
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from reports.ledger import LATE_NS
from reports.page.packing import packed
from reports.page.ways import BY_POLL, MISSING, NOT_OWED, SLOWEST_MS, UNPROVEN
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reports.page.ways import Traced

# Upper ends of what counts as equally soon; the last is when an answer comes too late.
SOON_MS = (100, 250, 500, 1_000, 2_000, LATE_NS // 1_000_000)
NAMED_MAX = 20


class Cell(IntEnum):
    """What a cell says; the worse, the larger. Received is `RECEIVED` plus its place in SOON_MS."""

    NOT_OWED = 0
    RECEIVED = 1
    LATE = 7  # RECEIVED + len(SOON_MS)
    REPEATED = 8
    UNPROVEN = 9
    UNSENT = 10  # the sender's message was never accepted, so nobody was owed anything
    MISSING = 11


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A user to or from whom deliveries were lost, of so many owed."""

    user: str
    lost: int
    owed: int


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """How losses lie. `scattered` deliveries are in no row and in no column that is all lost."""

    lost: int
    owed: int
    rows: list[str]
    rows_total: int
    columns: list[str]
    columns_total: int
    scattered: int
    senders: list[Hit]
    recipients: list[Hit]


class Pairs(msgspec.Struct, frozen=True, kw_only=True):
    """The cells of all pairs, packed, a row for each sender; how many of each kind; the pattern."""

    cells: str
    counts: dict[str, int]
    pattern: Pattern


class _Lost(NamedTuple):
    """Deliveries lost and owed, by the place of a user."""

    lost: list[int]
    owed: list[int]

    def is_all(self, place: int) -> bool:
        """Something was owed, and all of it was lost."""
        return 0 < self.owed[place] == self.lost[place]


def pairs_of(traces: Sequence[Traced], users: Sequence[str]) -> Pairs:
    """What these messages came to between `users`."""
    size = len(users)
    places = {user: place for place, user in enumerate(users)}
    rows = [bytearray(size) for _ in users]
    for trace in traces:
        sender = places.get(trace.message.send.user)
        if sender is not None:
            own = _cells(trace, places)
            rows[sender] = bytearray(map(max, rows[sender], own))
    cells = b"".join(rows)
    return Pairs(
        cells=packed(cells),
        counts={name: cells.count(code) for name, code in _NAMED.items()},
        pattern=_pattern(traces, users, places),
    )


_NAMED = {cell.name.lower(): cell.value for cell in Cell if cell is not Cell.RECEIVED}


def _cells(trace: Traced, places: Mapping[str, int]) -> Iterable[int]:
    if not trace.message.fate.is_owed:
        return [Cell.UNSENT] * len(places)
    cells = bytearray(map(_cell_of().__getitem__, trace.arrivals))
    for user in trace.message.repeated():
        if (place := places.get(user)) is not None:
            cells[place] = max(cells[place], Cell.REPEATED)
    return cells


def _cell(arrival: int) -> int:
    reasons = {NOT_OWED: Cell.NOT_OWED, UNPROVEN: Cell.UNPROVEN, MISSING: Cell.MISSING}
    if arrival in reasons:
        return reasons[arrival]
    return Cell.RECEIVED + bisect_left(SOON_MS, arrival & ~BY_POLL)


@cache
def _cell_of() -> Mapping[int, int]:
    """Asked for every delivery of a run, so each answer is known in advance.

    Not when this is imported: every worker does that, and none draws a page.
    """
    arrivals = (arrival for ms in range(SLOWEST_MS + 4) for arrival in (ms, ms + BY_POLL))
    return {arrival: int(_cell(arrival)) for arrival in arrivals}


def _pattern(traces: Sequence[Traced], users: Sequence[str], places: Mapping[str, int]) -> Pattern:
    by_sender = _Lost([0] * len(users), [0] * len(users))
    by_recipient = _Lost([0] * len(users), [0] * len(users))
    lost: list[tuple[int, int]] = []
    for trace in traces:
        sender = places.get(trace.message.send.user)
        for user in places.keys() & trace.message.owed:
            by_recipient.owed[places[user]] += 1
        if sender is None:
            continue
        by_sender.owed[sender] += len(trace.message.owed)
        if MISSING in trace.arrivals:
            lost += [(sender, at) for at, code in enumerate(trace.arrivals) if code == MISSING]
    for sender, recipient in lost:
        by_sender.lost[sender] += 1
        by_recipient.lost[recipient] += 1
    rows = [place for place in range(len(users)) if by_sender.is_all(place)]
    columns = [place for place in range(len(users)) if by_recipient.is_all(place)]
    silent, deaf = set(rows), set(columns)
    return Pattern(
        lost=len(lost),
        owed=sum(by_recipient.owed),
        rows=_names(rows, users),
        rows_total=len(rows),
        columns=_names(columns, users),
        columns_total=len(columns),
        scattered=sum(one not in silent and other not in deaf for one, other in lost),
        senders=_hits(by_sender, users),
        recipients=_hits(by_recipient, users),
    )


def _names(places: Iterable[int], users: Sequence[str]) -> list[str]:
    return [one_line(users[place]) for place in places][:NAMED_MAX]


def _hits(counts: _Lost, users: Sequence[str]) -> list[Hit]:
    """Those with the most losses."""
    hit = sorted((-lost, place) for place, lost in enumerate(counts.lost) if lost)
    return [
        Hit(user=one_line(users[place]), lost=-lost, owed=counts.owed[place])
        for lost, place in hit[:NAMED_MAX]
    ]
