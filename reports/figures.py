"""The figures of a run, counted: how many users, messages and deliveries came how far, how fast.

Data for `summary`, in the shape of the incident report; nothing here knows what is good or bad.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reports.history import StepName, Via
from reports.ledger import Fate
from reports.spread import Spread, spread_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.ledger import Ledger, Message
    from reports.users import UserRow

_NS_PER_MS = 1_000_000


class Share(msgspec.Struct, frozen=True):
    """`n` of `of`."""

    n: int
    of: int

    @property
    def is_whole(self) -> bool:
        """All of something; nothing of nothing is not whole."""
        return 0 < self.of == self.n

    @property
    def percent(self) -> float:
        """With two decimals, rounded down: only all of it is 100. There must be something."""
        return self.n * 10_000 // self.of / 100


class Users(msgspec.Struct, frozen=True, kw_only=True):
    """How many users reached each point, each of all users of the run."""

    signed_in: Share
    seated: Share
    greeted: Share
    sent: Share  # users whose every send was accepted
    received: Share  # users to whom everything owed arrived


class Messages(msgspec.Struct, frozen=True, kw_only=True):
    """Sends of all users. `stored` is None where the messages table was not read."""

    accepted: Share
    stored: Share | None


class Deliveries(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs of message and recipient. `unproven` pairs are in a damaged shard's dark.

    `left_early` pairs were not owed: the recipient left before the grace was over. `late` pairs
    were owed and received, but after more than `ledger.LATE_NS`.
    """

    received: Share
    late: int
    unproven: int
    left_early: int
    duplicates: int
    phantoms: int
    latency_ms: dict[Via, Spread]


class Seconds(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds per user: the whole journey and each step without waiting, and the waiting."""

    journey: Spread
    steps: dict[StepName, Spread]
    waiting: Spread


def users_of(rows: Sequence[UserRow]) -> Users:
    """The users' shares; each point is counted by itself, whatever happened before it."""

    def share(has_reached: list[bool]) -> Share:
        return Share(sum(has_reached), len(rows))

    return Users(
        signed_in=share([StepName.SIGN_IN in row.passed for row in rows]),
        seated=share([StepName.SEAT in row.passed for row in rows]),
        greeted=share([StepName.GREET in row.passed for row in rows]),
        sent=share([row.has_sent_all for row in rows]),
        received=share([row.has_received_all for row in rows]),
    )


def messages_of(ledger: Ledger, rows: Sequence[UserRow]) -> Messages:
    """Accepted, of the sends the run expects of its users; and stored, of the accepted ones."""
    fates = [message.fate for message in ledger.messages if message.fate.is_owed]
    is_known = bool(fates) and Fate.ACCEPTED not in fates
    return Messages(
        accepted=Share(sum(row.accepted for row in rows), sum(row.expected for row in rows)),
        stored=Share(fates.count(Fate.STORED), len(fates)) if is_known else None,
    )


def deliveries_of(ledger: Ledger) -> Deliveries:
    """What became of the owed pairs, and what arrived that should not have."""
    messages = ledger.messages
    owed = sum(len(message.owed) for message in messages)
    missing = [message.missing() for message in messages]
    return Deliveries(
        received=Share(owed - sum(len(one) for one in missing), owed),
        late=sum(len(message.late()) for message in messages),
        unproven=sum(len(one & ledger.unproven) for one in missing),
        left_early=sum(len(message.left_early) for message in messages),
        duplicates=sum(n - 1 for message in messages for n in message.repeated().values()),
        phantoms=sum(len(users) for users in ledger.phantoms.values()),
        latency_ms={via: spread_of(_latencies_ms(messages, via)) for via in Via},
    )


def _latencies_ms(messages: Sequence[Message], via: Via) -> list[float]:
    return [
        (arrival.at_ns - message.base_ns) / _NS_PER_MS
        for message in messages
        if message.fate.is_owed
        for arrival in message.arrivals.values()
        if arrival.via is via
    ]


def seconds_of(rows: Sequence[UserRow]) -> Seconds:
    """Seconds per user. A step counts for the users of whom it was measured."""
    steps = {
        step: spread_of(row.measured[step] for row in rows if step in row.measured)
        for step in StepName
    }
    return Seconds(
        journey=spread_of(row.seconds for row in rows if row.seconds is not None),
        steps={step: spread for step, spread in steps.items() if spread.n},
        waiting=spread_of(row.waited_s for row in rows if row.step_seconds),
    )
