"""Fill: the seats without a browser were held to the end, and heard all that they were owed.

They stand for people whose browsers were left out to save machines: a seat that was refused, or a
message that did not come, is one of theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.fill import breaks, changed, lag_ms_of, receptions_of
from reports.health import UNTIMED_LAG_MS_P95_MAX
from reports.naming import first_of
from reports.verdicts import invalid, unknown, valid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.fill import Reception
    from reports.findings import Findings
    from reports.history import FillSeat
    from reports.verdicts import Verdict


def check_fill(findings: Findings) -> Verdict | None:
    """Every seat got in, was there at the end, and received each message that it was owed once and
    as it was sent. Who was cut off and came back is counted, and no flaw.

    Unknown: nothing was owed, or a seat's process did not tell of it, or woke up so late that what
    went wrong may be its own doing; or a limit of Auth on one address kept a seat out, where the
    people whom it stands for have one each. No seat was asked for: nothing was asked.
    """
    asked = findings.history.fill()
    if not asked:
        return None
    receptions = receptions_of(findings)
    flaws = [(one.seat.name, problem) for one in receptions for problem in _problems(one)]
    flaws += [(one.shard, f"had message {one.message_id} changed") for one in changed(findings)]
    late_ms = lag_ms_of(findings.history).p95 or 0
    if flaws and late_ms > UNTIMED_LAG_MS_P95_MAX:
        return unknown("fill", f"it woke up {late_ms:,.0f} ms late (p95), which may be the cause")
    if flaws:
        names = first_of(dict.fromkeys(name for name, _ in flaws))
        text = f"{len(flaws):,} flaws at {names}, of {len(asked):,} seats without a browser"
        return invalid("fill", text, [f"{name} {problem}" for name, problem in flaws])
    if untold := sorted(set(asked) - {one.seat.name for one in receptions}):
        return unknown("fill", f"nobody knows of {len(untold):,} seats: {first_of(untold)}")
    if kept_out := [one.seat.name for one in receptions if _is_kept_out(one.seat)]:
        text = f"Auth's limit, not the product, kept {len(kept_out):,} of {len(asked):,} seats out"
        return unknown("fill", f"{text}: {first_of(kept_out)}")
    owed = sum(one.owed for one in receptions)
    if not owed:
        return unknown("fill", "no delivery was owed to a seat without a browser")
    cuts = sum(breaks(one.seat) for one in receptions)
    back = f", cut off {cuts:,} times and back" if cuts else ""
    return valid("fill", f"{len(asked):,} seats{back}, {owed:,} deliveries, none lost")


def _problems(reception: Reception) -> Iterator[str]:
    seat, missing = reception.seat, reception.missing
    if not _is_kept_out(seat):
        yield from _absence(seat)
    if missing:
        ids = first_of(f"{one.message_id}" for one in missing)
        yield f"never received {len(missing):,} of {reception.owed:,} messages: {ids}"
    if seat.repeated:
        yield f"received {seat.repeated:,} frames twice"


def _absence(seat: FillSeat) -> Iterator[str]:
    if not seat.joined_at_ns:
        yield f"did not get in: {seat.detail or 'the run was over before'}"
    elif breaks(seat) and not seat.is_held:
        yield f"was cut off and did not come back: {seat.detail}"


def _is_kept_out(seat: FillSeat) -> bool:
    return seat.is_throttled and not seat.is_held
