"""The database's part of a run: differences of snapshots, and what nobody can know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from reports.archive import assemble
from reports.database import (
    PING,
    STATEMENTS_MAX,
    TOP_MAX,
    TRACK,
    Database,
    Difference,
    Load,
    Phase,
    database_of,
)
from reports.history import Counters, Exchange, Outcome, Statement
from tests.reports.histories import fill_header, header, history_of, ns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.history import Op

AT_S = dict(zip(Phase, range(0, 50, 10), strict=True))
# Calls of the statement on each table, so far.
Calls = dict[str, int]


def counters(phase: Phase, commits: int = 0, **changes: object) -> Counters:
    at_ns = ns(AT_S[phase])
    whole = Counters(phase=phase, outcome=Outcome.OK, at_ns=at_ns, commits=commits)
    return msgspec.structs.replace(whole, **changes)


def statement(phase: Phase, table: str, calls: int, query: str = "") -> Statement:
    return Statement(
        phase=phase,
        query=query or f"select from {table}",
        table=table,
        calls=calls,
        total_ms=calls * 0.5,
        rows=calls * 2,
    )


def snapshot(phase: Phase, calls: Calls, commits: int | None = None) -> list[Op]:
    """As many commits as calls, unless told."""
    total = sum(calls.values()) if commits is None else commits
    statements = [statement(phase, table, count) for table, count in calls.items()]
    return [counters(phase, total), *statements]


def healthy() -> list[Op]:
    """Snapshots of all phases, with 11, 13, 15 and 17 commits between them."""
    return [
        op
        for number, phase in enumerate(Phase)
        for op in snapshot(phase, {"messages": 1 + 10 * number + number**2, "a": 1})
    ]


def call(route: str, end_s: float, method: str = "POST") -> Exchange:
    return Exchange(
        user="ada",
        method=method,
        route=route,
        status=200,
        started_at_ns=ns(end_s - 0.5),
        duration_ms=500,
    )


def database(ops: Iterable[Op]) -> Database:
    found = database_of(history_of(ops))
    assert found is not None
    return found


def phase_of(ops: Iterable[Op], phase: Phase) -> Difference:
    return {one.phase: one for one in database(ops).phases}[phase]


def without(ops: Iterable[Op], phase: Phase) -> list[Op]:
    return [op for op in ops if getattr(op, "phase", None) != phase]


def test_a_phase_is_the_difference_of_its_ends() -> None:
    ops = [
        counters(Phase.START, 100, rollbacks=7, deadlocks=1),
        counters(Phase.SEATED, 130, rollbacks=9, deadlocks=1, connections={"rest": 8}),
    ]

    seated = phase_of(ops, Phase.SEATED)

    assert (seated.commits, seated.rollbacks, seated.deadlocks) == (30, 2, 0)
    assert (seated.since, seated.seconds, seated.connections) == ("start", 10.0, {"rest": 8})


def test_phases_come_in_their_order_and_the_run_is_all_of_them() -> None:
    found = database(healthy())

    assert [one.phase for one in found.phases] == ["seated", "sent", "settled", "end"]
    assert [one.commits for one in found.phases] == [11, 13, 15, 17]
    assert (found.run.phase, found.run.since, found.run.commits) == ("run", "start", 56)
    assert found.run.reasons == []


def test_statements_are_differences_with_the_most_called_first() -> None:
    ops = [
        *snapshot(Phase.START, {"messages": 2, "a": 5, "idle": 3}),
        *snapshot(Phase.SEATED, {"messages": 12, "a": 9, "idle": 3, "new": 6}),
    ]

    statements = phase_of(ops, Phase.SEATED).statements

    assert statements is not None
    assert [(one.table, one.calls, one.ms, one.rows) for one in statements] == [
        ("messages", 10, 5.0, 20),
        ("new", 6, 3.0, 12),
        ("a", 4, 2.0, 8),
    ]


def test_tables_add_up_all_their_statements_not_only_those_shown() -> None:
    queries = [f"select {number} from a" for number in range(TOP_MAX + 5)]
    ops = [
        counters(Phase.START),
        statement(Phase.START, "b", 1),
        counters(Phase.SEATED),
        statement(Phase.SEATED, "b", 1),
        *(statement(Phase.SEATED, "a", 2, query) for query in queries),
    ]

    seated = phase_of(ops, Phase.SEATED)

    assert seated.statements is not None
    assert len(seated.statements) == TOP_MAX
    n = len(queries)
    assert seated.tables == {"a": Load(calls=2 * n, ms=float(n), rows=4 * n)}


def test_statements_per_hot_call_are_those_on_the_hot_tables() -> None:
    hot = ("entrances", "registrations", "webinar_live_presence", "webinar_user_sessions")
    ops = [
        *snapshot(Phase.START, {"messages": 1}),
        *snapshot(Phase.SEATED, dict.fromkeys(hot, 3) | {"messages": 90, "profiles": 90}),
        *(call(TRACK, at_s) for at_s in (-1, 0, 1, 9, 10, 10.2)),
        call(PING, 5),
        call(PING, 5, method="GET"),
        call("/api/webinars/{id}/messages", 5),
    ]

    seated = phase_of(ops, Phase.SEATED).hot

    assert (seated.track_calls, seated.ping_calls, seated.statements) == (3, 1, 12)
    assert seated.statements_per_call == 3.0


def test_without_a_hot_call_there_is_no_quotient() -> None:
    assert phase_of(healthy(), Phase.SEATED).hot.statements_per_call is None


@pytest.mark.parametrize("shrunk", ["commits", "rollbacks", "deadlocks"])
def test_counters_that_shrank_are_unknown_and_say_why(shrunk: str) -> None:
    full = {"commits": 50, "rollbacks": 50, "deadlocks": 50}
    ops = [counters(Phase.START, **full), counters(Phase.SEATED, **full | {shrunk: 49})]

    seated = phase_of(ops, Phase.SEATED)

    assert (seated.commits, seated.rollbacks, seated.deadlocks) == (None, None, None)
    assert (
        "the database's counters shrank between start and seated: its statistics were reset"
        in seated.reasons
    )


@pytest.mark.parametrize("after", [{"a": 4}, {"b": 9}])
def test_statements_that_lost_calls_are_unknown_and_say_why(after: Calls) -> None:
    ops = [*snapshot(Phase.START, {"a": 5}), *snapshot(Phase.SEATED, after, commits=9)]

    seated = phase_of(ops, Phase.SEATED)

    assert (seated.statements, seated.tables, seated.hot.statements) == (None, None, None)
    assert seated.commits == 4
    (reason,) = seated.reasons
    assert reason.startswith("statements lost calls between start and seated")


def test_a_statement_pushed_off_a_full_list_is_no_reset_but_a_doubt_about_new_ones() -> None:
    def full(phase: Phase, base: int, last: str) -> list[Op]:
        names = [f"t{number}" for number in range(STATEMENTS_MAX - 1)]
        return snapshot(phase, dict.fromkeys(names, base) | {last: base})

    ops = [*full(Phase.START, 5, "old"), *full(Phase.SEATED, 6, "new")]

    seated = phase_of(ops, Phase.SEATED)

    assert seated.tables is not None
    assert (seated.tables["t0"].calls, seated.tables["new"].calls) == (1, 6)
    (reason,) = seated.reasons
    assert "others may have up to 5 calls less" in reason


def test_counters_that_could_not_be_read_are_unknown_and_never_zero() -> None:
    refused = counters(Phase.SEATED, outcome=Outcome.UNKNOWN, detail="connection refused")
    ops = [*without(healthy(), Phase.SEATED), refused]

    seated = phase_of(ops, Phase.SEATED)

    assert (seated.commits, seated.connections, seated.statements) == (None, None, None)
    assert (seated.hot.track_calls, seated.hot.statements) == (None, None)
    assert seated.reasons == ["seated: connection refused"]


def test_a_phase_whose_end_nobody_saw_is_part_of_the_next() -> None:
    ops = without(healthy(), Phase.SENT)

    assert phase_of(ops, Phase.SENT).reasons == ["sent: no snapshot was taken"]
    settled = phase_of(ops, Phase.SETTLED)
    assert (settled.since, settled.commits, settled.reasons) == ("seated", 28, [])


def test_without_a_start_the_first_phase_is_unknown_and_the_second_is_not() -> None:
    found = database(without(healthy(), Phase.START))

    assert (found.phases[0].since, found.phases[0].commits) == (None, None)
    assert (found.phases[1].since, found.phases[1].commits) == ("seated", 13)
    assert (found.run.commits, found.run.reasons) == (None, ["start: no snapshot was taken"])


def test_statements_that_could_not_be_read_leave_the_counters_known() -> None:
    detail = "no statements: the extension pg_stat_statements is not installed"
    ops = [counters(Phase.START, 1, detail=detail), counters(Phase.SEATED, 3, detail=detail)]

    seated = phase_of(ops, Phase.SEATED)

    assert (seated.commits, seated.statements, seated.tables) == (2, None, None)
    assert seated.reasons == [f"start: {detail}", f"seated: {detail}"]


def test_a_run_without_any_snapshot_gives_a_reason_for_each_phase() -> None:
    found = database([])

    assert all(one.reasons and one.commits is None for one in found.phases)


def test_runs_of_the_time_before_have_no_database_part() -> None:
    old = msgspec.structs.replace(header(), schema=1)

    assert database_of(assemble("run-1", [old], [[]], frozenset(), [])) is None


def test_the_order_of_ops_does_not_matter() -> None:
    ops = [*healthy(), call(TRACK, 5)]

    assert database(ops) == database(reversed(ops))


def test_what_a_hot_call_costs_is_unknown_where_seats_without_a_browser_ask_as_well() -> None:
    headers, ops = [header(), fill_header(["f00001"])], [*healthy(), call(PING, 15)]
    found = database_of(assemble("run-1", headers, [ops], frozenset(), []))

    assert found is not None
    assert (found.run.hot.statements, found.run.hot.statements_per_call) == (None, None)
    assert found.run.hot.ping_calls == 1
    assert "seats without a browser" in found.run.reasons[-1]
