"""What the database had to do in each phase of a run, from its own counters (A2).

Snapshots are counters that only grow; a phase is the difference of two of them. Whatever cannot be
told is None, with the reason beside it: never zero by silence.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from math import fsum
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import asdict, replace

from reports.clocks import ended_at_ns
from reports.history import Outcome
from reports.naming import first_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reports.archive import History
    from reports.history import Counters, Exchange, Statement

# Of each snapshot, those with the most calls are kept.
STATEMENTS_MAX = 300
TOP_MAX = 20
RUN = "run"
# Older runs took no snapshots.
SNAPSHOTS_SINCE_SCHEMA = 2

# The two routes that the incident report found to be hot, and what stands behind them.
TRACK = "/api/webinars/{id}/access/track"
PING = "/api/webinars/{id}/presence/ping"
HOT_TABLES = frozenset(
    {"entrances", "registrations", "webinar_live_presence", "webinar_user_sessions"}
)


class Phase(StrEnum):
    """The snapshots of a run in their order; each ends the phase of its name."""

    START = "start"  # before any worker: nothing of the run yet
    SEATED = "seated"  # the house is full
    SENT = "sent"  # everything has been said
    SETTLED = "settled"  # nothing more arrives
    END = "end"  # everybody has left


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What one table's statements cost: calls, ms of execution, rows read or changed."""

    calls: int
    ms: float
    rows: int


class StatementLoad(Load, frozen=True, kw_only=True):
    """The same for one statement; `table` is the first that it names."""

    table: str
    query: str


class Hot(msgspec.Struct, frozen=True, kw_only=True):
    """The hot routes: the browsers' calls that ended, and statements on the tables behind them.

    PostgreSQL does not know routes, so `statements_per_call` is all statements on `HOT_TABLES`
    divided by all calls of both. Other work on these tables counts too: leaving, the admin console,
    Realtime, people outside the run. A view counts once, as `entrances`. None where one of the two
    is not known, or nobody called.
    """

    track_calls: int | None
    ping_calls: int | None
    statements: int | None
    statements_per_call: float | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What happened from the snapshot `since` to the end of `phase`.

    None and empty mean unknown, and `reasons` says why. `connections` are those open at the end, by
    application. `statements` are the 20 with the most calls; `tables` is over all of them, with
    the key '' for statements that name no table.
    """

    phase: str
    since: str | None
    seconds: float | None
    commits: int | None
    rollbacks: int | None
    deadlocks: int | None
    connections: dict[str, int] | None
    statements: list[StatementLoad] | None
    tables: dict[str, Load] | None
    hot: Hot
    reasons: list[str]


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """The database's part of a run: each phase, and all of it from `start` to `end`."""

    phases: list[Difference]
    run: Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot:
    """One look. `counters` is None where there was none; `why` says what could not be read."""

    phase: Phase
    counters: Counters | None
    statements: dict[str, Statement]
    why: list[str]

    @property
    def floor(self) -> int:
        """A statement with more calls than these would be in the snapshot."""
        is_full = len(self.statements) >= STATEMENTS_MAX
        return min(one.calls for one in self.statements.values()) if is_full else 0


def database_of(history: History) -> Database | None:
    """The database's figures by phase; None for a run of the time before they were recorded.

    Those of a merged run are the sums of its parts', unless they share a database. The parts of one
    house do, and look at its counters at the same moments: there the first part's looks are all.
    """
    if history.predates(SNAPSHOTS_SINCE_SCHEMA):
        return None
    if history.is_one_house:
        first = history.parts[0]
        looks = _of_house(
            dataclasses.replace(history, counters=first.counters, statements=first.statements)
        )
        return Database(phases=[_shortened(one) for one in looks.phases], run=_shortened(looks.run))
    houses = [_of_house(part) for part in history.each_part()]
    shared = [
        first_of(one.name or str(one.part) for one in own)
        for own in by_database(history)
        if is_shared(own)
    ]
    return Database(
        phases=[_sum(same, shared) for same in zip(*(one.phases for one in houses), strict=True)],
        run=_sum([one.run for one in houses], shared),
    )


def by_database(history: History) -> list[list[History]]:
    """The parts of a run, by the database that they are on: each embedded target has its own."""
    on: defaultdict[str, list[History]] = defaultdict(list)
    for part in history.each_part():
        on[part.target or part.name].append(part)
    return list(on.values())


def is_shared(houses: Sequence[History]) -> bool:
    """These houses, which are on one database, have or had others of their run beside them."""
    return bool(houses[0].target) and any(one.part and one.part.of > 1 for one in houses)


def _sum(differences: Sequence[Difference], shared: Sequence[str]) -> Difference:
    """What all of them did in the same phase; None where one of them does not know.

    Houses that share a database have each counted what the others did: no sum of theirs is true.
    """
    first = differences[0]
    if len(differences) == 1 and not shared:
        return _shortened(first)
    doubts = [
        f"the database counted the work of all parts of the run, and so did {names}"
        for names in shared
    ]
    reasons = [reason for one in differences for reason in one.reasons]
    loads = None if shared else _merged([one.statements for one in differences])
    whole = Difference(
        phase=first.phase,
        since=first.since if len({one.since for one in differences}) == 1 else None,
        seconds=_longest([one.seconds for one in differences]),
        commits=None if shared else _total([one.commits for one in differences]),
        rollbacks=None if shared else _total([one.rollbacks for one in differences]),
        deadlocks=None if shared else _total([one.deadlocks for one in differences]),
        connections=None if shared else _connections([one.connections for one in differences]),
        statements=loads,
        tables=None if loads is None else _tables(loads),
        hot=_hot_of_all([one.hot for one in differences], is_shared=bool(shared)),
        reasons=list(dict.fromkeys([*doubts, *reasons])),
    )
    return _shortened(whole)


def _shortened(difference: Difference) -> Difference:
    statements = difference.statements
    return replace(difference, statements=None if statements is None else statements[:TOP_MAX])


def _total(figures: Sequence[int | None]) -> int | None:
    known = [one for one in figures if one is not None]
    return sum(known) if len(known) == len(figures) else None


def _longest(seconds: Sequence[float | None]) -> float | None:
    known = [one for one in seconds if one is not None]
    return max(known) if len(known) == len(seconds) else None


def _connections(open_: Sequence[dict[str, int] | None]) -> dict[str, int] | None:
    total: Counter[str] = Counter()
    for own in open_:
        if own is None:
            return None
        total.update(own)
    return dict(sorted(total.items()))


def _merged(loads: Sequence[Sequence[StatementLoad] | None]) -> list[StatementLoad] | None:
    """The same statement of several databases is one, the one with the most calls first."""
    alike: defaultdict[tuple[str, str], list[StatementLoad]] = defaultdict(list)
    for own in loads:
        if own is None:
            return None
        for load in own:
            alike[load.table, load.query].append(load)
    merged = [
        StatementLoad(table=table, query=query, **asdict(_load_of(same)))
        for (table, query), same in alike.items()
    ]
    return sorted(merged, key=_by_calls)


def _hot_of_all(hot: Sequence[Hot], *, is_shared: bool) -> Hot:
    track, ping = _total([one.track_calls for one in hot]), _total([one.ping_calls for one in hot])
    statements = None if is_shared else _total([one.statements for one in hot])
    calls = (track or 0) + (ping or 0)
    is_known = statements is not None and calls > 0
    return Hot(
        track_calls=track,
        ping_calls=ping,
        statements=statements,
        statements_per_call=round((statements or 0) / calls, 3) if is_known else None,
    )


def _of_house(history: History) -> Database:
    snapshots = _snapshots(history)
    calls = [
        call for call in history.exchanges if call.method == "POST" and call.route in (TRACK, PING)
    ]
    differences = []
    before = snapshots[0]
    for after in snapshots[1:]:
        differences.append(_difference(after.phase, before, after, calls))
        # A phase whose end nobody saw is part of the next one.
        before = before if after.counters is None else after
    whole = _difference(RUN, snapshots[0], snapshots[-1], calls)
    if history.fill():
        differences, whole = [*map(_unpriced, differences)], _unpriced(whole)
    return Database(phases=differences, run=whole)


def _unpriced(difference: Difference) -> Difference:
    """Seats without a browser ask the hot routes as well, and their calls are in no history."""
    hot = replace(difference.hot, statements=None, statements_per_call=None)
    reason = "statements on the tables of the hot routes are also those of seats without a browser"
    return replace(difference, hot=hot, reasons=[*difference.reasons, reason])


def _snapshots(history: History) -> list[_Snapshot]:
    """One for each phase, read or not."""
    counters = {one.phase: one for one in history.counters}
    statements: defaultdict[str, dict[str, Statement]] = defaultdict(dict)
    for one in history.statements:
        statements[one.phase][one.query] = one
    return [_snapshot(phase, counters.get(phase), statements[phase]) for phase in Phase]


def _snapshot(
    phase: Phase, counters: Counters | None, statements: dict[str, Statement]
) -> _Snapshot:
    why = []
    if counters is None:
        why.append(f"{phase}: no snapshot was taken")
    elif counters.outcome is not Outcome.OK:
        why.append(f"{phase}: {counters.detail or 'the counters could not be read'}")
        counters = None
    elif not statements:
        why.append(f"{phase}: {counters.detail or 'no statements were recorded'}")
    return _Snapshot(
        phase=phase, counters=counters, statements=statements if counters else {}, why=why
    )


def _difference(
    name: str, before: _Snapshot, after: _Snapshot, calls: Iterable[Exchange]
) -> Difference:
    first, last = before.counters, after.counters
    grown, loads = _grown(first, last), _loads(before, after)
    commits, rollbacks, deadlocks = grown or (None, None, None)
    return Difference(
        phase=name,
        since=before.phase if first else None,
        seconds=round((last.at_ns - first.at_ns) / 1e9, 3) if first and last else None,
        commits=commits,
        rollbacks=rollbacks,
        deadlocks=deadlocks,
        connections=last.connections if last else None,
        statements=loads,
        tables=None if loads is None else _tables(loads),
        hot=_hot(loads, _within(calls, first, last)),
        reasons=[
            *dict.fromkeys([*before.why, *after.why]),
            *_resets(before, after, is_known=grown is not None, are_known=loads is not None),
            *_doubts(before, loads),
        ],
    )


def _grown(first: Counters | None, last: Counters | None) -> tuple[int, int, int] | None:
    """Commits, rollbacks and deadlocks; None where they are not known, or shrank."""
    if first is None or last is None:
        return None
    grown = (
        last.commits - first.commits,
        last.rollbacks - first.rollbacks,
        last.deadlocks - first.deadlocks,
    )
    return None if min(grown) < 0 else grown


def _loads(before: _Snapshot, after: _Snapshot) -> list[StatementLoad] | None:
    """What each statement did, most calls first; None where that is not known, or calls shrank."""
    if not before.statements or not after.statements:
        return None
    # One that is no longer among those with the most calls has at most as many as the last of them.
    if any(
        one.calls > (after.statements[query].calls if query in after.statements else after.floor)
        for query, one in before.statements.items()
    ):
        return None
    loads = [_load(one, before.statements.get(query)) for query, one in after.statements.items()]
    return sorted((load for load in loads if load.calls), key=_by_calls)


def _by_calls(load: StatementLoad) -> tuple[int, str]:
    return (-load.calls, load.query)


def _load(after: Statement, before: Statement | None) -> StatementLoad:
    return StatementLoad(
        table=after.table,
        query=after.query,
        calls=after.calls - (before.calls if before else 0),
        ms=round(after.total_ms - (before.total_ms if before else 0), 3),
        rows=after.rows - (before.rows if before else 0),
    )


def _resets(
    before: _Snapshot, after: _Snapshot, *, is_known: bool, are_known: bool
) -> Iterator[str]:
    """Counters that were read both times, and still no difference: they shrank."""
    between = f"between {before.phase} and {after.phase}"
    if before.counters and after.counters and not is_known:
        yield f"the database's counters shrank {between}: its statistics were reset"
    if before.statements and after.statements and not are_known:
        yield f"statements lost calls {between}: their statistics were reset or thrown out"


def _doubts(before: _Snapshot, loads: Iterable[StatementLoad] | None) -> Iterator[str]:
    if before.floor and any(load.query not in before.statements for load in loads or ()):
        yield (
            f"{before.phase}: only the {STATEMENTS_MAX} statements with the most calls were read; "
            f"others may have up to {before.floor} calls less than is shown here"
        )


def _tables(loads: Iterable[StatementLoad]) -> dict[str, Load]:
    of_table: defaultdict[str, list[StatementLoad]] = defaultdict(list)
    for load in loads:
        of_table[load.table].append(load)
    return {table: _load_of(own) for table, own in sorted(of_table.items())}


def _load_of(loads: Sequence[Load]) -> Load:
    return Load(
        calls=sum(load.calls for load in loads),
        ms=round(fsum(load.ms for load in loads), 3),
        rows=sum(load.rows for load in loads),
    )


def _within(
    calls: Iterable[Exchange], first: Counters | None, last: Counters | None
) -> list[Exchange] | None:
    """The calls that ended between the two snapshots; None where there are not two."""
    if first is None or last is None:
        return None
    return [call for call in calls if first.at_ns < ended_at_ns(call) <= last.at_ns]


def _hot(loads: Iterable[StatementLoad] | None, calls: Sequence[Exchange] | None) -> Hot:
    statements = per_call = None
    if loads is not None:
        statements = sum(load.calls for load in loads if load.table in HOT_TABLES)
        per_call = round(statements / len(calls), 3) if calls else None
    return Hot(
        track_calls=_count(calls, TRACK),
        ping_calls=_count(calls, PING),
        statements=statements,
        statements_per_call=per_call,
    )


def _count(calls: Iterable[Exchange] | None, route: str) -> int | None:
    return None if calls is None else sum(call.route == route for call in calls)
