"""What the hot paths cost, and what that makes of a full house.

The incident report did this by hand (sections 3.1 and 3.2): queries per call of `access/track` and
`presence/ping`, times the viewers, times how often a page calls them.
"""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

import msgspec

from reports.metrics import METRICS, Samples, measure

if TYPE_CHECKING:
    from reports.findings import Findings

# How often a page calls, per minute (section 3.1): every five minutes, and every two.
TRACKS_PER_MINUTE = 1 / 5
PINGS_PER_MINUTE = 1 / 2
VIEWERS = (1_000, 10_000)


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """Mean queries per call of either route, None where no gateway's log tells.

    `queries_per_minute` extrapolates both to so many viewers who sit and watch; empty unless both
    are known.
    """

    track_per_call: float | None
    ping_per_call: float | None
    queries_per_minute: dict[str, int]


def budget_of(findings: Findings) -> Budget:
    """The price of the hot paths in this run."""
    track, ping = _mean("queries.track", findings), _mean("queries.ping", findings)
    per_minute = {}
    if track is not None and ping is not None:
        per_minute = {str(viewers): queries_per_minute(viewers, track, ping) for viewers in VIEWERS}
    return Budget(track_per_call=track, ping_per_call=ping, queries_per_minute=per_minute)


def queries_per_minute(viewers: int, track_per_call: float, ping_per_call: float) -> int:
    """What so many viewers ask of Supabase who sit and watch."""
    per_viewer = track_per_call * TRACKS_PER_MINUTE + ping_per_call * PINGS_PER_MINUTE
    return round(viewers * per_viewer)


def _mean(name: str, findings: Findings) -> float | None:
    reading = measure(METRICS[name], findings)
    if not isinstance(reading, Samples) or not reading.values:
        return None
    return round(fsum(reading.values) / len(reading.values), 3)
