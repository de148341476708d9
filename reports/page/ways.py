"""Every message's way: its stages at the author, and when it came to each recipient.

A way's arrivals are 16-bit numbers, one for each user of the run: the milliseconds from the
request to the arrival, up to SLOWEST_MS, with BY_POLL added where a poll answer brought it; or why
there are none. What took longer counts as SLOWEST_MS.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from reports.history import Via
from reports.page.packing import packed
from reports.page.timing import Timeline
from reports.spread import percentile
from reports.users import cause
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reports.findings import Findings
    from reports.ledger import Ledger, Message

SLOWEST_MS = 0x7F00
NOT_OWED, UNPROVEN, MISSING = 0x7F01, 0x7F02, 0x7F03
BY_POLL = 0x8000
# 400 users with 2 messages each have 320,000 pairs, which take 0.9 MB; beyond these a page would
# be too large to open.
PAIRS_MAX = 1_000_000
_NS_PER_MS = 1_000_000


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `author` is the place of a user; the two ms are after the stage before them."""

    author: int
    number: int
    message_id: str | None
    fate: str
    answer: str
    clicked_s: float
    requested_ms: float | None
    accepted_ms: float | None
    owed: int
    lost: int
    unproven: int
    repeated: int
    p50_ms: float | None
    slowest_ms: float | None


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """All messages, by author and number.

    `arrivals` are those of the messages in `told`, in its order, packed; where there are too many
    for a page, messages that lost most are told first.
    """

    ways: list[Way]
    told: list[int]
    arrivals: str


class Traced(NamedTuple):
    """A message, its arrivals as numbers, and the latencies behind them in ascending order."""

    message: Message
    arrivals: array[int]
    latencies_ms: list[float]


def traced(ledger: Ledger, users: Sequence[str]) -> list[Traced]:
    """Every message of the ledger with its arrivals at `users`."""
    places = {user: place for place, user in enumerate(users)}
    return [_trace(message, places, ledger.unproven) for message in ledger.messages]


def _trace(message: Message, places: Mapping[str, int], unproven: frozenset[str]) -> Traced:
    arrivals = array("H", [NOT_OWED]) * len(places)
    base_ns, latencies_ms = message.base_ns, []
    for user, arrival in message.arrivals.items():
        if (place := places.get(user)) is not None:
            ms = (arrival.at_ns - base_ns) / _NS_PER_MS
            latencies_ms.append(ms)
            whole_ms = min(max(0, round(ms)), SLOWEST_MS)
            arrivals[place] = whole_ms if arrival.via is Via.FRAME else whole_ms + BY_POLL
    for user in message.missing():
        if (place := places.get(user)) is not None:
            arrivals[place] = UNPROVEN if user in unproven else MISSING
    latencies_ms.sort()
    return Traced(message, arrivals, latencies_ms)


def ways_of(findings: Findings, traces: Sequence[Traced], users: Sequence[str]) -> Ways:
    """The ways of these messages, to be looked at one by one."""
    places = {user: place for place, user in enumerate(users)}
    time = Timeline(findings.history)
    ways = [_way(trace, places, time, findings.ledger) for trace in traces]
    most = PAIRS_MAX // max(1, len(users))
    told = sorted(sorted(range(len(ways)), key=lambda place: -ways[place].lost)[:most])
    return Ways(ways=ways, told=told, arrivals=_joined(traces[place].arrivals for place in told))


def _joined(arrivals: Iterable[array[int]]) -> str:
    numbers = array("H")
    for own in arrivals:
        numbers.extend(own)
    return packed(numbers)


def _way(trace: Traced, places: Mapping[str, int], time: Timeline, ledger: Ledger) -> Way:
    message, send, latencies_ms = trace.message, trace.message.send, trace.latencies_ms
    missing = message.missing()
    return Way(
        author=places.get(send.user, -1),
        number=send.number,
        message_id=None if message.message_id is None else one_line(message.message_id),
        fate=message.fate,
        answer=one_line(cause(message)),
        clicked_s=time.s(send.clicked_at_ns),
        requested_ms=_ms(send.clicked_at_ns, send.requested_at_ns),
        accepted_ms=_ms(message.base_ns, send.accepted_at_ns),
        owed=len(message.owed),
        lost=len(missing - ledger.unproven),
        unproven=len(missing & ledger.unproven),
        repeated=len(message.repeated()),
        p50_ms=round(percentile(latencies_ms, 50), 1) if latencies_ms else None,
        slowest_ms=round(latencies_ms[-1], 1) if latencies_ms else None,
    )


def _ms(since_ns: int, until_ns: int | None) -> float | None:
    return None if until_ns is None else round((until_ns - since_ns) / _NS_PER_MS, 1)
