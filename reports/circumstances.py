"""What a run was made under: the things of which a difference makes a comparison doubtful.

Only what the history itself tells: it names neither the deployment nor its version.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from reports.history import HOUSE, ChannelState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.archive import History

# Where a target was.
EMBEDDED, ELSEWHERE = "embedded", "elsewhere"
BROADCAST, CHANGES = "broadcast", "postgres_changes"


class Circumstance(StrEnum):
    """One thing that two runs should have in common."""

    USERS = "users"
    MESSAGES = "messages"
    WORKERS = "workers"
    TARGET = "target"
    TRANSPORT = "transport"
    SOFTWARE = "software"
    GATES = "gates"
    FAULTS = "faults"
    DEFECTS = "defects"
    SCHEMA = "schema"


# Nothing recorded of these means that nobody knows, and not that there was none.
_KNOWN_BY_RECORD = {Circumstance.TARGET, Circumstance.TRANSPORT, Circumstance.SOFTWARE}

Circumstances = dict[Circumstance, list[str]]


def circumstances_of(history: History) -> Circumstances:
    """Each circumstance in words, sorted; none where there was none or nobody knows."""
    headers = history.headers
    return {
        Circumstance.USERS: [f"{len(history.users()):,}"],
        Circumstance.MESSAGES: sorted({f"{one.messages_per_user:,}" for one in headers}),
        Circumstance.WORKERS: [f"{len({one.shard for one in headers} - {HOUSE}):,}"],
        Circumstance.TARGET: _target(history),
        Circumstance.TRANSPORT: _transport(history),
        Circumstance.SOFTWARE: sorted({one.caller for one in history.exchanges} - {""}),
        Circumstance.GATES: sorted(
            {f"{key} {bound}" for one in headers for key, bound in one.gates.items()}
        ),
        Circumstance.FAULTS: sorted({one.name for one in history.faults}),
        Circumstance.DEFECTS: sorted({defect for one in headers for defect in one.defects}),
        Circumstance.SCHEMA: sorted({str(one.schema) for one in headers}),
    }


def differing(
    one: Mapping[Circumstance, Sequence[str]], other: Mapping[Circumstance, Sequence[str]]
) -> list[Circumstance]:
    """What is known to differ between two runs, in the order of `Circumstance`."""
    return [
        what
        for what in Circumstance
        if one[what] != other[what]
        and not (what in _KNOWN_BY_RECORD and not (one[what] and other[what]))
    ]


def _target(history: History) -> list[str]:
    """A header tells of a target that outlives its run. Where none does, calls served are of the
    embedded one's gateway: no other's log was read before headers told. Else nobody knows.
    """
    if history.target:
        return [ELSEWHERE]
    return [EMBEDDED] if history.served else []


def _transport(history: History) -> list[str]:
    """What makes a channel ready: the join alone, or the word that changes are subscribed to."""
    ready = [one for one in history.channels if one.state is ChannelState.READY]
    return sorted({CHANGES if one.detail else BROADCAST for one in ready})
