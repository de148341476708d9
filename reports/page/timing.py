"""The time line of a page: seconds after the run's start, with milliseconds, and what they were
in the world.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from reports.clocks import began_at_ns

if TYPE_CHECKING:
    from reports.archive import History

# Korea has had no summer time since 1988: no time zone database is needed, which a host may lack.
SEOUL = timezone(timedelta(hours=9), "KST")
_NS_PER_MS = 1_000_000


class Timeline:
    """Times of one history, as seconds after its first shard began."""

    def __init__(self, history: History) -> None:
        self._began_ns = began_at_ns(history)

    def s(self, at_ns: int) -> float:
        """Rounded to milliseconds; whole numbers of them compare and print alike everywhere."""
        return round((at_ns - self._began_ns) / _NS_PER_MS) / 1000


def world_time(started_at: str) -> datetime | None:
    """What a header's `started_at` says, in UTC; None where it is no time."""
    try:
        told = datetime.fromisoformat(started_at)
    except ValueError:
        return None
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
