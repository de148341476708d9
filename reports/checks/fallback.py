"""Fallback: a page that loses Realtime polls instead, less and less often, and ends it in time.

The product's rules (incident report, sections 4.3 and 10.1): polling starts where Realtime fails,
backs off, stops at once when it is refused (4xx), and ends with the recovery. EventLive's page
waits 2, 4, 8, 16 s before its polls and 30 s before all others; another page may have other
delays, as long as they grow.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from itertools import dropwhile, groupby, pairwise, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from reports.checks.recovery import BROKEN
from reports.clocks import began_at_ns, ended_at_ns
from reports.history import ChannelState, Via
from reports.naming import first_of
from reports.realtime import POLLED
from reports.verdicts import invalid, unknown, valid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.archive import History
    from reports.findings import Findings
    from reports.history import Channel
    from reports.verdicts import Verdict

# The first poll is due 2 s after the cut. On a saturated machine pages act late, and what they do
# is seen late: in a full house of 400 on two cores by up to 14 s.
START_S = 16
# A page gives a request up after 30 s; one that is open when its page closes is not recorded.
PATIENCE_S = 30
# Polls that must show a back-off. The last of the four waits between five of EventLive's is 30 s:
# however late they are seen, it is long. Of fewer the longest may be one of 8 or 16 s.
POLLS_IN_A_ROW = 5
# A wait that need not grow any more: half of the product's longest.
BACKED_OFF_S = 15
# The longest of the four waits by the shortest: 8 where delays double, 3 where they grow by half.
GROWTH = 2
# Below this the waits of a page that asks as fast as it can differ by more, as its answers do.
LEAST_S = 1
# What another part of the page asks while a poll is being refused, a catch-up for instance.
IN_FLIGHT_S = 2
# Once somebody is ready again: what was being asked at that moment, and what she has missed.
READS_AFTER = 2
# A page of 200 messages after which another is asked for at once brings 150 new ones, or fewer by
# those that frames brought before. Only the last page of several is a poll by itself.
FULL_PAGE = 100
_TELLING = (ChannelState.ASKED, ChannelState.READY, *BROKEN)
_NS_PER_S = 1_000_000_000
_NS_PER_US = 1_000


class _Read(NamedTuple):
    """A page asked for messages; `new` are those it was sent that no frame had brought."""

    at_ns: int
    over_ns: int
    status: int | None
    new: int

    @property
    def is_refused(self) -> bool:
        return self.status is not None and 400 <= self.status < 500

    @property
    def has_failed(self) -> bool:
        return self.status is None or self.status >= 500

    @property
    def is_full(self) -> bool:
        return self.new >= FULL_PAGE


class _Outage(NamedTuple):
    """A time in which a user who had been ready was cut off.

    `until_ns` is when she was ready again (`is_over`), began to leave, or was last seen. `polls`
    began meanwhile; `later` once she was ready again, until she left or was cut off anew.
    """

    user: str
    cut_at_ns: int
    until_ns: int
    is_over: bool
    was_refused: bool  # a read before it was answered 4xx
    polls: Sequence[_Read]
    later: Sequence[_Read]

    def lasted(self, seconds: float) -> bool:
        return self.until_ns - self.cut_at_ns >= seconds * _NS_PER_S


def check_fallback(findings: Findings) -> Verdict | None:
    """Everybody who was cut off polled soon, less and less often, not after a refusal, and no
    longer once she was ready again and had what she missed.

    - Soon: within 16 s, of an outage that lasted as long. A page that was refused before may keep
      silent.
    - Less and less often: of five polls in a row the longest wait is 15 s, or twice the shortest.
    - Not after a refusal (4xx) in the same outage, save for what was in flight.
    - No longer: two reads are answered at most, until she is cut off again. Failed ones may be
      repeated.

    Unknown: of somebody who was cut off evidence is lost. All rules need what may be missing, a
    poll or that she was ready again. Nobody was cut off: nothing was asked.
    """
    history = findings.history
    outages = list(_outages(history))
    if not outages:
        return None
    cut_off = {one.user for one in outages}
    dark = cut_off & history.unproven_users()
    began_ns = began_at_ns(history)
    wrong = [
        f"{one.user}: {what}"
        for one in outages
        if one.user not in dark
        for what in _irregularities(one, began_ns)
    ]
    if wrong:
        text = (
            f"{len(wrong):,} irregularities in {len(outages):,} outages of {len(cut_off):,} users"
        )
        return invalid("fallback", text, wrong)
    if dark:
        return unknown("fallback", f"{len(dark):,} of {len(cut_off):,} users are in the dark")
    return valid("fallback", _summary(outages, len(cut_off)))


def _summary(outages: Sequence[_Outage], users: int) -> str:
    polls = sum(len(one.polls) for one in outages)
    return f"{len(outages):,} outages of {users:,} users, bridged by {polls:,} polls"


def _outages(history: History) -> Iterator[_Outage]:
    """Of every user, in time."""
    told: defaultdict[str, list[Channel]] = defaultdict(list)
    for one in sorted(history.channels, key=lambda one: (one.at_ns, one.state)):
        if one.state in _TELLING:
            told[one.user].append(one)
    reads, leaving_at_ns = _reads(history), history.leaving_at_ns()
    for user, changes in sorted(told.items()):
        own = reads.get(user, [])
        last_seen_ns = max([changes[-1].at_ns, *(one.over_ns for one in own)])
        until_ns = leaving_at_ns.get(user, last_seen_ns + 1)
        marks = _marks([one for one in changes if one.at_ns < until_ns])
        yield from _outages_of(user, marks, own, until_ns)


def _reads(history: History) -> dict[str, list[_Read]]:
    """By user, in time."""
    brought_at_ns: defaultdict[str, list[int]] = defaultdict(list)
    for receipt in history.receipts:
        if receipt.via is Via.POLL:
            brought_at_ns[receipt.user].append(receipt.at_ns)
    for arrivals in brought_at_ns.values():
        arrivals.sort()
    reads: defaultdict[str, list[_Read]] = defaultdict(list)
    for one in sorted(history.exchanges, key=lambda one: (one.started_at_ns, one.duration_ms)):
        if (one.method, one.route) == POLLED:
            at_ns, over_ns = one.started_at_ns, ended_at_ns(one)
            new = _within(brought_at_ns[one.user], at_ns, over_ns)
            reads[one.user].append(_Read(at_ns, over_ns, one.status, new))
    return dict(reads)


def _within(arrivals: Sequence[int], at_ns: int, over_ns: int) -> int:
    """How many of these, which are in order, are of this time. Durations are of whole µs."""
    return bisect_right(arrivals, over_ns + _NS_PER_US) - bisect_left(arrivals, at_ns)


def _marks(changes: Sequence[Channel]) -> list[Channel]:
    """When one user's page was ready, and when that was broken.

    A READY after which it asks to join again, though nothing was broken, came too late: the page
    had given that join up, and goes on polling.
    """
    marks = []
    given_up: set[str] = set()
    for one in reversed(changes):
        if one.state is ChannelState.ASKED:
            given_up.add(one.topic)
            continue
        if one.state in BROKEN:
            given_up.clear()
        if one.topic not in given_up:
            marks.append(one)
    return marks[::-1]


def _outages_of(
    user: str, marks: Sequence[Channel], reads: Sequence[_Read], until_ns: int
) -> Iterator[_Outage]:
    """From each cut after she had been ready until she was ready again."""
    once_ready = dropwhile(lambda one: not _is_ready(one), marks)
    spells = [list(spell) for _, spell in groupby(once_ready, key=_is_ready)]
    never: list[Channel] = []
    for cut, back, anew in zip_longest(spells[1::2], spells[2::2], spells[3::2], fillvalue=never):
        cut_ns, over_ns = cut[0].at_ns, back[0].at_ns if back else until_ns
        # Readiness is told again with every new token: what follows is what follows the last.
        back_ns, anew_ns = back[-1].at_ns if back else until_ns, anew[0].at_ns if anew else until_ns
        yield _Outage(
            user=user,
            cut_at_ns=cut_ns,
            until_ns=over_ns,
            is_over=bool(back),
            was_refused=any(one.is_refused and one.over_ns <= cut_ns for one in reads),
            polls=_begun(reads, cut_ns, over_ns),
            later=_begun(reads, back_ns, anew_ns),
        )


def _is_ready(mark: Channel) -> bool:
    return mark.state is ChannelState.READY


def _begun(reads: Sequence[_Read], from_ns: int, until_ns: int) -> list[_Read]:
    return [one for one in reads if from_ns <= one.at_ns < until_ns]


def _irregularities(outage: _Outage, began_ns: int) -> Iterator[str]:
    yield from _not_started(outage, began_ns)
    yield from _not_backed_off(outage, began_ns)
    yield from _not_stopped(outage, began_ns)
    yield from _not_ended(outage, began_ns)


def _not_started(outage: _Outage, began_ns: int) -> Iterator[str]:
    # Where she never came back, a poll may still have been unanswered when her page closed.
    asked_s = START_S if outage.is_over else START_S + PATIENCE_S
    deadline_ns = outage.cut_at_ns + START_S * _NS_PER_S
    has_started = any(one.at_ns <= deadline_ns for one in outage.polls)
    if outage.lasted(asked_s) and not has_started and not outage.was_refused:
        yield f"cut off at {_at(outage.cut_at_ns, began_ns)}, and no poll in the {START_S} s after"


def _not_backed_off(outage: _Outage, began_ns: int) -> Iterator[str]:
    """The first polls in a row that came at about the same distance."""
    polls = [one for one in outage.polls if not one.is_full]
    for first in range(len(polls) - POLLS_IN_A_ROW + 1):
        row = polls[first : first + POLLS_IN_A_ROW]
        waits_s = [(later.at_ns - one.at_ns) / _NS_PER_S for one, later in pairwise(row)]
        if max(waits_s) < min(BACKED_OFF_S, max(LEAST_S, GROWTH * min(waits_s))):
            yield (
                f"{len(row)} polls in a row from {_at(row[0].at_ns, began_ns)} on without backing "
                f"off, {min(waits_s):.1f} to {max(waits_s):.1f} s apart"
            )
            return


def _not_stopped(outage: _Outage, began_ns: int) -> Iterator[str]:
    refused = next((one for one in outage.polls if one.is_refused), None)
    if refused is None:
        return
    free_ns = refused.over_ns + IN_FLIGHT_S * _NS_PER_S
    if again := [one for one in outage.polls if one.at_ns > free_ns]:
        yield (
            f"refused ({refused.status}) at {_at(refused.over_ns, began_ns)}, "
            f"and polled again at {_times(again, began_ns)}"
        )


def _not_ended(outage: _Outage, began_ns: int) -> Iterator[str]:
    answered = [one for one in outage.later if not (one.has_failed or one.is_full)]
    if beyond := answered[READS_AFTER:]:
        yield (
            f"ready again at {_at(outage.until_ns, began_ns)}, "
            f"and still polled at {_times(beyond, began_ns)}"
        )


def _times(reads: Sequence[_Read], began_ns: int) -> str:
    return first_of(_at(one.at_ns, began_ns) for one in reads)


def _at(at_ns: int, began_ns: int) -> str:
    return f"{(at_ns - began_ns) / _NS_PER_S:.1f} s"
