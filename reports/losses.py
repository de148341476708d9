"""What was lost, by the named stage where it was lost, and who was concerned.

A message that never was accepted is lost for its author; a delivery is lost for its recipient.
Pairs in the dark of a damaged shard are not losses: nobody knows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import msgspec

from reports.ledger import Fate
from reports.users import cause

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from reports.ledger import Ledger, Message

NAMED_MAX = 20
NOT_DELIVERED_BY_LIMIT = "not delivered: throttled by the platform"
_ANSWERED = {Fate.REFUSED, Fate.THROTTLED}

# Fates under which a message is no loss of its author's, and what its missing deliveries are.
UNDELIVERED = {
    Fate.ACCEPTED: "accepted but not delivered",
    Fate.STORED: "stored but not delivered",
}


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """One stage at which something was lost.

    `messages` were concerned, and `pairs` of theirs were owed and lost. `users` names the first
    (authors of lost messages, recipients of lost deliveries) of `users_total`; `causes` counts what
    servers answered, as `429 over_request_rate`.
    """

    stage: str
    messages: int
    pairs: int
    users_total: int
    users: list[str]
    causes: dict[str, int]

    def __str__(self) -> str:
        return (
            f"{self.stage}: messages {self.messages:,}, deliveries {self.pairs:,}, "
            f"users {self.users_total:,}"
        )


def losses_of(ledger: Ledger) -> list[Loss]:
    """All losses, in the order of their stages."""
    by_fate: defaultdict[Fate, list[Message]] = defaultdict(list)
    for message in ledger.messages:
        by_fate[message.fate].append(message)
    excused = ledger.unproven | ledger.throttled
    losses = [
        _undelivered(UNDELIVERED[fate], by_fate[fate], excused)
        if fate in UNDELIVERED
        else _lost(fate, by_fate[fate], ledger.unproven)
        for fate in Fate
    ]
    lasting = [message for fate in UNDELIVERED for message in by_fate[fate]]
    others = frozenset(user for one in lasting for user in one.missing() - ledger.throttled)
    losses.append(_undelivered(NOT_DELIVERED_BY_LIMIT, lasting, others | ledger.unproven))
    return [loss for loss in losses if loss.messages]


def _lost(fate: Fate, messages: Sequence[Message], unproven: frozenset[str]) -> Loss:
    """Messages that did not last, each a loss of its author's."""
    causes = Counter(cause(message) for message in messages if message.send.status is not None)
    return _loss(
        fate,
        messages=len(messages),
        pairs=sum(len(message.missing() - unproven) for message in messages),
        users={message.send.user for message in messages},
        causes=dict(sorted(causes.items())) if fate in _ANSWERED else {},
    )


def _undelivered(stage: str, messages: Sequence[Message], excused: frozenset[str]) -> Loss:
    """Messages that lasted, with deliveries that never came: losses of their recipients."""
    missing = [message.missing() - excused for message in messages]
    return _loss(
        stage,
        messages=sum(1 for one in missing if one),
        pairs=sum(len(one) for one in missing),
        users=frozenset().union(*missing),
        causes={},
    )


def _loss(
    stage: str, *, messages: int, pairs: int, users: Set[str], causes: dict[str, int]
) -> Loss:
    return Loss(
        stage=stage,
        messages=messages,
        pairs=pairs,
        users_total=len(users),
        users=sorted(users)[:NAMED_MAX],
        causes=causes,
    )
