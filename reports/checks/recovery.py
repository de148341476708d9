"""Recovery: whoever lost the connection before leaving came back and misses nothing."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reports.history import ChannelState
from reports.verdicts import invalid, valid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.archive import History
    from reports.findings import Findings
    from reports.history import Channel
    from reports.verdicts import Verdict

BROKEN = (ChannelState.ERRORED, ChannelState.CLOSED)
_NS_PER_S = 1_000_000_000


def check_recovery(findings: Findings) -> Verdict | None:
    """Every user who was cut off became ready again, and has everything that was owed to her.

    Nobody was cut off: nothing was asked.
    """
    lost = cut_off(findings.history)
    if not lost:
        return None
    missing: defaultdict[str, int] = defaultdict(int)
    for message in findings.ledger.messages:
        for user in message.missing() - findings.ledger.unproven:
            missing[user] += 1
    problems = [
        f"{user} {problem}"
        for user, channels in sorted(lost.items())
        if (problem := _problem(channels, missing[user]))
    ]
    if problems:
        text = f"{len(problems):,} of {len(lost):,} users who were cut off did not recover"
        return invalid("recovery", text, problems)
    return valid("recovery", f"{len(lost):,} users were cut off, and all recovered")


def catch_up_s(findings: Findings) -> list[float]:
    """Per user who recovered, seconds from her last cut until she was live again and complete.

    Complete: she has what was sent meanwhile, and owed to her.
    """
    seconds = []
    for user, channels in cut_off(findings.history).items():
        cut_ns = _last_cut_ns(channels)
        back_ns = min(_ready_after(channels, cut_ns), default=None)
        if back_ns is None:
            continue
        meanwhile = [one for one in findings.ledger.messages if cut_ns <= one.base_ns <= back_ns]
        if any(user in one.missing() for one in meanwhile):
            continue
        arrived_ns = [one.arrivals[user].at_ns for one in meanwhile if user in one.arrivals]
        seconds.append((max([back_ns, *arrived_ns]) - cut_ns) / _NS_PER_S)
    return seconds


def _problem(channels: Sequence[Channel], missing: int) -> str:
    """What is wrong with a user who was cut off; empty where nothing is."""
    if missing:
        return f"misses {missing:,} messages that were owed to her"
    is_back = bool(_ready_after(channels, _last_cut_ns(channels)))
    return "" if is_back else "never became ready again"


def _last_cut_ns(channels: Sequence[Channel]) -> int:
    return max(one.at_ns for one in channels if one.state in BROKEN)


def _ready_after(channels: Sequence[Channel], since_ns: int) -> list[int]:
    """When this user became ready after that moment."""
    ready = (one.at_ns for one in channels if one.state is ChannelState.READY)
    return [at_ns for at_ns in ready if at_ns > since_ns]


def cut_off(history: History) -> dict[str, list[Channel]]:
    """The channel ops before leaving of every user who was ready and then lost a channel."""
    leaving_at_ns = history.leaving_at_ns()
    seated: defaultdict[str, list[Channel]] = defaultdict(list)
    for one in sorted(history.channels, key=lambda one: (one.at_ns, one.state)):
        until_ns = leaving_at_ns.get(one.user)
        if until_ns is None or one.at_ns < until_ns:
            seated[one.user].append(one)
    return {user: channels for user, channels in seated.items() if _was_cut(channels)}


def _was_cut(channels: Sequence[Channel]) -> bool:
    states = [one.state for one in channels]
    if ChannelState.READY not in states:
        return False
    return any(state in BROKEN for state in states[states.index(ChannelState.READY) :])
