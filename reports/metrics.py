"""The named metrics of a run: what each one reads in the findings, in which unit, and what is good.

A reading without cases is no evidence, and a metric that breaks has read nothing. `gates` bounds
metrics and `comparing` sets two runs' side by side; nothing here knows what is good enough.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from reports.checks.presence import convergence_s
from reports.checks.recovery import BROKEN, catch_up_s, cut_off
from reports.checks.sessions import REFRESH
from reports.database import PING, TRACK, Phase, by_database, is_shared
from reports.endpoints import queries_of
from reports.figures import messages_of, users_of
from reports.history import SERVER, ChannelState, Outcome, Served, StepName, Via
from reports.ledger import LATE_NS
from reports.realtime import realtime_of
from reports.schedule import delays_ms, deliveries_ms, sign_ins_s
from reports.throttling import is_held_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from reports.archive import History
    from reports.endpoints import Call
    from reports.figures import Share, Users
    from reports.findings import Findings
    from reports.history import Channel, Exchange
    from reports.ledger import Message

_NS_PER_MS = 1_000_000
# No clock goes as far, and no sum of so many samples is infinite.
_SANE_MAX = 1e100
_Z_95 = 1.959963984540054
_AFTERMATH_NS = 10_000_000_000  # shorter than the product's longest back-off
_TOKEN_PATH = "/auth/v1/token"  # sign-in and refresh; the query says which
_USER_PATH = "/auth/v1/user"
# The app's own routes whose price is bounded: the hot ones, and the console that asks every 10 s.
QUERIED = {
    "track": f"POST {TRACK}",
    "ping": f"POST {PING}",
    "statistics": "GET /api/webinars/{id}/stats/access",
}


class Unit(StrEnum):
    """What a metric's figures are measured in."""

    RATIO = "ratio"
    COUNT = "count"
    MS = "ms"
    S = "s"
    PER_USER = "per user"
    PER_CALL = "per call"
    PER_ENTRY = "per entry"


class Direction(StrEnum):
    """Which figures are the better ones."""

    LOWER = "lower"
    HIGHER = "higher"


class Kind(StrEnum):
    """What a metric reads, and with it which aggregations there are."""

    RATE = "rate"
    COUNT = "count"
    SAMPLES = "samples"
    VALUE = "value"


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


@dataclass(frozen=True, slots=True)
class Value:
    """One number, calculated from `of` cases."""

    value: float
    of: int

    @property
    def cases(self) -> int:
        """How many cases were looked at; 0 is no evidence."""
        return self.of

    @property
    def values(self) -> Sequence[float]:
        """The one figure."""
        return (self.value,)


Reading = Rate | Count | Samples | Value


@dataclass(frozen=True, slots=True)
class Unread:
    """A metric could not be read; `reason` says why in one sentence."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A named number. `better` says which figures are the better ones; `read` is pure.

    What waits for a busy generator says little about the target of another run: it is not compared.
    """

    name: str
    unit: Unit
    kind: Kind
    better: Direction
    description: str
    read: Callable[[Findings], Reading]
    is_compared: bool = True


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
    """A step counts for the users of whom it was measured."""
    return Samples([row.measured[step] for row in findings.rows if step in row.measured])


def _convergence(findings: Findings) -> Samples:
    return Samples(convergence_s(findings.history))


def _catch_up(findings: Findings) -> Samples:
    return Samples(catch_up_s(findings))


def _held(findings: Findings) -> Rate:
    """Users who were cut off only by what the suite injected count as held."""
    history = findings.history
    seen = {one.user for one in history.channels}
    lost = {
        user
        for user, channels in cut_off(history).items()
        if any(one.state in BROKEN and not _is_injected(one, history) for one in channels)
    }
    return Rate(len(seen - lost), len(seen))


def _is_injected(change: Channel, history: History) -> bool:
    """It happened while a fault was there, or as soon after as a page finds out."""
    return any(
        (not one.users or change.user in one.users)
        and one.injected_at_ns <= change.at_ns <= (one.healed_at_ns or change.at_ns) + _AFTERMATH_NS
        for one in history.faults
    )


def _throttled(findings: Findings) -> Count:
    told = realtime_of(findings.history).throttled or []
    return Count(sum(one.n for one in told), len(findings.history.channels))


def _sign_ins_throttled(findings: Findings) -> Count:
    signs_in = [one for one in findings.history.steps if one.step is StepName.SIGN_IN]
    return Count(sum(one.throttled for one in signs_in), len(signs_in))


def _token_latency(findings: Findings) -> Samples:
    """What a limit answered at once says nothing of how long Auth takes."""
    answered = [
        one
        for one in findings.history.exchanges
        if one.status is not None and not is_held_back(one)
    ]
    return Samples([one.duration_ms for one in answered if _path(one) == _TOKEN_PATH])


def _registrations(status: int, findings: Findings) -> Count:
    """All calls were looked at: a run that recorded none of them has seen no 400 either."""
    calls = _calls(findings.history)
    return Count(len(_answered(status, calls)), len(calls))


def _answered(status: int, calls: Iterable[Call]) -> list[Call]:
    return [one for one in calls if "registrations" in one.route and one.status == status]


class _Half(NamedTuple):
    """Entries of one half of a house's arrivals, and the conflicts on registrations since then."""

    entries: int
    conflicts: int


def _growth(findings: Findings) -> Value:
    """409s per entry among the later half of the entries, less that of the earlier half."""
    halves = [_halves(house) for house in findings.history.each_house()]
    earlier, later = (
        _Half(sum(one.entries for one in half), sum(one.conflicts for one in half))
        for half in zip(*halves, strict=True)
    )
    if not earlier.entries:
        return Value(0, 0)
    growth = later.conflicts / later.entries - earlier.conflicts / earlier.entries
    return Value(growth, earlier.entries + later.entries)


def _halves(house: History) -> tuple[_Half, _Half]:
    entries_ns = sorted(one.started_at_ns for one in _entries(house))
    conflicts = _answered(409, _calls(house))
    middle = len(entries_ns) // 2
    since_ns = entries_ns[middle] if entries_ns else 0
    late = sum(one.started_at_ns >= since_ns for one in conflicts)
    return _Half(middle, len(conflicts) - late), _Half(len(entries_ns) - middle, late)


def _rollbacks(findings: Findings) -> Value:
    """Until the house has settled: tests after it provoke refusals on purpose.

    What Realtime rolls back by design is left out: it tries its policies out, once for reading and
    once for writing, at each join and at each new token (eventlive/supabase/realtime).
    """
    history = findings.history
    counted = [_rolled_back(houses) for houses in by_database(history)]
    rollbacks = [n for n in counted if n is not None]
    entries = len(_entries(history))
    if len(rollbacks) < len(counted):
        return Value(0, 0)
    joins = sum(one.state is ChannelState.ASKED for one in history.channels)
    refreshed = sum(one.route == REFRESH and one.status == 200 for one in history.exchanges)
    told = joins + refreshed + sum(seat.joins for seat in history.fill_seats)
    unexpected = max(0, sum(rollbacks) - 2 * told)
    return Value(unexpected / max(1, entries), entries)


def _rolled_back(houses: Sequence[History]) -> int | None:
    """By one database while these houses were on it; None where that was not counted.

    Its counter grows for all of them alike, so that it orders their looks at it by itself. Raises
    ValueError where parts share it and not all are here, or where tests of one may have been
    refused things on purpose among the people of another.
    """
    if is_shared(houses):
        _require_whole(houses)
    counters = [
        {one.phase: one.rollbacks for one in house.counters if one.outcome is Outcome.OK}
        for house in houses
    ]
    if not all({Phase.START, Phase.SETTLED} <= own.keys() for own in counters):
        return None
    settled = max(own[Phase.SETTLED] for own in counters)
    return settled - min(own[Phase.START] for own in counters)


def _require_whole(houses: Sequence[History]) -> None:
    of = max(house.part.of for house in houses if house.part)
    if len(houses) < of:
        raise ValueError(
            f"{of} parts share a database, only {len(houses)} of them is read here: merge all"
        )
    if any(house.promises for house in houses):
        raise ValueError(
            "parts share a database, and tests beside the crowd are refused things on purpose: "
            "run those by themselves"
        )


def _entries(history: History) -> list[Exchange]:
    return [one for one in history.exchanges if (one.method, one.route) == ("POST", TRACK)]


def _queries(serving: str, findings: Findings) -> Samples:
    """By the gateway's log only: the database cannot tell one route from another."""
    return Samples([float(n) for n in queries_of(findings.history).get(serving, [])])


def _per_user(path: str, findings: Findings) -> Samples:
    """A user who made no exchange at all was not watched, and is no sample of 0.

    Calls of the app's server are counted for the user in whose name they were made; where the log
    does not say whose that was, they are shared out among all. What was held back by a limit is
    asked again, and counted then.
    """
    watched = sorted({one.user for one in findings.history.exchanges})
    calls = [one for one in _calls(findings.history) if not is_held_back(one)]
    own = [one for one in calls if _path(one) == path]
    requests = Counter(one.user for one in own)
    shared = sum(isinstance(one, Served) and one.serving == SERVER for one in own)
    return Samples([requests[user] + shared / len(watched) for user in watched])


def _calls(history: History) -> list[Call]:
    """Every call once: those of browsers, and from the gateway's log those of the app's server.

    Raises ValueError where that log has calls for seats without a browser and cannot tell them
    apart.
    """
    served = history.served_meanwhile()
    _require_told_apart(history, served)
    return [*history.exchanges, *(one for one in served if one.serving)]


def _require_told_apart(history: History, served: Sequence[Served]) -> None:
    """The embedded gateway's log says whose token a call carried, and a hosted project's never."""
    if history.fill() and served and not any(one.user for one in served):
        raise ValueError(
            "the gateway's log does not say which calls were for seats without a browser"
        )


def _path(call: Call) -> str:
    return call.route.partition("?")[0]


def _metric(name: str, unit: Unit, description: str, read: Callable[[Findings], Reading]) -> Metric:
    """A metric of which the unit tells the rest: shares grow with success, all else shrinks."""
    kinds = {Unit.RATIO: Kind.RATE, Unit.COUNT: Kind.COUNT, Unit.PER_ENTRY: Kind.VALUE}
    kind = kinds.get(unit, Kind.SAMPLES)
    return Metric(
        name=name,
        unit=unit,
        kind=kind,
        better=Direction.HIGHER if kind is Kind.RATE else Direction.LOWER,
        description=description,
        read=read,
    )


def _scheduled(
    name: str, unit: Unit, description: str, read: Callable[[Findings], Iterator[float]]
) -> Metric:
    metric = _metric(name, unit, description, lambda findings: Samples(list(read(findings))))
    return replace(metric, is_compared=False)


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
    _scheduled(
        "schedule.delay_ms",
        Unit.MS,
        "from the time at which a sign-in or a send was due to its begin",
        delays_ms,
    ),
    _scheduled(
        "schedule.delivery_ms",
        Unit.MS,
        "from the time at which a send was due to its first arrival at each recipient",
        deliveries_ms,
    ),
    _scheduled(
        "schedule.sign_in.seconds",
        Unit.S,
        "from the time at which a user was due to arrive to the end of her sign-in",
        sign_ins_s,
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
        "realtime.held",
        Unit.RATIO,
        "users whose socket and channel held until they left, of all with any",
        _held,
    ),
    _metric(
        "realtime.throttled",
        Unit.COUNT,
        "frames and answers by which the platform said that somebody was too fast",
        _throttled,
    ),
    _metric(
        "sign_in.throttled",
        Unit.COUNT,
        "answers by which Auth's limit per address held a sign-in back; it was asked again",
        _sign_ins_throttled,
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
            f"calls about registrations that were answered {status}, to browsers or the server",
            partial(_registrations, status),
        )
        for status in (400, 409)
    ),
    _metric(
        "registrations.conflict_growth",
        Unit.PER_ENTRY,
        "409s on registrations: those of the later half of the entries less the earlier half's",
        _growth,
    ),
    _metric(
        "database.rollbacks_per_entry",
        Unit.PER_ENTRY,
        "transactions rolled back, less those of Realtime's own checks",
        _rollbacks,
    ),
    *(
        _metric(
            f"queries.{name}",
            Unit.PER_CALL,
            f"calls to Supabase for each call of {serving.rpartition('}')[2]}",
            partial(_queries, serving),
        )
        for name, serving in QUERIED.items()
    ),
)

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ALL}
