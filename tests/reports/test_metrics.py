"""Every metric reads what a literal history holds, and nothing where the history is silent."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import findings as judged
from reports.archive import assemble
from reports.figures import Share, deliveries_of, messages_of, seconds_of
from reports.findings import Findings
from reports.history import (
    SERVER,
    Channel,
    ChannelState,
    Due,
    Exchange,
    Fault,
    Op,
    Outcome,
    StepName,
    Via,
)
from reports.ledger import build_ledger
from reports.metrics import (
    METRICS,
    Count,
    Direction,
    Kind,
    Rate,
    Samples,
    Unit,
    Unread,
    Value,
    measure,
    wilson,
)
from reports.spread import Spread, spread_of
from reports.users import user_rows
from tests.reports.histories import (
    USERS,
    accepted,
    entries,
    fill_header,
    fill_seat,
    header,
    healthy,
    heard,
    history_of,
    message_id,
    ns,
    refused,
    rolled_back,
    row,
    served,
    step,
    stored,
    told_of_limit,
    unasked,
    unread,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.metrics import Reading

fewer = settings(max_examples=50)


def findings_of(ops: Sequence[Op], unproven: frozenset[str] = frozenset()) -> Findings:
    history = history_of(ops)
    ledger = replace(build_ledger(history), unproven=unproven)
    return Findings(history=history, ledger=ledger, rows=user_rows(history, ledger))


def reading_of(name: str, ops: Sequence[Op]) -> Reading | Unread:
    return measure(METRICS[name], findings_of(ops))


def exchange(user: str, route: str, status: int | None = 200, duration_ms: float = 80) -> Exchange:
    return Exchange(
        user=user,
        method="POST",
        route=route,
        status=status,
        started_at_ns=ns(1),
        duration_ms=duration_ms,
    )


SIGN_IN = "/auth/v1/token?grant_type=password"
REFRESH = "/auth/v1/token?grant_type=refresh_token"
USER = "/auth/v1/user"
LOST = heard("cho", "ada", 0, "100")
DOUBLE = heard("ben", "ada", 0, "100")
PHANTOM = heard("ben", "ada", 0, "999", after_s=1)
EXCHANGES: list[Op] = [
    exchange("ada", SIGN_IN),
    exchange("ada", REFRESH, duration_ms=20),
    exchange("ben", SIGN_IN, status=None, duration_ms=30_000),
    exchange("ben", USER),
    exchange("ben", "/auth/v1/admin/users"),
    exchange("cho", "/rest/v1/registrations", status=400),
    exchange("cho", "/rest/v1/registrations", status=409),
    exchange("cho", "/rest/v1/messages", status=400),
]
HELD_BACK: list[Op] = [
    *without(healthy(), step("cho", StepName.SIGN_IN, 0, 4)),
    step("cho", StepName.SIGN_IN, 0, 4, throttled=2, held_s=3),
    exchange("cho", SIGN_IN, status=429, duration_ms=1),
    exchange("cho", SIGN_IN, status=429, duration_ms=1),
    exchange("ada", SIGN_IN),
]
SERVED: list[Op] = [
    served("ada", "/auth/v1/user", 200, "1"),
    served("", SIGN_IN, 200),
    served("cho", "/rest/v1/registrations", 409),
    served("ben", "/rest/v1/registrations?select=id", 400, "6"),
    served("ben", "/rest/v1/registrations", 409, "6"),
    served("ben", "/rest/v1/registrations", 409, "6"),
    served("ben", "/rest/v1/webinar_live_presence", 201, "7", by="ping"),
]
# Of a hosted log nobody knows whose a call was, nor for which route.
UNKNOWN: list[Op] = [
    *healthy(),
    exchange("ada", USER),
    exchange("ben", SIGN_IN),
    *(
        msgspec.structs.replace(served("", route, status), serving=SERVER)
        for route, status in [(USER, 200), (USER, 200), ("/rest/v1/registrations", 400)]
    ),
]
DUE: list[Op] = [
    *healthy(),
    Due(user="ben", step=StepName.SIGN_IN, number=0, due_at_ns=ns(-0.5)),
    Due(user="ada", step=StepName.GREET, number=0, due_at_ns=ns(19)),
]
CUT: list[Op] = [
    Channel(user="ada", topic="socket", state=state, at_ns=ns(at_s))
    for state, at_s in [(ChannelState.READY, 6), (ChannelState.CLOSED, 25)]
]


def injected(at_s: float, healed_s: float | None, *users: str) -> Fault:
    healed_ns = None if healed_s is None else ns(healed_s)
    name, injected_ns = "realtime-down", ns(at_s)
    return Fault(name=name, injected_at_ns=injected_ns, healed_at_ns=healed_ns, users=list(users))


ROWS = [row(user, n, message_id(USERS, user, n)) for n in (0, 1) for user in USERS[:2]]


FEWER_AND_FEWER: list[Op] = [
    *(step(user, StepName.SIGN_IN, 0, 4) for user in USERS),
    *(step(user, StepName.SEAT, 4, 10) for user in USERS[:2]),
    *(step(user, StepName.GREET, 19, 20) for user in USERS[:1]),
]
POLLED = [*without(healthy(), LOST), heard("cho", "ada", 0, "100", after_s=3, via=Via.POLL)]
LATE = [*without(healthy(), LOST), heard("cho", "ada", 0, "100", after_s=5.02)]
SEAT_THAT_JOINED = msgspec.structs.replace(fill_seat("f00001"), joins=1)
GREETING = accepted("ada", 0, "100")
UNOWED = [
    *without(healthy(), GREETING),
    msgspec.structs.replace(GREETING, outcome=Outcome.FAIL, status=500),
]
GAVE_UP: list[Op] = [
    step("ada", StepName.SEAT, 4, 34, outcome=Outcome.FAIL),
    step("ben", StepName.SEAT, 4, 10),
]
READINGS: list[tuple[str, list[Op], Reading]] = [
    ("users.signed_in", FEWER_AND_FEWER, Rate(3, 3)),
    ("users.seated", FEWER_AND_FEWER, Rate(2, 3)),
    ("users.greeted", FEWER_AND_FEWER, Rate(1, 3)),
    ("users.sent", healthy(), Rate(3, 3)),
    ("users.sent", without(healthy(), accepted("ada", 0, "100")), Rate(2, 3)),
    ("users.received", without(healthy(), LOST), Rate(2, 3)),
    ("users.received", [], Rate(0, 3)),
    ("messages.accepted", healthy(), Rate(6, 6)),
    (
        "messages.accepted",
        [*without(healthy(), accepted("ada", 0, "100")), accepted("ben", 2, "200")],
        Rate(5, 6),
    ),
    ("messages.stored", healthy(), Rate(6, 6)),
    ("messages.stored", stored(healthy(), *ROWS), Rate(4, 6)),
    ("deliveries.received", healthy(), Rate(18, 18)),
    ("deliveries.received", without(healthy(), LOST), Rate(17, 18)),
    ("deliveries.received", [], Rate(0, 0)),
    ("deliveries.lost", healthy(), Count(0, 18)),
    ("deliveries.lost", without(healthy(), LOST), Count(1, 18)),
    ("deliveries.lost", [], Count(0, 0)),
    ("deliveries.late", healthy(), Count(0, 18)),
    ("deliveries.late", LATE, Count(1, 18)),
    ("deliveries.late", without(healthy(), LOST), Count(0, 17)),
    ("deliveries.duplicates", healthy(), Count(0, 18)),
    ("deliveries.duplicates", [*healthy(), LOST, LOST], Count(2, 18)),
    ("deliveries.duplicates", [*POLLED, DOUBLE], Count(1, 18)),
    ("deliveries.duplicates", [], Count(0, 0)),
    ("deliveries.phantoms", healthy(), Count(0, 18)),
    ("deliveries.phantoms", [*healthy(), PHANTOM], Count(1, 19)),
    ("deliveries.phantoms", [], Count(0, 0)),
    ("delivery.latency_ms", [], Samples([])),
    ("delivery.latency_ms.frame", healthy(), Samples([90.0] * 18)),
    ("delivery.latency_ms.poll", healthy(), Samples([])),
    ("delivery.latency_ms.poll", POLLED, Samples([2990.0])),
    ("delivery.latency_ms.frame", POLLED, Samples([90.0] * 17)),
    ("delivery.latency_ms.frame", UNOWED, Samples([90.0] * 15)),
    ("journey.seconds", healthy(), Samples([25.1] * 3)),
    ("step.sign_in.seconds", healthy(), Samples([4.0] * 3)),
    ("step.seat.seconds", healthy(), Samples([1.0] * 3)),
    ("step.seat.seconds", GAVE_UP, Samples([6.0])),
    ("step.greet.seconds", healthy(), Samples([1.05] * 3)),
    ("step.chat.seconds", healthy(), Samples([1.05] * 3)),
    ("step.receive.seconds", healthy(), Samples([])),
    ("step.leave.seconds", healthy(), Samples([1.0] * 3)),
    ("presence.convergence.seconds", healthy(), Samples([40.0] * 3)),
    ("presence.convergence.seconds", [], Samples([])),
    ("recovery.seconds", healthy(), Samples([])),
    ("realtime.held", [*healthy(), *CUT], Rate(2, 3)),
    ("realtime.held", [*healthy(), *CUT, injected(24, 26)], Rate(3, 3)),
    ("realtime.held", [*healthy(), *CUT, injected(24, None)], Rate(3, 3)),
    ("realtime.held", [*healthy(), *CUT, injected(10, 14)], Rate(2, 3)),
    ("realtime.held", [*healthy(), *CUT, injected(24, 26, "ada")], Rate(3, 3)),
    ("realtime.held", [*healthy(), *CUT, injected(24, 26, "ben")], Rate(2, 3)),
    ("realtime.held", [*healthy(), *CUT, injected(26, 30)], Rate(2, 3)),
    ("realtime.held", [], Rate(0, 0)),
    ("realtime.throttled", healthy(), Count(0, 3)),
    ("realtime.throttled", [*healthy(), told_of_limit("ada")], Count(1, 4)),
    ("realtime.throttled", [], Count(0, 0)),
    ("realtime.throttled", HELD_BACK, Count(0, 3)),
    ("sign_in.throttled", HELD_BACK, Count(2, 3)),
    ("sign_in.throttled", [], Count(0, 0)),
    ("step.sign_in.seconds", HELD_BACK, Samples([4.0, 4.0, 1.0])),
    ("auth.token.latency_ms", HELD_BACK, Samples([80.0])),
    ("auth.token.requests_per_user", HELD_BACK, Samples([1.0, 0.0, 0.0])),
    ("auth.token.latency_ms", EXCHANGES, Samples([80.0, 20.0])),
    ("auth.token.requests_per_user", EXCHANGES, Samples([2.0, 1.0, 0.0])),
    ("auth.user.requests_per_user", EXCHANGES, Samples([0.0, 1.0, 0.0])),
    ("auth.user.requests_per_user", UNKNOWN, Samples([1 + 2 / 3, 2 / 3, 2 / 3])),
    ("registrations.status_400", UNKNOWN, Count(1, 8)),
    ("auth.user.requests_per_user", unasked(healthy()), Samples([])),
    ("registrations.status_400", EXCHANGES, Count(1, 8)),
    ("registrations.status_409", EXCHANGES, Count(1, 8)),
    ("registrations.status_400", unasked(healthy()), Count(0, 0)),
    # What the gateway served a browser is that browser's exchange; what it served the app is not.
    ("registrations.status_400", [*EXCHANGES, *SERVED], Count(2, 13)),
    ("registrations.status_409", [*EXCHANGES, *SERVED], Count(3, 13)),
    ("auth.user.requests_per_user", [*EXCHANGES, *SERVED], Samples([1.0, 1.0, 0.0])),
    # Two entries, and two 409s after the second.
    ("registrations.conflict_growth", [*entries(), *SERVED], Value(2.0, 2)),
    ("registrations.conflict_growth", [*entries(), *SERVED[:3]], Value(0.0, 2)),
    ("registrations.conflict_growth", [*entries()[::2], *SERVED], Value(0, 0)),
    # Three joins explain six of them, a refreshed token two.
    ("database.rollbacks_per_entry", [*healthy(), *entries(), *rolled_back(6)], Value(0.0, 2)),
    ("database.rollbacks_per_entry", [*healthy(), *entries(), *rolled_back(9)], Value(1.5, 2)),
    (
        "database.rollbacks_per_entry",
        [*healthy(), *entries(), exchange("ada", REFRESH), *rolled_back(9)],
        Value(0.5, 2),
    ),
    (
        "database.rollbacks_per_entry",
        [*healthy(), *entries(), SEAT_THAT_JOINED, *rolled_back(9)],
        Value(0.5, 2),
    ),
    ("database.rollbacks_per_entry", [*entries(), *rolled_back(9)[:1]], Value(0, 0)),
    ("database.rollbacks_per_entry", [*healthy(), *rolled_back(9)], Value(3.0, 0)),
    ("queries.track", SERVED, Samples([1.0, 3.0])),
    ("queries.ping", SERVED, Samples([1.0])),
    ("queries.statistics", SERVED, Samples([])),
    ("queries.statistics", [], Samples([])),
    ("schedule.delay_ms", DUE, Samples([500.0, 1000.0])),
    ("schedule.delivery_ms", DUE, Samples([1100.0, 1100.0, 1100.0])),
    ("schedule.sign_in.seconds", DUE, Samples([4.5])),
    ("schedule.delivery_ms", healthy(), Samples([])),
    # Without the gateway's log nobody can tell one route's queries from another's.
    ("queries.track", [*entries(), *rolled_back(0, statements=5)], Samples([])),
]


@pytest.mark.parametrize(("name", "ops", "reading"), READINGS)
def test_a_metric_reads(name: str, ops: list[Op], reading: Reading) -> None:
    assert reading_of(name, ops) == reading


def test_every_metric_is_read_above() -> None:
    assert {name for name, _, _ in READINGS} == set(METRICS)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_declares_what_it_reads(name: str) -> None:
    metric = METRICS[name]
    kinds = {Rate: Kind.RATE, Count: Kind.COUNT, Samples: Kind.SAMPLES, Value: Kind.VALUE}

    reading = measure(metric, findings_of([*healthy(), *EXCHANGES]))

    assert not isinstance(reading, Unread)
    assert kinds[type(reading)] is metric.kind
    assert (metric.unit is Unit.RATIO) == (metric.kind is Kind.RATE)
    assert (metric.better is Direction.HIGHER) == (metric.kind is Kind.RATE)
    assert metric.description
    assert "\n" not in metric.description


def test_nobody_knows_what_was_stored_when_the_table_was_not_read() -> None:
    assert reading_of("messages.stored", unread(healthy())) == Unread(
        "messages.stored could not be read: nobody knows which accepted messages were stored"
    )


@pytest.mark.parametrize(
    "name", ["auth.user.requests_per_user", "registrations.status_400", "registrations.status_409"]
)
def test_calls_for_seats_without_a_browser_are_not_taken_for_those_of_browsers(name: str) -> None:
    headers = [header(), fill_header(["f00001"])]

    def read(ops: list[Op]) -> Reading | Unread:
        history = assemble("run-1", headers, [ops], frozenset(), [])
        return measure(METRICS[name], judged.findings_of(history))

    assert not isinstance(read([*EXCHANGES, *SERVED]), Unread)
    assert read(UNKNOWN) == Unread(
        f"{name} could not be read: "
        "the gateway's log does not say which calls were for seats without a browser"
    )


def test_a_delivery_in_the_dark_is_neither_lost_nor_looked_at() -> None:
    ops = without(healthy(), LOST, heard("ben", "ada", 0, "100"))

    findings = findings_of(ops, unproven=frozenset({"cho"}))

    assert measure(METRICS["deliveries.lost"], findings) == Count(1, 17)


@pytest.mark.parametrize("duration_ms", [nan, inf, -inf, 1e308])
def test_a_sample_that_is_no_measurement_is_never_read(duration_ms: float) -> None:
    ops = [exchange("ada", SIGN_IN), exchange("ben", SIGN_IN, duration_ms=duration_ms)]

    assert reading_of("auth.token.latency_ms", ops) == Unread(
        "auth.token.latency_ms could not be read: 1 of 2 samples are infinite, or no numbers"
    )


def test_a_metric_that_breaks_says_how() -> None:
    def broken(_: Findings) -> Reading:
        raise KeyError

    metric = replace(METRICS["journey.seconds"], read=broken)

    reading = measure(metric, findings_of(healthy()))

    assert reading == Unread("journey.seconds could not be read: KeyError")


@pytest.mark.parametrize(("n", "of"), [(4, 3), (-1, 3)])
def test_a_part_larger_than_the_whole_is_no_rate(n: int, of: int) -> None:
    with pytest.raises(ValueError, match=f"got {n} of {of}"):
        Rate(n, of)


@fewer
@given(
    lost=st.lists(st.sampled_from([op for op in healthy() if hasattr(op, "via")]), unique=True),
    extra=st.lists(st.sampled_from([LOST, PHANTOM, refused("ben", 1, 500, "")])),
)
def test_metrics_and_the_summary_agree(lost: list[Op], extra: list[Op]) -> None:
    findings = findings_of([*without(healthy(), *lost), *extra])
    deliveries, seconds = deliveries_of(findings.ledger), seconds_of(findings.rows)
    read = {name: measure(metric, findings) for name, metric in METRICS.items()}

    def spread(name: str) -> Spread:
        samples = read[name]
        assert isinstance(samples, Samples)
        return spread_of(samples.values)

    def share(name: str) -> Share:
        rate = read[name]
        assert isinstance(rate, Rate)
        return Share(rate.n, rate.of)

    def count(name: str) -> int:
        found = read[name]
        assert isinstance(found, Count)
        return found.n

    assert share("messages.accepted") == messages_of(findings.ledger, findings.rows).accepted
    assert share("deliveries.received") == deliveries.received
    assert count("deliveries.duplicates") == deliveries.duplicates
    assert count("deliveries.phantoms") == deliveries.phantoms
    assert {via: spread(f"delivery.latency_ms.{via}") for via in Via} == deliveries.latency_ms
    assert spread("journey.seconds") == seconds.journey
    assert {step: spread(f"step.{step}.seconds") for step in seconds.steps} == seconds.steps


@pytest.mark.parametrize(
    ("n", "of", "low", "high"),
    [
        (0, 0, 0, 1),
        (0, 10, 0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1),
        (396, 400, 0.9746, 0.9961),
        (400, 400, 0.9905, 1),
    ],
)
def test_the_wilson_interval(n: int, of: int, low: float, high: float) -> None:
    assert wilson(n, of) == pytest.approx((low, high), abs=5e-5)


shares = st.integers(1, 10**7).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@fewer
@given(share=shares)
def test_the_wilson_interval_contains_the_rate(share: tuple[int, int]) -> None:
    n, of = share

    low, high = wilson(n, of)

    assert 0 <= low <= n / of <= high <= 1
    assert low < high


@fewer
@given(share=shares, times=st.integers(2, 100))
def test_the_wilson_interval_shrinks_with_evidence(share: tuple[int, int], times: int) -> None:
    n, of = share
    few, many = wilson(n, of), wilson(n * times, of * times)

    assert many.high - many.low < few.high - few.low
