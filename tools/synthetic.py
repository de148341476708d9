"""A history without a rehearsal: a healthy run of any size, for measuring what reads it.

Everybody signs in, sends at the product's pace, receives every message once and in order, and
leaves. Each op looks, and comes as often, as in a rehearsal on the embedded EventLive; left out is
what its database and its gateway say of themselves, which is little beside the receipts. The same
size gives the same bytes.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from fixtures.plan import DRAWN_EVERY, shard_names
from fixtures.scenes import routes
from fixtures.settings import Settings
from reports.database import PING
from reports.digest import digest_of
from reports.gates import declared_by, load_gates
from reports.history import (
    HOUSE,
    MESSAGES_PROBE,
    SOCKET,
    USER_TOKEN,
    Channel,
    ChannelState,
    Exchange,
    Header,
    Health,
    Moment,
    Outcome,
    Probe,
    Receipt,
    Rendered,
    Rendezvous,
    Roster,
    Row,
    Send,
    Step,
    StepName,
    Via,
)
from reports.ledger import GRACE_NS
from reports.shards import ShardWriter, shard_path
from scenarios.arrivals import Arrivals
from scenarios.identity import name_of
from scenarios.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.history import Op

RUN_ID = "20260206-100000-5eed"
# It bounds times too, and nothing that only the database or the gateway's log can tell.
PROFILE = "webinar"
FIRST_ID = 10_001
BEGAN_NS = 86_400 * 1_000_000_000  # the machine had been up for a day

_GATES = Path(__file__).parent.parent / "gates.toml"
_SETTINGS = Settings()
_TOPIC = f"realtime:webinar:{_SETTINGS.webinar}"
_CALLER = "supabase-js/2.119.1"
_SCREEN = 50  # messages that stand on a page

_MS = 1_000_000
_S = 1_000 * _MS
_BEGAN_AT = datetime(2026, 2, 6, 10, tzinfo=UTC)
_STEP_NS = 800 * _MS
_TRACK_NS = 300 * _S
_PING_MIN_NS, _PING_MAX_NS = 110 * _S, 130 * _S
_ASKED_NS = 5 * _MS  # from a click to its request, and from one channel op to the next
_ACCEPTED_NS = 30 * _MS  # from the click to the answer
_NEAREST_NS = 40 * _MS  # from the click to the nearest recipient; each has her own distance …
_FARTHEST_NS = 160 * _MS
# … and what a message adds to it is less than the 50 ms to the next message: no socket changes
# their order.
_JITTER_NS = 40 * _MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message of the run."""

    author: str
    number: int
    message_id: str
    digest: str
    clicked_ns: int

    @property
    def accepted_ns(self) -> int:
        """When the server's answer came."""
        return self.clicked_ns + _ACCEPTED_NS


@dataclass(frozen=True, kw_only=True)
class House:
    """A whole run. Its times are monotonic."""

    workload: Workload
    shards: Sequence[str]

    @cached_property
    def users(self) -> list[str]:
        """Everybody, in the order of the pool."""
        return [name_of(index) for index in range(self.workload.users)]

    @cached_property
    def said(self) -> list[Said]:
        """All messages in their order. Ids grow with time, as the database gives them."""
        workload = self.workload
        turns = sorted(
            (workload.sends_at_s(user, number), user, number)
            for number in range(workload.sends_per_user)
            for user in range(workload.users)
        )
        return [
            Said(
                author=self.users[user],
                number=number,
                message_id=str(id_),
                digest=digest_of(workload.body(RUN_ID, self.users[user], user, number)),
                clicked_ns=self.full_ns + round(at_s * _S),
            )
            for id_, (at_s, user, number) in enumerate(turns, start=FIRST_ID)
        ]

    @cached_property
    def said_by(self) -> dict[str, list[Said]]:
        """Each user's messages in their order; the first is her greeting."""
        own = defaultdict(list)
        for one in self.said:
            own[one.author].append(one)
        return own

    def members(self, shard: str) -> range:
        """The users of one shard, by their index: shard i has i, i + n, i + 2n, …"""
        return range(self.shards.index(shard), self.workload.users, len(self.shards))

    def arrives_ns(self, index: int) -> int:
        """When a user opens the sign-in page."""
        return BEGAN_NS + round(self.workload.arrives_at_s(index) * _S)

    @cached_property
    def full_ns(self) -> int:
        """When everybody is seated, and the first speaks."""
        return max(map(self.arrives_ns, range(self.workload.users))) + 3 * _STEP_NS

    @cached_property
    def heard_ns(self) -> int:
        """When the last message has come to everybody."""
        return self.said[-1].clicked_ns + _FARTHEST_NS + _JITTER_NS

    @property
    def settled_ns(self) -> int:
        """When nobody is owed anything who leaves now."""
        return self.heard_ns + GRACE_NS

    @property
    def over_ns(self) -> int:
        """When everybody has left."""
        return self.settled_ns + 2 * _STEP_NS


def write_run(folder: Path, *, users: int, sends_per_user: int, workers: int = 16) -> None:
    """The shards of a run are in `folder`, with users x users x sends_per_user receipts.

    Everybody's first send is the greeting.
    """
    workload = Workload(
        seed=_SETTINGS.seed,
        users=users,
        messages_per_user=sends_per_user - 1,
        arrivals=Arrivals(per_s=_SETTINGS.arrivals_per_s),
        sends_per_s=_SETTINGS.sends_per_s,
    )
    house = House(workload=workload, shards=shard_names(users, workers))
    for shard in house.shards:
        members = [house.users[index] for index in house.members(shard)]
        _write(folder, _header(house, shard, members, BEGAN_NS), _of_shard(house, shard))
    _write(folder, _header(house, HOUSE, house.users, house.over_ns), _of_house(house))


def _write(folder: Path, header: Header, ops: Iterator[Op]) -> None:
    with closing(ShardWriter(shard_path(folder, header.shard), header)) as writer:
        for op in ops:
            writer.append(op)


def _header(house: House, shard: str, users: list[str], began_ns: int) -> Header:
    return Header(
        run_id=RUN_ID,
        shard=shard,
        users=users,
        webinar=_SETTINGS.webinar,
        messages_per_user=house.workload.messages_per_user,
        started_at=_world(began_ns),
        started_at_ns=began_ns,
        shards=list(house.shards),
        gates=declared_by(load_gates(_GATES, PROFILE)) if shard == HOUSE else {},
    )


def _world(at_ns: int) -> str:
    """The time of the world at a monotonic time."""
    return (_BEGAN_AT + timedelta(microseconds=(at_ns - BEGAN_NS) // 1000)).isoformat()


def _of_shard(house: House, shard: str) -> Iterator[Op]:
    """The ops of one worker, the conversation in the order in which it would write it."""
    members = house.members(shard)
    for index in members:
        yield from _arrival(house, index)
    yield _met(shard, "house", house.full_ns)
    yield from _conversation(house, members)
    yield _met(shard, "sent", house.said[-1].accepted_ns)
    yield from _looks(house, members)
    yield _met(shard, "settled", house.settled_ns)
    for index in members:
        yield from _heartbeat(house, index)
        yield from _departure(house, house.users[index])
        yield from _steps(house, index)
    for at_ns in range(BEGAN_NS, house.over_ns, _S):
        yield _at_ease(shard, at_ns)


def _of_house(house: House) -> Iterator[Op]:
    """What the database holds when everybody has left."""
    at_ns = house.over_ns
    yield Roster(source="database", moment=Moment.LEFT, at_ns=at_ns, present=[])
    yield Probe(name=MESSAGES_PROBE, outcome=Outcome.OK, at_ns=at_ns, rows=len(house.said))
    for one in house.said:
        yield Row(
            message_id=one.message_id,
            author=one.author,
            digest=one.digest,
            at_ns=at_ns,
            created_at=_world(one.accepted_ns),
        )


def _arrival(house: House, index: int) -> Iterator[Op]:
    user, signed_in_ns = house.users[index], house.arrives_ns(index) + _STEP_NS
    yield _exchange(user, routes.SIGN_IN, signed_in_ns - _STEP_NS // 2)
    for exchange in (routes.POLLING, routes.POLLING):
        yield _exchange(user, exchange, signed_in_ns)
    joins = (
        (SOCKET, ChannelState.OPENED, ""),
        (_TOPIC, ChannelState.ASKED, USER_TOKEN),
        (_TOPIC, ChannelState.JOINED, ""),
        (_TOPIC, ChannelState.READY, ""),
    )
    for place, (topic, state, detail) in enumerate(joins):
        at_ns = signed_in_ns + place * _ASKED_NS
        yield Channel(user=user, topic=topic, state=state, at_ns=at_ns, detail=detail)


def _conversation(house: House, members: range) -> Iterator[Op]:
    """What the members say, and what they hear of everybody."""
    ears = [(house.users[index], _distance_ns(house, index)) for index in members]
    mouths = {user for user, _ in ears}
    draw = Random(f"{house.workload.seed}/{members.start}").random
    for one in house.said:
        if one.author in mouths:
            yield _exchange(one.author, routes.SENDING, one.clicked_ns + _ASKED_NS, 201)
            yield _send(one)
        for user, distance_ns in ears:
            yield Receipt(
                user=user,
                message_id=one.message_id,
                via=Via.FRAME,
                at_ns=one.clicked_ns + distance_ns + int(draw() * _JITTER_NS),
                author=one.author,
                digest=one.digest,
            )


def _distance_ns(house: House, index: int) -> int:
    return _NEAREST_NS + (_FARTHEST_NS - _NEAREST_NS) * index // house.workload.users


def _send(one: Said) -> Send:
    return Send(
        user=one.author,
        number=one.number,
        outcome=Outcome.OK,
        clicked_at_ns=one.clicked_ns,
        requested_at_ns=one.clicked_ns + _ASKED_NS,
        accepted_at_ns=one.accepted_ns,
        message_id=one.message_id,
        digest=one.digest,
        status=201,
    )


def _looks(house: House, members: range) -> Iterator[Op]:
    """Who is present as each page shows it, and what stands on the screens of the sample."""
    at_ns, shown = house.settled_ns, [one.message_id for one in house.said[-_SCREEN:]]
    for index in members:
        user = house.users[index]
        yield Roster(source=user, moment=Moment.SETTLED, at_ns=at_ns, present=house.users)
        if index % DRAWN_EVERY == 0:
            yield Rendered(user=user, at_ns=at_ns, message_ids=shown)


def _heartbeat(house: House, index: int) -> Iterator[Exchange]:
    """What a page sends to keep its seat (incident report, sections 3.1 and 9)."""
    user, entry_ns = house.users[index], house.arrives_ns(index) + _STEP_NS
    for at_ns in range(entry_ns, house.settled_ns, _TRACK_NS):
        yield _exchange(user, routes.ENTRY, at_ns)
    draw, ping_ns = Random(f"{house.workload.seed}/{user}"), entry_ns
    while ping_ns < house.settled_ns:
        yield _exchange(user, f"POST {PING}", ping_ns, 204)
        ping_ns += draw.randrange(_PING_MIN_NS, _PING_MAX_NS)


def _departure(house: House, user: str) -> Iterator[Op]:
    at_ns = house.settled_ns + _ASKED_NS
    yield _exchange(user, routes.LEAVING, at_ns, 204)
    yield Channel(
        user=user, topic=_TOPIC, state=ChannelState.CLOSED, at_ns=at_ns, detail="phx_close"
    )


def _steps(house: House, index: int) -> Iterator[Step]:
    """One user's journey; she acts at the end of a step and has waited for her turn before."""
    user, arrives_ns = house.users[index], house.arrives_ns(index)
    greeting, *others = house.said_by[user]
    signed_in_ns, seated_ns = arrives_ns + _STEP_NS, arrives_ns + 2 * _STEP_NS
    done_ns = (others or [greeting])[-1].accepted_ns
    acted_ns = len(others) * _ACCEPTED_NS
    left_ns = house.settled_ns + _STEP_NS
    yield _step(user, StepName.SIGN_IN, arrives_ns, signed_in_ns)
    yield _step(user, StepName.SEAT, signed_in_ns, seated_ns)
    yield _step(user, StepName.GREET, seated_ns, greeting.accepted_ns, acted_ns=_ACCEPTED_NS)
    if others:
        yield _step(user, StepName.CHAT, greeting.accepted_ns, done_ns, acted_ns=acted_ns)
    yield _step(user, StepName.RECEIVE, done_ns, house.heard_ns)
    yield _step(user, StepName.LEAVE, house.heard_ns, left_ns, acted_ns=_STEP_NS)


def _step(
    user: str, name: StepName, since_ns: int, until_ns: int, *, acted_ns: int | None = None
) -> Step:
    """A step that went well; without `acted_ns` all of it was acting."""
    return Step(
        user=user,
        step=name,
        outcome=Outcome.OK,
        started_at_ns=since_ns,
        ended_at_ns=until_ns,
        waited_ns=0 if acted_ns is None else until_ns - since_ns - acted_ns,
    )


def _exchange(user: str, exchange: str, at_ns: int, status: int = 200) -> Exchange:
    """An exchange that went well; `exchange` is a method and a route."""
    method, _, route = exchange.partition(" ")
    is_auth = exchange == routes.SIGN_IN
    return Exchange(
        user=user,
        method=method,
        route=route,
        status=status,
        started_at_ns=at_ns,
        duration_ms=24.772,
        request_id="f3ce1af7-6897-4224-b602-1b55b4d1c50e" if is_auth else "",
        caller=_CALLER if is_auth else "",
    )


def _met(shard: str, name: str, at_ns: int) -> Rendezvous:
    return Rendezvous(shard=shard, name=name, arrived_at_ns=at_ns, left_at_ns=at_ns)


def _at_ease(shard: str, at_ns: int) -> Health:
    """The generator, well used and in time."""
    return Health(
        shard=shard,
        at_ns=at_ns,
        lag_ms=8.46,
        cpu=0.129,
        host_cpu=0.97,
        available_mb=9084,
        runnable=2.5,
        driver_ms=1.627,
    )
