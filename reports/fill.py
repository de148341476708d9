"""The seats without a browser (`--fill`): what they were owed, what came, how soon; counted apart.

A seat is owed a message under the ledger's rule, in each stretch of time in which it was ready to
receive: accepted, and the seat held from before the click to a grace after the acceptance. What was
said while it was cut off is not owed: a page would read it afterwards, and a seat has no page. None
of this is part of the ledger, whose recipients are browsers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from reports.figures import Share
from reports.health import lag_of
from reports.ledger import graced_ns
from reports.naming import person_of
from reports.spread import Spread, spread_of_counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.archive import History
    from reports.findings import Findings
    from reports.history import FillReceipts, FillSeat
    from reports.ledger import Message

_NS_PER_MS = 1_000_000


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of all seats without a browser.

    `joined` ever were ready to receive, `held` were so without a break until they were given up;
    `disconnects` are the breaks. `latency_ms` is from the author's request to the arrival, `lag_ms`
    how late the processes woke up that hold the seats: their own part of it.
    """

    joined: Share
    held: Share
    disconnects: int
    deliveries: Share  # received, of those owed
    duplicates: int
    latency_ms: Spread
    lag_ms: Spread


class Reception(NamedTuple):
    """One seat, how many messages it was owed, and those of them that never came."""

    seat: FillSeat
    owed: int
    missing: Sequence[Message]


def fill_of(findings: Findings) -> Fill | None:
    """The figures of the fill; None where the run had none."""
    history = findings.history
    asked, seats = len(history.fill()), history.fill_seats
    if not asked:
        return None
    receptions = receptions_of(findings)
    owed = sum(one.owed for one in receptions)
    return Fill(
        joined=Share(sum(bool(seat.joined_at_ns) for seat in seats), asked),
        held=Share(sum(is_unbroken(seat) for seat in seats), asked),
        disconnects=sum(map(breaks, seats)),
        deliveries=Share(owed - sum(len(one.missing) for one in receptions), owed),
        duplicates=sum(seat.repeated for seat in seats),
        latency_ms=spread_of_counted(_latencies_ms(findings)),
        lag_ms=lag_ms_of(history),
    )


def breaks(seat: FillSeat) -> int:
    """How often a seat that was ready to receive was cut off."""
    return len(seat.joined_at_ns) - seat.is_held


def is_unbroken(seat: FillSeat) -> bool:
    """It was ready to receive once, and until it was given up."""
    return bool(seat.joined_at_ns) and not breaks(seat)


def lag_ms_of(history: History) -> Spread:
    """How late the processes woke up that hold the seats."""
    shards = history.fill_shards
    return lag_of(sample for sample in history.health if sample.shard in shards)


def receptions_of(findings: Findings) -> list[Reception]:
    """Every seat's, as far as it was told of one; each house owes to its own seats only."""
    houses = findings.houses or (findings,)
    return [one for house in houses for one in _receptions(house)]


def _receptions(house: Findings) -> Iterator[Reception]:
    said = [one for one in house.ledger.messages if one.fate.is_owed]
    heard: defaultdict[str, set[str]] = defaultdict(set)
    for receipts in house.history.fill_receipts:
        heard[receipts.shard].add(receipts.message_id)
    for seat in house.history.fill_seats:
        owed = _owed(seat, said)
        had = heard[seat.shard].difference(seat.missing)
        yield Reception(seat, len(owed), [one for one in owed if one.message_id not in had])


def _owed(seat: FillSeat, said: Sequence[Message]) -> Sequence[Message]:
    stretches = list(zip(seat.joined_at_ns, seat.ended_at_ns, strict=False))
    return [
        one
        for one in said
        if any(
            since_ns <= one.send.clicked_at_ns and until_ns >= graced_ns(one.send)
            for since_ns, until_ns in stretches
        )
    ]


def changed(findings: Findings) -> list[FillReceipts]:
    """Messages that came to some seat otherwise than they were sent."""
    sent = {
        one.message_id: (person_of(one.send.user), one.send.digest)
        for one in findings.ledger.messages
        if one.message_id is not None and one.send.digest
    }
    return [
        one
        for one in findings.history.fill_receipts
        if one.altered
        or (one.author, one.digest) != sent.get(one.message_id, (one.author, one.digest))
    ]


def _latencies_ms(findings: Findings) -> Counter[float]:
    """How many receipts came so many ms after the author's request."""
    base_ns = {one.message_id: one.base_ns for one in findings.ledger.messages if one.fate.is_owed}
    took: Counter[float] = Counter()
    for one in findings.history.fill_receipts:
        if (since_ns := base_ns.get(one.message_id)) is not None:
            for after_ms, n in one.after_ms:
                took[(one.first_at_ns - since_ns) / _NS_PER_MS + after_ms] += n
    return took
