"""Delivery: did every message reach everyone it was owed to, once, in order, and as it was sent?

Pure functions of the ledger and the receipts. Without a delivery there is nothing to judge:
silence proves nothing, so that is `unknown`.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from reports.history import Via
from reports.ledger import Fate
from reports.naming import person_of
from reports.verdicts import invalid, unknown, valid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.findings import Findings
    from reports.ledger import Ledger, Message
    from reports.verdicts import Verdict

_NOTHING = "nothing was received, so there is nothing to judge"


def check_no_loss(findings: Findings) -> Verdict:
    """Every accepted message reached each recipient it was owed to, by the final read."""
    ledger = findings.ledger
    owed = sum(len(message.owed) for message in ledger.messages)
    lost = [
        f"{named(message)} never reached {user}"
        for message in ledger.messages
        for user in sorted(message.missing() - ledger.unproven)
    ]
    dark = sum(len(message.missing() & ledger.unproven) for message in ledger.messages)
    if lost:
        return invalid("no loss", f"{len(lost):,} of {owed:,} deliveries were lost", lost)
    if dark:
        return unknown("no loss", f"{dark:,} of {owed:,} deliveries are in the dark")
    if not owed:
        return unknown("no loss", "no delivery was owed to anybody")
    return valid("no loss", f"{owed:,} deliveries, none lost")


def check_exactly_once(findings: Findings) -> Verdict:
    """No recipient got a message in more than one frame.

    A poll answer may repeat a frame: that is how a page catches up.
    """
    twice = [
        f"{named(message)} came to {user} in {frames} frames"
        for message in findings.ledger.messages
        for user, frames in sorted(message.repeated().items())
    ]
    return _judge("exactly once", twice, findings.ledger, "arrived more than once")


def check_order(findings: Findings) -> Verdict | None:
    """Each recipient got an author's messages in the author's order.

    Only of messages whose second was requested after the first had been accepted, and by frame: a
    poll answer may be late and old. Nobody spoke twice: nothing was asked.
    """
    pairs = [pair for pair in _consecutive(findings.ledger) if _has_order(*pair)]
    if not pairs:
        return None
    swapped = [line for first, second in pairs for line in _swapped(first, second)]
    return _judge("order", swapped, findings.ledger, "arrived against their author's order")


def check_no_phantom(findings: Findings) -> Verdict:
    """Nothing was received in a run user's name that nobody sent."""
    phantoms = [
        f"message {message_id}, which nobody sent, came to {user}"
        for message_id, users in sorted(findings.ledger.phantoms.items())
        for user in sorted(users)
    ]
    return _judge("no phantom", phantoms, findings.ledger, "were never sent")


def check_no_alteration(findings: Findings) -> Verdict:
    """Author and body are the same at the sender, in the database and at every recipient."""
    sent = {
        message.message_id: (person_of(message.send.user), message.send.digest)
        for message in findings.ledger.messages
        if message.message_id is not None and message.send.digest
    }
    receipts = (
        f"message {one.message_id} of {sent[one.message_id][0]} came changed to {one.user}"
        for one in findings.history.receipts
        if (one.author, one.digest) != sent.get(one.message_id, (one.author, one.digest))
    )
    rows = (
        f"message {one.message_id} of {sent[one.message_id][0]} was stored changed"
        for one in findings.history.rows
        if (one.author, one.digest) != sent.get(one.message_id, (one.author, one.digest))
    )
    altered = sorted({*receipts, *rows})
    return _judge("no alteration", altered, findings.ledger, "differ from what was sent")


def check_no_leak(findings: Findings) -> Verdict:
    """Nobody received a message of another webinar."""
    leaked = sorted(
        f"message {one.message_id} of webinar {one.webinar} came to {one.user}"
        for one in findings.history.receipts
        if one.webinar
    )
    return _judge("no leak", leaked, findings.ledger, "belong to another webinar")


def check_witnesses(findings: Findings) -> Verdict:
    """The sender's answer, the row and the recipients tell the same story of every message."""
    messages = findings.ledger.messages
    if not messages:
        return unknown("witnesses agree", "nothing was sent")
    if any(message.fate is Fate.ACCEPTED for message in messages):
        return unknown("witnesses agree", "the messages table was not read after the last send")
    unproven = findings.ledger.unproven
    torn = [line for message in messages for line in _contradictions(message, unproven)]
    if torn:
        return invalid("witnesses agree", f"they disagree about {len(torn):,} messages", torn)
    return valid("witnesses agree", f"three witnesses of {len(messages):,} messages agree")


def named(message: Message) -> str:
    """How a person finds this message again: `message 71 (u0001 #0)`."""
    place = f"{message.send.user} #{message.send.number}"
    return f"message {message.message_id} ({place})" if message.message_id else place


def _judge(check: str, cases: Sequence[str], ledger: Ledger, what: str) -> Verdict:
    received = sum(len(message.arrivals) for message in ledger.messages)
    if cases:
        return invalid(check, f"{len(cases):,} deliveries {what}", cases)
    if not received:
        return unknown(check, _NOTHING)
    return valid(check, f"{received:,} deliveries, none of which {what}")


def _consecutive(ledger: Ledger) -> Iterator[tuple[Message, Message]]:
    by_author: defaultdict[str, list[Message]] = defaultdict(list)
    for message in ledger.messages:
        by_author[message.send.user].append(message)
    for messages in by_author.values():
        yield from pairwise(messages)


def _has_order(first: Message, second: Message) -> bool:
    accepted_at_ns, requested_at_ns = first.send.accepted_at_ns, second.send.requested_at_ns
    return (
        accepted_at_ns is not None
        and requested_at_ns is not None
        and accepted_at_ns <= requested_at_ns
    )


def _swapped(first: Message, second: Message) -> Iterator[str]:
    for user, later in second.arrivals.items():
        earlier = first.arrivals.get(user)
        if earlier is None or not (earlier.via is later.via is Via.FRAME):
            continue
        if later.at_ns < earlier.at_ns:
            yield f"{named(second)} came to {user} before {named(first)}"


def _contradictions(message: Message, unproven: frozenset[str]) -> Iterator[str]:
    fate = message.fate
    if fate is Fate.NOT_STORED:
        yield f"{named(message)}: accepted, and not in the database"
    elif fate in {Fate.REFUSED, Fate.THROTTLED} and message.arrivals:
        yield f"{named(message)}: refused, and {len(message.arrivals):,} users received it"
    elif fate is Fate.STORED and message.owed - unproven and not message.arrivals:
        yield f"{named(message)}: stored, and nobody received it"
