"""The clock of a history: when the run began, and whether its times can be compared at all.

Times are those of one host's monotonic clock, or were put on it (`hosts`). Shards of other hosts,
or from before and after a reboot, have clocks that know nothing of each other; and no clock shows
an effect before its cause.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from reports.hosts import doubt_ns
from reports.naming import first_of
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reports.archive import History
    from reports.history import Exchange, Header, Send, Served, Step
    from reports.ledger import Ledger

# The clock of the world may be set a little while a run goes on; the monotonic one is not.
TOLERANCE_NS = 1_000_000_000
FOREVER_NS = 2**63
_NS_PER_MS = 1_000_000
_NS_PER_S = 1_000_000_000


def began_at_ns(history: History) -> int:
    """When the first of the run's shards began; 0 where no header says it."""
    return min((header.started_at_ns for header in history.headers), default=0)


def ended_at_ns(exchange: Exchange | Served) -> int:
    """When an exchange was over."""
    return exchange.started_at_ns + round(exchange.duration_ms * _NS_PER_MS)


def impossible_times(history: History, ledger: Ledger) -> Iterator[str]:
    """Why the times of this history cannot be compared with each other, each as one sentence."""
    for part in history.each_part():
        yield from (f"{part.name}: {line}" if part.name else line for line in _of_host(part))
    yield from _impossible_steps(history.steps)
    yield from _impossible_sends(history.sends)
    yield from _impossible_deliveries(ledger, doubt_ns(history))


def _of_host(history: History) -> Iterator[str]:
    """What one runner's own shards say against each other."""
    yield from _untold(history.headers)
    yield from _of_two_hosts(history.headers)
    yield from _outside_the_run(history)


def _untold(headers: Iterable[Header]) -> Iterator[str]:
    timeless = [header for header in headers if _started_at_s(header) is None]
    if timeless:
        yield (
            f"nobody knows when {first_of(header.shard for header in timeless)} began: "
            f"{one_line(timeless[0].started_at)!r} is no time"
        )


def _started_at_s(header: Header) -> float | None:
    """The world's time, as seconds since the epoch; None where the header has none."""
    try:
        told = datetime.fromisoformat(header.started_at)
    except ValueError:
        return None
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()


def _of_two_hosts(headers: Iterable[Header]) -> Iterator[str]:
    """What one host's two clocks differ by is the same in all its shards."""
    boots = sorted(
        (round(told_s * _NS_PER_S) - header.started_at_ns, header.shard)
        for header in headers
        if (told_s := _started_at_s(header)) is not None
    )
    if boots and (apart_ns := boots[-1][0] - boots[0][0]) > TOLERANCE_NS:
        yield (
            f"the clocks of {first_of((boots[0][1], boots[-1][1]))} are {_s(apart_ns)} apart: "
            "shards of different hosts, or from before and after a reboot, cannot be compared"
        )


def _outside_the_run(history: History) -> Iterator[str]:
    """A shard begins before the first of its ops, and the house when all others have ended."""
    began_ns, over_ns = began_at_ns(history), _over_at_ns(history)
    outside = [
        (max(began_ns - at_ns, at_ns - over_ns), name)
        for at_ns, name in _acts(history)
        if not began_ns - TOLERANCE_NS <= at_ns <= over_ns + TOLERANCE_NS
    ]
    if outside:
        outside.sort(reverse=True)
        names = dict.fromkeys(name for _, name in outside)
        yield (
            f"{len(outside):,} times are outside the run, by up to {_s(outside[0][0])}: "
            f"of {first_of(names)}"
        )


def _over_at_ns(history: History) -> int:
    """When the house began to read what was stored; the end of all time where nobody says it."""
    houses_ns = [one.started_at_ns for one in history.headers if one.is_house]
    # A house that began with the others has seen no end.
    return max((at_ns for at_ns in houses_ns if at_ns > began_at_ns(history)), default=FOREVER_NS)


def _acts(history: History) -> Iterator[tuple[int, str]]:
    """The times of what users did and met, with their names."""
    return chain(
        ((step.started_at_ns, step.user) for step in history.steps),
        ((step.ended_at_ns, step.user) for step in history.steps),
        ((send.clicked_at_ns, send.user) for send in history.sends),
        ((send.accepted_at_ns or send.clicked_at_ns, send.user) for send in history.sends),
        ((exchange.started_at_ns, exchange.user) for exchange in history.exchanges),
        ((channel.at_ns, channel.user) for channel in history.channels),
        ((receipt.at_ns, receipt.user) for receipt in history.receipts),
    )


def _impossible_steps(steps: Iterable[Step]) -> Iterator[str]:
    wrong = sorted(
        f"{step.step} of {step.user}"
        for step in steps
        if step.waited_ns + step.held_ns > step.ended_at_ns - step.started_at_ns
    )
    if wrong:
        yield (
            f"{len(wrong):,} steps ended before they began, or waited longer than they took: "
            f"{first_of(wrong)}"
        )


def _impossible_sends(sends: Iterable[Send]) -> Iterator[str]:
    wrong = sorted(f"{send.user}#{send.number}" for send in sends if not _is_in_order(send))
    if wrong:
        yield (
            f"{len(wrong):,} sends were requested before the click, or accepted before they were "
            f"requested: {first_of(wrong)}"
        )


def _is_in_order(send: Send) -> bool:
    """Click, request, answer; the request's time is the browser's, and was told in the world's."""
    stages = (send.clicked_at_ns, send.requested_at_ns, send.accepted_at_ns)
    known = [at_ns for at_ns in stages if at_ns is not None]
    return all(earlier <= later + TOLERANCE_NS for earlier, later in pairwise(known))


def _impossible_deliveries(ledger: Ledger, doubt_ns: int) -> Iterator[str]:
    """A busy worker may see its own request late, but it has clicked before anybody can hear."""
    wrong = sorted(
        f"{message.send.user}#{message.send.number} at {user}"
        for message in ledger.messages
        for user, arrival in message.arrivals.items()
        if arrival.at_ns < message.send.clicked_at_ns - doubt_ns
    )
    if wrong:
        yield f"{len(wrong):,} deliveries came before their author had clicked: {first_of(wrong)}"


def _s(duration_ns: int) -> str:
    return f"{duration_ns / _NS_PER_S:,.1f} s"
