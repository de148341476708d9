"""Builders of small literal histories.

Times are whole seconds after the start of the run. Everybody is seated at 10, greets at 20 and
chats at 30; a send is requested 0.01 s after its click and accepted 0.05 s after it, and arrives
0.1 s after it. `healthy` is the run in which nothing went wrong; tests change it from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from reports.archive import History, assemble
from reports.database import PING
from reports.history import (
    HOUSE,
    MESSAGES_PROBE,
    USER_TOKEN,
    Channel,
    ChannelState,
    Counters,
    Exchange,
    FillReceipts,
    FillSeat,
    Header,
    Health,
    Moment,
    Op,
    Outcome,
    Part,
    Probe,
    Receipt,
    Roster,
    Row,
    Send,
    Served,
    Statement,
    Step,
    StepName,
    Via,
)
from reports.shards import ShardWriter, shard_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

START_S = 1000
USERS = ("ada", "ben", "cho")


def ns(at_s: float) -> int:
    """`at_s` seconds after the start of the run, on the monotonic clock."""
    return round((START_S + at_s) * 1000) * 1_000_000


def header(
    users: Sequence[str] = USERS,
    shard: str = "shard00",
    *,
    run_id: str = "run-1",
    messages: int = 1,
    quota: Sequence[str] = (),
    part: Part | None = None,
) -> Header:
    return Header(
        run_id=run_id,
        shard=shard,
        users=list(users),
        webinar="149402",
        messages_per_user=messages,
        started_at="2026-02-07T00:00:00Z",
        started_at_ns=ns(0),
        gates={"deliveries.lost.count": "== 0"} if shard == HOUSE else {},
        quota=list(quota),
        part=part,
    )


def step(
    user: str,
    name: StepName,
    start_s: float,
    end_s: float,
    *,
    outcome: Outcome = Outcome.OK,
    waited_s: float = 0,
    throttled: int = 0,
    held_s: float = 0,
    detail: str = "",
) -> Step:
    return Step(
        user=user,
        step=name,
        outcome=outcome,
        started_at_ns=ns(start_s),
        ended_at_ns=ns(end_s),
        waited_ns=round(waited_s * 1000) * 1_000_000,
        throttled=throttled,
        held_ns=round(held_s * 1000) * 1_000_000,
        detail=detail,
    )


def seated(user: str) -> list[Op]:
    """Signed in from 0 to 4, and seated at 10 after waiting for the house for 5 seconds."""
    return [
        step(user, StepName.SIGN_IN, 0, 4),
        step(user, StepName.SEAT, 4, 10, waited_s=5),
    ]


def at_ease(shard: str) -> Health:
    """The generator, with nothing to do."""
    return Health(
        shard=shard,
        at_ns=ns(30),
        lag_ms=5,
        cpu=0.1,
        host_cpu=0.2,
        available_mb=4000,
        runnable=0.5,
        driver_ms=2,
    )


def watched(users: Sequence[str]) -> list[Op]:
    """What every run has beside its figures: joins and pings, full rosters, an idle generator."""
    joins = [
        Channel(
            user=user,
            topic="realtime:webinar:149402",
            state=ChannelState.ASKED,
            at_ns=ns(5),
            detail=USER_TOKEN,
        )
        for user in users
    ]
    rosters = [
        Roster(source=user, moment=Moment.SETTLED, at_ns=ns(50), present=sorted(users))
        for user in users
    ]
    pings = [beat(user, PING, 5) for user in users]
    return [*joins, *pings, *rosters, at_ease("shard00")]


def beat(user: str, route: str, at_s: float, *, status: int | None = 204) -> Exchange:
    """A request that keeps a seat alive, answered at once."""
    return Exchange(
        user=user,
        method="POST",
        route=route,
        status=status,
        started_at_ns=ns(at_s),
        duration_ms=0,
    )


def message_id(users: Sequence[str], author: str, number: int) -> str:
    return str(100 + number * len(users) + users.index(author))


def clicked_s(number: int) -> int:
    return 20 + 10 * number


def accepted(author: str, number: int, id_: str) -> Send:
    at_s = clicked_s(number)
    return Send(
        user=author,
        number=number,
        outcome=Outcome.OK,
        clicked_at_ns=ns(at_s),
        requested_at_ns=ns(at_s + 0.01),
        accepted_at_ns=ns(at_s + 0.05),
        message_id=id_,
        digest=f"digest-{number}",
        status=201,
    )


def unanswered(author: str, number: int) -> Send:
    """Requested, and no answer came."""
    at_s = clicked_s(number)
    return Send(
        user=author,
        number=number,
        outcome=Outcome.UNKNOWN,
        clicked_at_ns=ns(at_s),
        requested_at_ns=ns(at_s + 0.01),
        digest=f"digest-{number}",
    )


def refused(author: str, number: int, status: int, code: str) -> Send:
    at_s = clicked_s(number)
    return Send(
        user=author,
        number=number,
        outcome=Outcome.FAIL,
        clicked_at_ns=ns(at_s),
        requested_at_ns=ns(at_s + 0.01),
        digest=f"digest-{number}",
        status=status,
        code=code,
    )


def ignored(author: str, number: int) -> Send:
    """Clicked, and the page made no request."""
    at_ns = ns(clicked_s(number))
    return Send(user=author, number=number, outcome=Outcome.FAIL, clicked_at_ns=at_ns)


def heard(
    user: str, author: str, number: int, id_: str, *, after_s: float = 0.1, via: Via = Via.FRAME
) -> Receipt:
    return Receipt(
        user=user,
        message_id=id_,
        via=via,
        at_ns=ns(clicked_s(number) + after_s),
        author=author,
        digest=f"digest-{number}",
    )


def told_of_limit(user: str) -> Channel:
    """Realtime tells this user, before anybody speaks, that a limit of the plan is reached."""
    return Channel(
        user=user,
        topic="realtime:webinar:149402",
        state=ChannelState.ERRORED,
        at_ns=ns(19),
        detail="Too many messages per second",
    )


def row(author: str, number: int, id_: str) -> Row:
    return Row(message_id=id_, author=author, digest=f"digest-{number}", at_ns=ns(60))


def table_read(rows: Sequence[Row]) -> list[Op]:
    """The final read of the messages table, and what it found."""
    probe = Probe(name=MESSAGES_PROBE, outcome=Outcome.OK, at_ns=ns(60), rows=len(rows))
    return [probe, *rows]


def healthy(users: Sequence[str] = USERS, *, messages: int = 1) -> list[Op]:
    """All ops of a run in which everybody did everything and received everything."""
    sends = [(author, number) for number in range(messages + 1) for author in users]
    ops = [op for user in users for op in seated(user)]
    for author, number in sends:
        id_ = message_id(users, author, number)
        name = StepName.CHAT if number else StepName.GREET
        ops.append(step(author, name, clicked_s(number) - 1, clicked_s(number) + 0.05))
        ops.append(accepted(author, number, id_))
        ops += [heard(user, author, number, id_) for user in users]
    ops += [step(user, StepName.LEAVE, 61, 62) for user in users]
    ops += watched(users)
    return ops + table_read([row(a, n, message_id(users, a, n)) for a, n in sends])


def without(ops: Iterable[Op], *absent: Op) -> list[Op]:
    """`ops` less `absent`, each of which must be there."""
    left = list(ops)
    for op in absent:
        left.remove(op)
    return left


def unread(ops: Iterable[Op]) -> list[Op]:
    """`ops` without the final read of the messages table."""
    return [op for op in ops if not isinstance(op, Row | Probe)]


def unasked(ops: Iterable[Op]) -> list[Op]:
    """`ops` without any request of a page."""
    return [op for op in ops if not isinstance(op, Exchange)]


def stored(ops: Iterable[Op], *rows: Row) -> list[Op]:
    """`ops`, had the final read found exactly `rows`."""
    return [*unread(ops), *table_read(rows)]


def history_of(ops: Iterable[Op], users: Sequence[str] = USERS) -> History:
    """A complete history of one shard."""
    return assemble("run-1", [header(users)], [ops], frozenset(), [])


def write_shard(run_dir: Path, head: Header, ops: Iterable[Op]) -> Path:
    """A complete shard file."""
    path = shard_path(run_dir, head.shard)
    writer = ShardWriter(path, head)
    for op in ops:
        writer.append(op)
    writer.close()
    return path


def write_run(
    run_dir: Path,
    shards: Mapping[str, Sequence[str]],
    ops: Iterable[Op],
    *,
    run_id: str = "run-1",
    quota: Sequence[str] = (),
    part: Part | None = None,
) -> None:
    """A run as workers leave it: each user's ops in her shard, the house's in its own."""
    ops = list(ops)
    for shard, users in shards.items():
        own = [op for op in ops if getattr(op, "user", None) in users]
        write_shard(run_dir, header(users, shard, run_id=run_id, part=part), [*own, at_ease(shard)])
    rest = [op for op in ops if not (getattr(op, "user", "") or isinstance(op, Health))]
    users = [user for own in shards.values() for user in own]
    write_shard(run_dir, header(users, HOUSE, run_id=run_id, quota=quota, part=part), rest)


def fill_header(seats: Sequence[str], shard: str = "fill00") -> Header:
    """That of a process which holds these seats without a browser."""
    return replace(header([], shard), fill=list(seats))


def fill_seat(name: str, since_s: float = 5, until_s: float = 70) -> FillSeat:
    """A seat that was ready in this time, given up at its end, and missed nothing."""
    return FillSeat(
        shard="fill00",
        name=name,
        joined_at_ns=[ns(since_s)],
        ended_at_ns=[ns(until_s)],
        is_held=True,
    )


def fill_receipts(
    author: str, number: int, id_: str, *, seats: int, after_s: float = 0.1
) -> FillReceipts:
    """A message that came to so many seats at the same moment."""
    return FillReceipts(
        shard="fill00",
        message_id=id_,
        author=author,
        digest=f"digest-{number}",
        first_at_ns=ns(clicked_s(number) + after_s),
        after_ms=[(0, seats)],
    )


def filled(seats: Sequence[str], users: Sequence[str] = USERS) -> list[Op]:
    """What a process recorded whose seats were held throughout a healthy run."""
    heard_by_all = [
        fill_receipts(author, number, message_id(users, author, number), seats=len(seats))
        for number in range(2)
        for author in users
    ]
    return [*map(fill_seat, seats), *heard_by_all, at_ease("fill00")]


def history_with_fill(seats: Sequence[str], of_fill: Iterable[Op]) -> History:
    """A healthy run beside whose users there were these seats without a browser."""
    headers = [header(), fill_header(seats)]
    return assemble("run-1", headers, [healthy(), of_fill], frozenset(), [])


TRACK = "/api/webinars/{id}/access/track"
LEAVING = "/api/webinars/{id}/presence/leave"
SERVING = {
    "track": f"POST {TRACK}",
    "ping": "POST /api/webinars/{id}/presence/ping",
    "statistics": "GET /api/webinars/{id}/stats/access",
}


def entries() -> list[Op]:
    """Two users come in, and one of them leaves, as their browsers saw it."""
    return [
        Exchange(
            user=user,
            method="POST",
            route=route,
            status=200,
            started_at_ns=ns(at_s),
            duration_ms=80,
        )
        for user, route, at_s in [("ada", TRACK, 1), ("ben", TRACK, 5), ("ben", LEAVING, 60)]
    ]


def served(
    user: str,
    route: str,
    status: int,
    call: str = "",
    by: str = "track",
    *,
    after_s: float = 0.5,
) -> Served:
    """A call that the gateway answered, so long after the second of the call that it served."""
    return Served(
        user=user,
        method="POST",
        route=route,
        status=status,
        started_at_ns=ns(float(call or 0) + after_s),
        duration_ms=3,
        serving=SERVING[by] if call else "",
        call=call,
    )


def rolled_back(n: int, *, statements: int = 0) -> list[Op]:
    """The database's counters before and after a run, with so many rollbacks between them."""
    counters: list[Op] = [
        Counters(phase="start", outcome=Outcome.OK, at_ns=ns(0), rollbacks=100),
        Counters(phase="settled", outcome=Outcome.OK, at_ns=ns(50), rollbacks=100 + n),
        Counters(phase="end", outcome=Outcome.OK, at_ns=ns(70), rollbacks=100 + n + 50),
    ]
    calls = [
        Statement(phase=phase, query="q", table="entrances", calls=count, total_ms=1, rows=1)
        for phase, count in {"start": 7, "settled": 8, "end": 7 + statements}.items()
    ]
    return [*counters, *(calls if statements else [])]
