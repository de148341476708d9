"""The hosts of one house: by what their clocks differ, and how well that is known.

Each runner compares its monotonic clock with that of the server where they meet, before the crowd
comes and after it has left. A merged run has all times on the first part's clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.archive import History
    from reports.history import Clock

# A delivery that nobody can place within this is not worth a figure in milliseconds.
ERROR_MAX_NS = 100_000_000
_LOOKS = 2  # at the begin and at the end
_NS_PER_MS = 1_000_000


class Offset(NamedTuple):
    """What a runner's clock is behind that of the rendezvous, give or take `error_ns`, and by how
    much that changed meanwhile.
    """

    offset_ns: int
    error_ns: int
    drift_ns: int


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """One runner's clock: what it was put forward by, and by how much that may be wrong."""

    part: str
    offset_ms: float
    error_ms: float
    drift_ms: float


def offset_of(clocks: Sequence[Clock]) -> Offset | None:
    """What these looks at the rendezvous' clock say together; None where there was none.

    In the middle of the first and the last, so that no moment between them is wrong by more than
    half of the drift beside what each look itself may be wrong by.
    """
    if not clocks:
        return None
    looks = sorted(clocks, key=lambda one: one.at_ns)
    first_ns, last_ns = (one.reference_ns - one.at_ns for one in (looks[0], looks[-1]))
    drift_ns = last_ns - first_ns
    return Offset(
        offset_ns=first_ns + drift_ns // 2,
        error_ns=max(one.error_ns for one in looks) + (abs(drift_ns) + 1) // 2,
        drift_ns=drift_ns,
    )


def hosts_of(history: History) -> list[Host]:
    """The runners of one house whose clocks are known; none of any other run."""
    if not history.is_one_house:
        return []
    offsets = [(part, offset) for part in history.parts if (offset := offset_of(part.clocks))]
    return [
        Host(
            part=part.name,
            offset_ms=round(part.by_ns / _NS_PER_MS, 3),
            error_ms=round(offset.error_ns / _NS_PER_MS, 3),
            drift_ms=round(offset.drift_ns / _NS_PER_MS, 3),
        )
        for part, offset in offsets
    ]


def clock_of(host: Host) -> str:
    """What was done to its clock, in words."""
    return (
        f"{host.part}: its clock was put forward by {host.offset_ms:,.3f} ms, "
        f"± {host.error_ms:,.3f} ms"
    )


def doubt_ns(history: History) -> int:
    """By how much the clocks of two hosts may be wrong against each other; 0 on a single host."""
    offsets = [offset_of(part.clocks) for part in history.parts] if history.is_one_house else []
    return sum(sorted(one.error_ns for one in offsets if one)[-2:])


def unsure(history: History) -> Iterator[str]:
    """Why times of one host cannot be compared with those of another, each as one sentence."""
    for part in history.parts:
        offset = offset_of(part.clocks)
        if not offset or len(part.clocks) < _LOOKS:
            yield (
                f"{part.name}: its clock was not compared with that of the rendezvous both before "
                "and after the crowd"
            )
        elif offset.error_ns > ERROR_MAX_NS:
            yield (
                f"{part.name}: its clock is only known within {offset.error_ns / _NS_PER_MS:,.0f} "
                f"ms (it drifted by {offset.drift_ns / _NS_PER_MS:,.0f} ms), more than "
                f"{ERROR_MAX_NS // _NS_PER_MS} ms: no time between hosts can be told"
            )
