"""What the measured figures mean for other houses: as many as on the day, a thousand, ten thousand.

Everything is this run's figure times so many viewers, at this run's pace; nothing says that a
server bears it. The plans are those whose limits the platform documents (`quota`).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from reports.budget import PINGS_PER_MINUTE, TRACKS_PER_MINUTE, queries_per_minute
from reports.history import StepName
from reports.quota import House, forecast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.findings import Findings
    from reports.summary import Summary

# The most that were there on the day of the incident, the report's own example, and ten of it.
VIEWERS = (311, 1_000, 10_000)
# It counts addresses: viewers come from their own, only a rehearsal comes from one.
OF_THE_GENERATOR = "sign-ins at once per address"
_PLANS = ("free", "pro", "team")
_NS_PER_S = 1_000_000_000


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How this run went, per second: sign-ins, messages, and the most deliveries in any second.

    None where there were not two of them.
    """

    arrivals_per_s: float | None
    messages_per_s: float | None
    deliveries_per_s_max: int
    entry_requests: float | None


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan does not allow such a house, the first to break; empty where all fits."""

    plan: str
    what: str
    needed: float
    limit: float


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What so many viewers would ask; None where this run does not tell."""

    viewers: int
    calls_per_minute: int
    queries_per_minute: int | None
    deliveries_per_s: int | None
    entry_requests: int | None
    limits: list[Limit]


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """This run's pace, and the loads of larger houses at the same pace."""

    pace: Pace
    loads: list[Load]


def capacity_of(findings: Findings, summary: Summary) -> Capacity:
    """What this run's figures mean for each of VIEWERS."""
    pace = _pace(findings, summary)
    return Capacity(pace=pace, loads=[_load(viewers, pace, summary) for viewers in VIEWERS])


def _pace(findings: Findings, summary: Summary) -> Pace:
    history = findings.history
    signs_in = [one.started_at_ns for one in history.steps if one.step is StepName.SIGN_IN]
    clicks = [message.send.clicked_at_ns for message in findings.ledger.messages]
    seconds = Counter(receipt.at_ns // _NS_PER_S for receipt in history.receipts)
    steps = summary.endpoints.per_step or {}
    entry = [steps[step].mean for step in (StepName.SIGN_IN, StepName.SEAT) if step in steps]
    known = [mean for mean in entry if mean is not None]
    return Pace(
        arrivals_per_s=_per_s(signs_in),
        messages_per_s=_per_s(clicks),
        deliveries_per_s_max=max(seconds.values(), default=0),
        entry_requests=round(sum(known), 1) if known else None,
    )


def _per_s(times_ns: Sequence[int]) -> float | None:
    """From the first to the last."""
    if len(times_ns) < 2 or min(times_ns) == max(times_ns):
        return None
    span_s = (max(times_ns) - min(times_ns)) / _NS_PER_S
    return round((len(times_ns) - 1) / span_s, 2)


def _load(viewers: int, pace: Pace, summary: Summary) -> Load:
    track, ping = summary.budget.track_per_call, summary.budget.ping_per_call
    is_priced = track is not None and ping is not None
    messages, entry = pace.messages_per_s, pace.entry_requests
    return Load(
        viewers=viewers,
        calls_per_minute=round(viewers * (TRACKS_PER_MINUTE + PINGS_PER_MINUTE)),
        queries_per_minute=queries_per_minute(viewers, track or 0, ping or 0)
        if is_priced
        else None,
        deliveries_per_s=None if messages is None else round(messages * viewers),
        entry_requests=None if entry is None else round(entry * viewers),
        limits=list(_limits(viewers, pace)),
    )


def _limits(viewers: int, pace: Pace) -> Iterable[Limit]:
    if pace.arrivals_per_s is None or pace.messages_per_s is None:
        return
    house = House(
        users=viewers, arrivals_per_s=pace.arrivals_per_s, sends_per_s=pace.messages_per_s
    )
    for plan in _PLANS:
        demands = forecast(plan, house)
        over = [one for one in demands if one.times > 1 and one.what != OF_THE_GENERATOR]
        first = over[0] if over else None
        yield Limit(
            plan=plan,
            what=first.what if first else "",
            needed=round(first.needed) if first else 0,
            limit=first.limit if first else 0,
        )
