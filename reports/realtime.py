"""Realtime over a run: what was lost of sockets and channels, and when the chat polled instead.

Data for `summary`, appendix A3 of the incident report; nothing here knows what is good or bad.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from math import fsum
from typing import TYPE_CHECKING

import msgspec

from reports.clocks import began_at_ns, ended_at_ns
from reports.figures import Share
from reports.history import NO_TOKEN, SOCKET, Channel, ChannelState
from reports.throttling import TOO_MANY_REQUESTS, is_held_back, speaks_of_limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reports.archive import History
    from reports.history import Exchange

NAMED_MAX = 20
# A catch-up of many messages takes several pages: one or two reads more are no polling yet.
POLLS_MIN = 3
# The product backs off to 30 s; a slow answer may double that.
POLL_GAP_S = 90
POLLED = ("GET", "/api/webinars/{id}/messages")
_TROUBLE = {ChannelState.REFUSED, ChannelState.ERRORED, ChannelState.CLOSED}
_NS_PER_S = 1_000_000_000


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """It happened `n` times, to `users` different users."""

    n: int
    users: int


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Words of a server or of the wire, and how often which number of users met them."""

    text: str
    n: int
    users: int


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """So many users, the first of them by name."""

    users: int
    first: list[str]


class Polling(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch in which one user's page polled instead of being told.

    `on_s` is the start of the first poll, `off_s` the end of the last, in seconds after the run's
    start. `polls` counts those without an answer too.
    """

    user: str
    on_s: float
    off_s: float
    seconds: float
    polls: int


class Fallback(msgspec.Struct, frozen=True, kw_only=True):
    """All polling of a run. `seconds` and `polls` are summed over users."""

    users: int
    seconds: float
    polls: int
    spans: list[Polling]


class Realtime(msgspec.Struct, frozen=True, kw_only=True):
    """Realtime as the browsers' frames showed it. `users_seen` of all users showed anything.

    All else is None where nothing was seen at all, `joins_without_token` also where no join was:
    nobody knows. What ends once its user has begun to leave is no loss.
    """

    users_seen: Share
    sockets: Count | None = None
    disconnects: Count | None = None
    rejoins: Count | None = None
    refused: list[Reason] | None = None
    endings: list[Reason] | None = None
    never_ready: Named | None = None
    joins_without_token: Count | None = None
    fallback: Fallback | None = None
    throttled: list[Reason] | None = None


def realtime_of(history: History) -> Realtime:
    """The figures of a run's sockets and channels."""
    changes = history.channels
    seen = Share(len({change.user for change in changes}), len(history.users()))
    if not changes:
        return Realtime(users_seen=seen)
    endings = endings_of(history)
    return Realtime(
        users_seen=seen,
        sockets=_count(one.user for one in changes if _is_socket(one, ChannelState.OPENED)),
        disconnects=_count(one.user for one in endings if _is_socket(one, ChannelState.CLOSED)),
        rejoins=_rejoins(changes),
        refused=_reasons(
            (one.detail, one.user) for one in changes if one.state is ChannelState.REFUSED
        ),
        endings=_reasons((_words(one), one.user) for one in endings),
        never_ready=_never_ready(changes),
        joins_without_token=_without_token(changes),
        fallback=_fallback(history),
        throttled=_throttled(history),
    )


def _is_socket(change: Channel, state: ChannelState) -> bool:
    return change.topic == SOCKET and change.state is state


def endings_of(history: History) -> list[Channel]:
    """Errors, and what closed before its user began to leave; all of it where she never left."""
    leaving_at_ns = history.leaving_at_ns()
    return [change for change in history.channels if _has_ended(change, leaving_at_ns)]


def _has_ended(change: Channel, leaving_at_ns: Mapping[str, int]) -> bool:
    leaving_ns = leaving_at_ns.get(change.user)
    is_early = leaving_ns is None or change.at_ns < leaving_ns
    return change.state is ChannelState.ERRORED or (
        change.state is ChannelState.CLOSED and is_early
    )


def _words(change: Channel) -> str:
    what = SOCKET if change.topic == SOCKET else "channel"
    return f"{what} {change.state}: {change.detail}".removesuffix(": ")


def _count(users: Iterable[str]) -> Count:
    users = list(users)
    return Count(n=len(users), users=len(set(users)))


def _reasons(given: Iterable[tuple[str, str]]) -> list[Reason]:
    """Pairs of words and user, counted; the most frequent words first."""
    users: defaultdict[str, list[str]] = defaultdict(list)
    for text, user in given:
        users[text].append(user)
    reasons = [Reason(text=text, n=len(own), users=len(set(own))) for text, own in users.items()]
    return sorted(reasons, key=lambda reason: (-reason.n, reason.text))


def _rejoins(changes: Sequence[Channel]) -> Count:
    """Joins of a topic beyond a user's first, refused ones too.

    READY alone is no join: where change events were asked for it comes again with every new token.
    """
    asked = _joins(changes, ChannelState.ASKED)
    # Histories of version 1 do not say what was asked.
    joins = asked | _joins(changes, ChannelState.JOINED)
    return _count(user for (user, _), n in joins.items() for _ in range(n - 1))


def _joins(changes: Iterable[Channel], state: ChannelState) -> Counter[tuple[str, str]]:
    return Counter((change.user, change.topic) for change in changes if change.state is state)


def _never_ready(changes: Iterable[Channel]) -> Named:
    """Users who had a socket, and no channel of theirs was ever ready."""
    users: defaultdict[ChannelState, set[str]] = defaultdict(set)
    for change in changes:
        users[change.state].add(change.user)
    waiting = users[ChannelState.OPENED] - users[ChannelState.READY]
    return Named(users=len(waiting), first=sorted(waiting)[:NAMED_MAX])


def _without_token(changes: Iterable[Channel]) -> Count | None:
    asked = [change for change in changes if change.state is ChannelState.ASKED]
    return _count(one.user for one in asked if one.detail == NO_TOKEN) if asked else None


def _throttled(history: History) -> list[Reason]:
    """Whatever said that somebody was too fast, frames and HTTP answers alike.

    Sign-ins that were held back are told apart (`sign_ins`).
    """
    told = [
        (_words(change), change.user)
        for change in history.channels
        if speaks_of_limit(change.detail)
    ]
    refused = [
        (f"{one.status} {one.code}".rstrip() + f" on {one.method} {one.route}", one.user)
        for one in history.exchanges
        if one.status == TOO_MANY_REQUESTS and not is_held_back(one)
    ]
    return _reasons(told + refused)


def _fallback(history: History) -> Fallback:
    """All stretches of polling, in time."""
    started_at_ns = began_at_ns(history)
    seen: defaultdict[str, list[Channel | Exchange]] = defaultdict(list)
    for change in history.channels:
        seen[change.user].append(change)
    for exchange in history.exchanges:
        if (exchange.method, exchange.route) == POLLED:
            seen[exchange.user].append(exchange)
    spans = [
        _polling(span, started_at_ns)
        for own in seen.values()
        for span in _spans(_polls(sorted(own, key=_in_time)))
        if len(span) >= POLLS_MIN
    ]
    return Fallback(
        users=len({span.user for span in spans}),
        seconds=round(fsum(span.seconds for span in spans), 3),
        polls=sum(span.polls for span in spans),
        spans=sorted(spans, key=lambda span: (span.on_s, span.user)),
    )


def _in_time(op: Channel | Exchange) -> tuple[int, str, str, float]:
    """In time; of what was seen together, in an order that no shard's name decides."""
    if isinstance(op, Channel):
        return (op.at_ns, op.state, op.topic, 0)
    return (op.started_at_ns, "", "", op.duration_ms)


def _polls(ops: Iterable[Channel | Exchange]) -> Iterator[tuple[int, Exchange]]:
    """One user's reads since Realtime first failed her, each with the number of the last failure.

    Without the read that catches up whenever she is live again. Reads that go on after it are polls
    too: a page that never stops is what this looks for.
    """
    failures, is_live, is_catching_up = 0, False, False
    asked: set[str] = set()
    for op in ops:
        if not isinstance(op, Channel):
            if failures and not is_catching_up:
                yield failures, op
            is_catching_up = False
        elif op.state is ChannelState.READY:
            is_catching_up = is_catching_up or not is_live
            is_live = True
        # A join that is never answered shows only in that it is asked again.
        elif op.state in _TROUBLE or (op.state is ChannelState.ASKED and op.topic in asked):
            failures += is_live or not failures
            is_live = is_catching_up = False
        elif op.state is ChannelState.ASKED:
            asked.add(op.topic)


def _spans(polls: Iterable[tuple[int, Exchange]]) -> Iterator[list[Exchange]]:
    """Polls after the same failure and without a long gap between them."""
    span: list[Exchange] = []
    last_failure = 0
    for failure, poll in polls:
        if span and (failure != last_failure or _is_apart(poll, span[-1])):
            yield span
            span = []
        span.append(poll)
        last_failure = failure
    if span:
        yield span


def _is_apart(poll: Exchange, earlier: Exchange) -> bool:
    return poll.started_at_ns - ended_at_ns(earlier) >= POLL_GAP_S * _NS_PER_S


def _polling(span: Sequence[Exchange], started_at_ns: int) -> Polling:
    on_ns, off_ns = span[0].started_at_ns, max(map(ended_at_ns, span))
    return Polling(
        user=span[0].user,
        on_s=round((on_ns - started_at_ns) / _NS_PER_S, 3),
        off_s=round((off_ns - started_at_ns) / _NS_PER_S, 3),
        seconds=round((off_ns - on_ns) / _NS_PER_S, 3),
        polls=len(span),
    )
