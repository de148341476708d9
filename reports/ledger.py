"""The ledger: every (message, recipient) pair a run owes, and the last stage each of them reached.

A pair is owed when the message was accepted and the recipient was seated before the click and
still is a bounded grace after the acceptance. The author is a recipient too: she must see her own
message back. Pairs are kept as one mapping per message, since 400 users with 2 messages each make
320,000 of them, and 1,000 users with 4 messages each 4,000,000. Reads a History; `summary` counts
what is here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from reports.history import MESSAGES_PROBE, Outcome, StepName, Via
from reports.naming import person_of
from reports.throttling import TOO_MANY_REQUESTS, speaks_of_limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reports.archive import History
    from reports.history import Probe, Receipt, Row, Send, Step

# The suite must let the house sit at least this long after the last acceptance.
GRACE_NS = 2_000_000_000
# Beyond this, what somebody answers comes after the next question (`gates.toml`, webinar).
LATE_NS = 5_000_000_000


class Fate(StrEnum):
    """What became of one send, as far as the author's side and the database know."""

    NO_REQUEST = "no request after the click"
    REFUSED = "refused"
    THROTTLED = "throttled by the platform"  # refused, with 429
    NO_ANSWER = "no answer"  # and no witness that it happened all the same
    NOT_STORED = "accepted but not stored"
    ACCEPTED = "accepted"  # the messages table was not read: nobody knows whether it was stored
    STORED = "stored"

    @property
    def is_owed(self) -> bool:
        """Whether recipients may expect the message."""
        return self in {Fate.NOT_STORED, Fate.ACCEPTED, Fate.STORED}


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """One message at one recipient: when and how it came first, and how many frames brought it."""

    at_ns: int
    via: Via
    frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One send and its deliveries. `arrivals` also has recipients to whom nothing was owed.

    `owed` are the recipients a delivery is owed to, `left_early` those who were seated at the click
    and left within the grace without having received it.
    """

    send: Send
    message_id: str | None
    fate: Fate
    arrivals: Mapping[str, Arrival]
    owed: frozenset[str]
    left_early: frozenset[str]

    @property
    def base_ns(self) -> int:
        """Where latency starts: the request leaving the sender's browser."""
        return self.send.requested_at_ns or self.send.clicked_at_ns

    def missing(self) -> frozenset[str]:
        """Recipients who were owed the message and never received it."""
        return self.owed.difference(self.arrivals)

    def late(self) -> frozenset[str]:
        """Recipients who were owed the message and received it more than LATE_NS after its base."""
        in_time_ns = self.base_ns + LATE_NS
        late = {user for user, arrival in self.arrivals.items() if arrival.at_ns > in_time_ns}
        return self.owed & late

    def repeated(self) -> dict[str, int]:
        """Recipients whom more than one frame brought the message, with the number of frames.

        A poll answer may rightly repeat a frame: that is how a page catches up.
        """
        return {user: one.frames for user, one in self.arrivals.items() if one.frames > 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All deliveries of a run. Messages by author and number.

    `phantoms` maps the id of a message nobody sent to the users who received it in a run user's
    name. `unproven` users may have received what their damaged shard does not say. `throttled`
    users were told by Realtime that a limit was exceeded: what they miss is the platform's doing.
    """

    messages: tuple[Message, ...]
    phantoms: Mapping[str, frozenset[str]]
    unproven: frozenset[str]
    throttled: frozenset[str]


def build_ledger(history: History, *, grace_ns: int = GRACE_NS) -> Ledger:
    """The ledger of a history; the order of its ops does not matter.

    Of several houses each has its own, since nobody owes anything to people of another one.
    """
    if history.houses:
        return joined([build_ledger(house, grace_ns=grace_ns) for house in history.houses])
    seats = _Seats(history.steps)
    seen = _seen(history.receipts)
    identified = _identify(history.sends, history.rows, seen)
    fate_of = _Table(history.rows, history.probes).fate_of
    messages = [
        _message(send, message_id, fate_of(send, message_id), seen, seats, grace_ns)
        for send, message_id in identified
    ]
    return Ledger(
        messages=tuple(messages),
        phantoms=_phantoms(messages, seen, set(history.users()) - history.unproven_users()),
        unproven=history.unproven_users(),
        throttled=frozenset(
            change.user for change in history.channels if speaks_of_limit(change.detail)
        ),
    )


def joined(ledgers: Sequence[Ledger]) -> Ledger:
    """The ledger of houses that have nothing in common, neither users nor messages."""
    messages = (message for ledger in ledgers for message in ledger.messages)
    return Ledger(
        messages=tuple(sorted(messages, key=lambda one: _in_order(one.send))),
        phantoms={id_: users for ledger in ledgers for id_, users in ledger.phantoms.items()},
        unproven=frozenset[str]().union(*(ledger.unproven for ledger in ledgers)),
        throttled=frozenset[str]().union(*(ledger.throttled for ledger in ledgers)),
    )


def _in_order(send: Send) -> tuple[str, int, int]:
    return (send.user, send.number, send.clicked_at_ns)


@dataclass(slots=True)
class _Seen:
    """What the receipts say of one message: its earliest receipt, and all arrivals."""

    first: Receipt
    arrivals: dict[str, Arrival]


def _seen(receipts: Iterable[Receipt]) -> dict[str, _Seen]:
    seen: dict[str, _Seen] = {}
    for receipt in receipts:
        one = seen.get(receipt.message_id)
        if one is None:
            one = seen[receipt.message_id] = _Seen(receipt, {})
        elif (receipt.at_ns, receipt.user) < (one.first.at_ns, one.first.user):
            one.first = receipt
        one.arrivals[receipt.user] = _merged(one.arrivals.get(receipt.user), receipt)
    return seen


def _merged(before: Arrival | None, receipt: Receipt) -> Arrival:
    frames = int(receipt.via is Via.FRAME)
    if before is None:
        return Arrival(receipt.at_ns, receipt.via, frames)
    at_ns, via = min((before.at_ns, before.via), (receipt.at_ns, receipt.via))
    return Arrival(at_ns, via, before.frames + frames)


def _identify(
    sends: Iterable[Send], rows: Iterable[Row], seen: Mapping[str, _Seen]
) -> list[tuple[Send, str | None]]:
    """Each send with the id of its message, where an answer or another witness tells it.

    A send without a proper answer may have happened. A row or receipt with its author and body
    says so, unless somebody had it before the send: then it is an older message of the same words.
    """
    ordered = sorted(sends, key=_in_order)
    known = {send.message_id for send in ordered}
    origins = {one.message_id: (one.author, one.digest) for one in rows}
    origins |= {
        message_id: (one.first.author, one.first.digest) for message_id, one in seen.items()
    }
    spare: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    # Ids grow with time, and shorter ones are smaller: the first spare one is the oldest.
    for message_id in sorted(origins.keys() - known, key=lambda one: (len(one), one)):
        spare[origins[message_id]].append(message_id)
    return [(send, send.message_id or _claimed(send, spare, seen)) for send in ordered]


def _claimed(
    send: Send, spare: Mapping[tuple[str, str], list[str]], seen: Mapping[str, _Seen]
) -> str | None:
    if send.requested_at_ns is None or not send.digest:
        return None
    candidates = spare.get((person_of(send.user), send.digest), [])
    for message_id in candidates:
        one = seen.get(message_id)
        if one is None or one.first.at_ns >= send.requested_at_ns:
            candidates.remove(message_id)
            return message_id
    return None


class _Table:
    """The messages table as the final read found it."""

    def __init__(self, rows: Iterable[Row], probes: Iterable[Probe]) -> None:
        self._stored = {row.message_id for row in rows}
        reads = [probe for probe in probes if probe.name == MESSAGES_PROBE]
        final = max(reads, key=lambda probe: probe.at_ns, default=None)
        self._read_at_ns = final.at_ns if final and final.outcome is Outcome.OK else None

    def fate_of(self, send: Send, message_id: str | None) -> Fate:
        """What became of `send`, whose message has this id."""
        if message_id in self._stored and send.outcome is not Outcome.FAIL:
            return Fate.STORED
        if send.outcome is Outcome.OK or (send.outcome is Outcome.UNKNOWN and message_id):
            # A read before the acceptance cannot have found the row.
            is_late = self._read_at_ns is not None and self._read_at_ns >= _accepted_ns(send)
            return Fate.NOT_STORED if is_late else Fate.ACCEPTED
        if send.requested_at_ns is None:
            return Fate.NO_REQUEST
        if send.outcome is not Outcome.FAIL:
            return Fate.NO_ANSWER
        return Fate.THROTTLED if send.status == TOO_MANY_REQUESTS else Fate.REFUSED


def graced_ns(send: Send, grace_ns: int = GRACE_NS) -> int:
    """Until when a seat that was taken before the click must be kept for the message to be owed."""
    return max(send.clicked_at_ns, _accepted_ns(send) + grace_ns)


def _accepted_ns(send: Send) -> int:
    """The acceptance, or the last moment before it that is known."""
    return send.accepted_at_ns or send.requested_at_ns or send.clicked_at_ns


class Seat(NamedTuple):
    """When a user could receive; `until_ns` is None where she stayed to the end."""

    since_ns: int
    until_ns: int | None


class _Seats:
    """The seat of each user who ever was ready: from her first readiness to her first leaving."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._seats = seats_of(steps)
        self._known: dict[frozenset[str], frozenset[str]] = {}

    def taken(self, since_ns: int, until_ns: int) -> frozenset[str]:
        """Users who had a seat from before `since_ns` to `until_ns`.

        The same users are the same object: most messages are owed to the whole house.
        """
        users = frozenset(
            user
            for user, seat in self._seats.items()
            if seat.since_ns <= since_ns and (seat.until_ns is None or seat.until_ns >= until_ns)
        )
        return self._known.setdefault(users, users)


def seats_of(steps: Iterable[Step]) -> dict[str, Seat]:
    """Each user's seat who ever had one."""
    since: dict[str, int] = {}
    until: dict[str, int] = {}
    for step in steps:
        if step.step is StepName.SEAT and step.outcome is Outcome.OK:
            since[step.user] = min(step.ended_at_ns, since.get(step.user, step.ended_at_ns))
        elif step.step is StepName.LEAVE:
            # She waits in her seat: only the act of leaving ends it.
            acts_at_ns = step.started_at_ns + step.waited_ns
            until[step.user] = min(acts_at_ns, until.get(step.user, acts_at_ns))
    return {user: Seat(since_ns, until.get(user)) for user, since_ns in since.items()}


def _message(
    send: Send,
    message_id: str | None,
    fate: Fate,
    seen: Mapping[str, _Seen],
    seats: _Seats,
    grace_ns: int,
) -> Message:
    one = seen.get(message_id) if message_id else None
    arrivals = one.arrivals if one else {}
    present = owed = frozenset[str]()
    if fate.is_owed:
        present = seats.taken(send.clicked_at_ns, send.clicked_at_ns)
        owed = seats.taken(send.clicked_at_ns, graced_ns(send, grace_ns))
    return Message(
        send=send,
        message_id=message_id,
        fate=fate,
        arrivals=arrivals,
        owed=owed,
        left_early=(present - owed).difference(arrivals),
    )


def _phantoms(
    messages: Sequence[Message], seen: Mapping[str, _Seen], authors: set[str]
) -> dict[str, frozenset[str]]:
    """Messages nobody sent, received in the name of an author whose sends are all known.

    What anybody had before the first click is the webinar's earlier chat, and none of the run.
    """
    if not messages:
        return {}
    sent = {message.message_id for message in messages}
    first_click_ns = min(message.send.clicked_at_ns for message in messages)
    return {
        message_id: frozenset(one.arrivals)
        for message_id, one in seen.items()
        if message_id not in sent
        and one.first.author in authors
        and one.first.at_ns >= first_click_ns
    }
