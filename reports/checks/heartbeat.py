"""Heartbeat: every seat is kept alive as often as it must be, and no more often.

The product's rules (incident report, sections 3.1 and 9): `presence/ping` at once on entry, then
every 120 s ± 10 s, drawn anew each time so that a full house spreads out; `access/track` on entry,
then every 300 s. A page may count from the answer to the next request, or from request to request.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain, pairwise
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from reports.clocks import ended_at_ns
from reports.database import PING, TRACK
from reports.history import Outcome, StepName
from reports.verdicts import invalid, unknown, valid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.archive import History
    from reports.findings import Findings
    from reports.history import Exchange
    from reports.verdicts import Verdict

    Beats = Mapping[str, Sequence[Exchange]]  # by user, in time

# On a saturated machine pages act late, and what they do is seen late: in a full house of 400 on
# two cores by up to 14 s.
TOLERANCE_S = 20
# In fewer intervals a narrow range may be luck.
JITTER_INTERVALS_MIN = 8
JITTER_RANGE_MIN_S = 1
_NS_PER_S = 1_000_000_000


class _Rule(NamedTuple):
    """A request that a page makes at once on entry, and again and again after so many seconds."""

    name: str
    route: str
    least_s: float
    most_s: float


_PINGS = _Rule("ping", PING, 110, 130)
_TRACKS = _Rule("track", TRACK, 300, 300)


class _Seat(NamedTuple):
    """When a user had her seat: until she began to leave, or was last seen."""

    taken_at_ns: int
    until_ns: int


def check_heartbeat(findings: Findings) -> Verdict | None:
    """The page of everybody seated pinged on entry, pinged and tracked again in time and never too
    soon, and the pings of the house are spread. (Without the first track nobody has a seat.)

    Failed requests count: a page does not ask more often for them. After a refusal (4xx) it need
    not ask again. Spread: of 8 intervals or more between pings the longest and the shortest are at
    least 1 s apart; 8 intervals drawn from 120 s ± 10 s are closer together with a chance of 6 in
    10⁹ (n·rⁿ⁻¹ - (n-1)·rⁿ for n = 8 and r = 1/20).

    A page that were loaded anew would ask at once, and would be found too soon: in a rehearsal
    nobody reloads. Nobody took a seat: nothing was asked.
    """
    history = findings.history
    seats = _seats(history)
    if not seats:
        return None
    if not all(house.exchanges for house in history.each_house()):
        return unknown("heartbeat", "no request was recorded")
    pings, tracks = (_beats(history, seats, rule.route) for rule in (_PINGS, _TRACKS))
    dark = seats.keys() & history.unproven_users()
    # Of whom evidence is lost, silence proves nothing.
    proven = {user: seat for user, seat in seats.items() if user not in dark}
    waits_s = sorted(wait_s for own in pings.values() for wait_s in _waits_s(own))
    wrong = [
        *_too_soon(_PINGS, pings),
        *_too_soon(_TRACKS, tracks),
        *_unannounced(pings, proven),
        *_too_late(_PINGS, pings, proven),
        *_too_late(_TRACKS, tracks, proven),
        *_in_step(waits_s),
    ]
    if wrong:
        text = f"{len(wrong):,} irregularities in the heartbeats of {len(seats):,} users"
        return invalid("heartbeat", text, wrong)
    if dark:
        return unknown("heartbeat", f"{len(dark):,} of {len(seats):,} users are in the dark")
    return valid("heartbeat", _rhythm(len(seats), waits_s))


def _seats(history: History) -> dict[str, _Seat]:
    """Of everybody whose seat was taken for certain."""
    until_ns = _last_seen_ns(history) | history.leaving_at_ns()
    return {
        step.user: _Seat(step.ended_at_ns, until_ns[step.user])
        for step in history.steps
        if step.step is StepName.SEAT and step.outcome is Outcome.OK
    }


def _last_seen_ns(history: History) -> dict[str, int]:
    seen_ns: defaultdict[str, int] = defaultdict(int)
    for user, at_ns in chain(
        ((step.user, step.ended_at_ns) for step in history.steps),
        ((exchange.user, ended_at_ns(exchange)) for exchange in history.exchanges),
        ((channel.user, channel.at_ns) for channel in history.channels),
    ):
        seen_ns[user] = max(seen_ns[user], at_ns)
    return dict(seen_ns)


def _beats(history: History, seats: Mapping[str, _Seat], route: str) -> Beats:
    """The requests of this route by those who have a seat, up to its end."""
    beats: dict[str, list[Exchange]] = {user: [] for user in seats}
    for one in sorted(history.exchanges, key=lambda one: one.started_at_ns):
        has_seat = one.user in seats and one.started_at_ns <= seats[one.user].until_ns
        if has_seat and one.route == route:
            beats[one.user].append(one)
    return beats


def _too_soon(rule: _Rule, beats: Beats) -> Iterator[str]:
    """Whoever asked again too soon after a request; its answer may be long in coming."""
    for user, own in sorted(beats.items()):
        intervals_s = [_s(later.started_at_ns - one.started_at_ns) for one, later in pairwise(own)]
        soon_s = [interval for interval in intervals_s if interval < rule.least_s - TOLERANCE_S]
        if soon_s:
            cases = f"{len(soon_s):,} of {len(intervals_s):,} intervals"
            yield f"{user}: {rule.name} too soon, {cases}, the shortest {min(soon_s):.1f} s"


def _unannounced(pings: Beats, seats: Mapping[str, _Seat]) -> Iterator[str]:
    for user, seat in sorted(seats.items()):
        waits_s = (_s(ping.started_at_ns - seat.taken_at_ns) for ping in pings[user])
        if min(waits_s, default=inf) > TOLERANCE_S:
            yield f"{user}: no ping on entry"


def _too_late(rule: _Rule, beats: Beats, seats: Mapping[str, _Seat]) -> Iterator[str]:
    """Whoever kept silent for too long."""
    for user, seat in sorted(seats.items()):
        silence_s = max(_silences_s(beats[user], seat))
        if silence_s > rule.most_s + TOLERANCE_S:
            yield f"{user}: no {rule.name} for {silence_s:.1f} s"


def _silences_s(beats: Sequence[Exchange], seat: _Seat) -> list[float]:
    """Until the first request, between requests, and after the last."""
    if not beats:
        return [_s(seat.until_ns - seat.taken_at_ns)]
    first_s = _s(beats[0].started_at_ns - seat.taken_at_ns)
    last_s = _s(seat.until_ns - ended_at_ns(beats[-1]))
    # A refusal asks for silence.
    return [first_s, *_waits_s(beats), 0 if _is_refusal(beats[-1]) else last_s]


def _waits_s(beats: Sequence[Exchange]) -> list[float]:
    """From each answer to the next request."""
    return [_s(later.started_at_ns - ended_at_ns(one)) for one, later in pairwise(beats)]


def _is_refusal(beat: Exchange) -> bool:
    return beat.status is not None and 400 <= beat.status < 500


def _in_step(waits_s: Sequence[float]) -> Iterator[str]:
    """What is wrong with a house that pings in step; `waits_s` are in order of length."""
    if len(waits_s) < JITTER_INTERVALS_MIN or waits_s[-1] - waits_s[0] >= JITTER_RANGE_MIN_S:
        return
    yield f"no jitter: {len(waits_s):,} intervals between pings are {_range(waits_s)}"


def _rhythm(users: int, waits_s: Sequence[float]) -> str:
    if not waits_s:
        return f"{users:,} users pinged once on entry, and nobody sat long enough for another"
    pings = users + len(waits_s)
    return f"{users:,} users pinged {pings:,} times, at intervals of {_range(waits_s)}"


def _range(waits_s: Sequence[float]) -> str:
    return f"{waits_s[0]:.1f} to {waits_s[-1]:.1f} s"


def _s(duration_ns: int) -> float:
    return duration_ns / _NS_PER_S
