"""The named metrics of a run: what each one reads in the findings, in which unit, and what is good.

A reading without cases is no evidence, and a metric that breaks has read nothing. `gates` bounds
metrics and `comparing` sets two runs' side by side; nothing here knows what is good enough.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from reports.checks.presence import convergence_s
from reports.checks.recovery import catch_up_s
from reports.figures import messages_of, users_of
from reports.history import StepName, Via
from reports.ledger import LATE_NS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from reports.figures import Share, Users
    from reports.findings import Findings
    from reports.history import Exchange
    from reports.ledger import Message

_NS_PER_MS = 1_000_000
# No clock goes as far, and no sum of so many samples is infinite.
_SANE_MAX = 1e100
_Z_95 = 1.959963984540054
_TOKEN_PATH = "/auth/v1/token"  # sign-in and refresh; the query says which
_USER_PATH = "/auth/v1/user"


class Unit(StrEnum):
    """What a metric's figures are measured in."""

    RATIO = "ratio"
    COUNT = "count"
    MS = "ms"
    S = "s"
    PER_USER = "per user"


class Direction(StrEnum):
    """Which figures are the better ones."""

    LOWER = "lower"
    HIGHER = "higher"


class Kind(StrEnum):
    """What a metric reads, and with it which aggregations there are."""

    RATE = "rate"
    COUNT = "count"
    SAMPLES = "samples"


@dataclass(frozen=True, slots=True)
class Rate:
    """`n` of `of`. Raises ValueError for a part that is larger than the whole."""

    n: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.n <= self.of:
            raise ValueError(f"expected a part of a whole, got {self.n} of {self.of}")

    @property
    def cases(self) -> int:
        """How many cases were looked at; 0 is no evidence."""
        return self.of

    @property
    def values(self) -> Sequence[float]:
        """The one figure; there must be cases."""
        return (self.n / self.of,)


@dataclass(frozen=True, slots=True)
class Count:
    """`n` occurrences where `of` cases were looked at: nothing found in nothing proves nothing."""

    n: int
    of: int

    @property
    def cases(self) -> int:
        """How many cases were looked at; 0 is no evidence."""
        return self.of

    @property
    def values(self) -> Sequence[float]:
        """The one figure."""
        return (float(self.n),)


@dataclass(frozen=True, slots=True)
class Samples:
    """One value per case, in no order. Raises ValueError for values that are no measurements."""

    values: Sequence[float]

    def __post_init__(self) -> None:
        # Asked for what is sane, since no comparison with a NaN is true. Negative latencies are
        # sane: a busy worker may see its own send's request after another saw the message arrive.
        sane = sum(1 for value in self.values if -_SANE_MAX <= value <= _SANE_MAX)
        if sane < len(self.values):
            wrong = len(self.values) - sane
            raise ValueError(f"{wrong} of {len(self.values)} samples are infinite, or no numbers")

    @property
    def cases(self) -> int:
        """How many cases were looked at; 0 is no evidence."""
        return len(self.values)


Reading = Rate | Count | Samples


@dataclass(frozen=True, slots=True)
class Unread:
    """A metric could not be read; `reason` says why in one sentence."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A named number. `better` says which figures are the better ones; `read` is pure."""

    name: str
    unit: Unit
    kind: Kind
    better: Direction
    description: str
    read: Callable[[Findings], Reading]


class Interval(NamedTuple):
    """Where a figure lies, with the confidence its maker states."""

    low: float
    high: float


def measure(metric: Metric, findings: Findings) -> Reading | Unread:
    """What `metric` reads, or why it could not. Never raises."""
    try:
        return metric.read(findings)
    except Exception as error:  # whatever breaks in a metric, it has proven nothing
        return Unread(f"{metric.name} could not be read: {str(error) or type(error).__name__}")


def wilson(n: int, of: int) -> Interval:
    """The Wilson score interval (1927) of `n` in `of` at 95 %; of nothing, everything is possible.

    Unlike the textbook's normal interval it stays within 0 and 1, and 400 of 400 is not certainty.
    """
    if of == 0:
        return Interval(0.0, 1.0)
    rate = Rate(n, of).values[0]
    weight = _Z_95**2 / of
    centre = (rate + weight / 2) / (1 + weight)
    arm = sqrt(weight * (rate * (1 - rate) + weight / 4)) / (1 + weight)
    # At 0 of n and n of n one end is the rate itself; rounding must not put it on the wrong side.
    return Interval(min(rate, max(0.0, centre - arm)), max(rate, min(1.0, centre + arm)))


def _users(pick: Callable[[Users], Share], findings: Findings) -> Rate:
    share = pick(users_of(findings.rows))
    return Rate(share.n, share.of)


def _accepted(findings: Findings) -> Rate:
    # One user's sends beyond what is expected of her must not make up for another's missing ones.
    accepted = sum(min(row.accepted, row.expected) for row in findings.rows)
    return Rate(accepted, sum(row.expected for row in findings.rows))


def _stored(findings: Findings) -> Rate:
    share = messages_of(findings.ledger, findings.rows).stored
    if share is None:
        raise ValueError("nobody knows which accepted messages were stored")
    return Rate(share.n, share.of)


def _received(findings: Findings) -> Rate:
    owed = sum(len(message.owed) for message in findings.ledger.messages)
    return Rate(owed - sum(len(message.missing()) for message in findings.ledger.messages), owed)


def _lost(findings: Findings) -> Count:
    """Pairs in the dark of a damaged shard are neither lost nor looked at."""
    ledger = findings.ledger
    lost = dark = owed = 0
    for message in ledger.messages:
        missing = message.missing()
        owed += len(message.owed)
        dark += len(missing & ledger.unproven)
        lost += len(missing - ledger.unproven)
    return Count(lost, owed - dark)


def _late(findings: Findings) -> Count:
    """Of the pairs that were received: what never came is lost, and not late."""
    messages = findings.ledger.messages
    received = sum(len(message.owed) - len(message.missing()) for message in messages)
    return Count(sum(len(message.late()) for message in messages), received)


def _duplicates(findings: Findings) -> Count:
    """A second frame is one too many."""
    messages = findings.ledger.messages
    extra = sum(n - 1 for message in messages for n in message.repeated().values())
    return Count(extra, _arrived(findings))


def _phantoms(findings: Findings) -> Count:
    phantoms = sum(len(users) for users in findings.ledger.phantoms.values())
    return Count(phantoms, phantoms + _arrived(findings))


def _arrived(findings: Findings) -> int:
    return sum(len(message.arrivals) for message in findings.ledger.messages)


def _latency(ways: frozenset[Via], findings: Findings) -> Samples:
    messages = [message for message in findings.ledger.messages if message.fate.is_owed]
    return Samples([ms for message in messages for ms in _arrivals_ms(message, ways)])


def _arrivals_ms(message: Message, ways: frozenset[Via]) -> Iterator[float]:
    base_ns = message.base_ns
    for arrival in message.arrivals.values():
        if arrival.via in ways:
            yield (arrival.at_ns - base_ns) / _NS_PER_MS


def _journey(findings: Findings) -> Samples:
    return Samples([row.seconds for row in findings.rows if row.seconds is not None])


def _step(step: StepName, findings: Findings) -> Samples:
    """A step counts for the users who passed it: a time-out is no measurement."""
    return Samples([row.step_seconds[step] for row in findings.rows if step in row.passed])


def _convergence(findings: Findings) -> Samples:
    return Samples(convergence_s(findings.history))


def _catch_up(findings: Findings) -> Samples:
    return Samples(catch_up_s(findings))


def _token_latency(findings: Findings) -> Samples:
    answered = [one for one in findings.history.exchanges if one.status is not None]
    return Samples([one.duration_ms for one in answered if _path(one) == _TOKEN_PATH])


def _registrations(status: int, findings: Findings) -> Count:
    """All exchanges were looked at: a run that recorded none of them has seen no 400 either."""
    exchanges = findings.history.exchanges
    found = [one for one in exchanges if "registrations" in one.route and one.status == status]
    return Count(len(found), len(exchanges))


def _per_user(path: str, findings: Findings) -> Samples:
    """A user who made no exchange at all was not watched, and is no sample of 0."""
    exchanges = findings.history.exchanges
    requests = Counter(one.user for one in exchanges if _path(one) == path)
    return Samples([float(requests[user]) for user in sorted({one.user for one in exchanges})])


def _path(exchange: Exchange) -> str:
    return exchange.route.partition("?")[0]


def _metric(name: str, unit: Unit, description: str, read: Callable[[Findings], Reading]) -> Metric:
    """A metric of which the unit tells the rest: shares grow with success, all else shrinks."""
    kind = {Unit.RATIO: Kind.RATE, Unit.COUNT: Kind.COUNT}.get(unit, Kind.SAMPLES)
    return Metric(
        name=name,
        unit=unit,
        kind=kind,
        better=Direction.HIGHER if kind is Kind.RATE else Direction.LOWER,
        description=description,
        read=read,
    )


_USERS: tuple[tuple[str, str, Callable[[Users], Share]], ...] = (
    ("signed_in", "users whose sign-in went well, of all users", lambda users: users.signed_in),
    ("seated", "users who took their seat, of all users", lambda users: users.seated),
    ("greeted", "users whose greeting went well, of all users", lambda users: users.greeted),
    (
        "sent",
        "users whose every expected send was accepted, of all users",
        lambda users: users.sent,
    ),
    (
        "received",
        "users who were owed something and received it all, of all users",
        lambda users: users.received,
    ),
)

_ALL = (
    *(
        _metric(f"users.{name}", Unit.RATIO, text, partial(_users, pick))
        for name, text, pick in _USERS
    ),
    _metric(
        "messages.accepted", Unit.RATIO, "sends accepted, of those expected of all users", _accepted
    ),
    _metric(
        "messages.stored", Unit.RATIO, "rows found by the final read, of messages accepted", _stored
    ),
    _metric("deliveries.received", Unit.RATIO, "pairs received, of pairs owed", _received),
    _metric(
        "deliveries.lost",
        Unit.COUNT,
        "owed pairs never received, less those nobody knows of",
        _lost,
    ),
    _metric(
        "deliveries.late",
        Unit.COUNT,
        f"owed pairs received more than {LATE_NS / 1_000_000_000:g} s after the send's request",
        _late,
    ),
    _metric(
        "deliveries.duplicates",
        Unit.COUNT,
        "frames beyond the first of a message at a user",
        _duplicates,
    ),
    _metric(
        "deliveries.phantoms",
        Unit.COUNT,
        "pairs received in a run user's name, never sent",
        _phantoms,
    ),
    _metric(
        "delivery.latency_ms",
        Unit.MS,
        "from a send's request to its first arrival at each recipient",
        partial(_latency, frozenset(Via)),
    ),
    *(
        _metric(
            f"delivery.latency_ms.{via}",
            Unit.MS,
            f"the same, where a {via} came first",
            partial(_latency, frozenset({via})),
        )
        for via in Via
    ),
    _metric(
        "journey.seconds",
        Unit.S,
        "per user, first navigation to her last message seen back, without waiting",
        _journey,
    ),
    *(
        _metric(
            f"step.{step}.seconds",
            Unit.S,
            f"the step {step} without waiting, per user who passed it",
            partial(_step, step),
        )
        for step in StepName
    ),
    _metric(
        "presence.convergence.seconds",
        Unit.S,
        "from the last seat taken to the last change of each page's roster",
        _convergence,
    ),
    _metric(
        "recovery.seconds",
        Unit.S,
        "from the last cut of each user who was cut off to live again with nothing missing",
        _catch_up,
    ),
    _metric(
        "auth.token.latency_ms",
        Unit.MS,
        "answered requests for a token: sign-ins and refreshes",
        _token_latency,
    ),
    _metric(
        "auth.token.requests_per_user",
        Unit.PER_USER,
        "requests for a token, per user who was watched",
        partial(_per_user, _TOKEN_PATH),
    ),
    _metric(
        "auth.user.requests_per_user",
        Unit.PER_USER,
        "requests of /auth/v1/user, per user who was watched",
        partial(_per_user, _USER_PATH),
    ),
    *(
        _metric(
            f"registrations.status_{status}",
            Unit.COUNT,
            f"exchanges with registrations that were answered {status}, as browsers saw them",
            partial(_registrations, status),
        )
        for status in (400, 409)
    ),
)

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ALL}
