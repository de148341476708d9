"""Whether a history is whole enough to be judged: the gaps in it, each as one sentence.

No gap says that the target failed. A run with gaps is INVALID, whatever its figures look like.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reports.clocks import impossible_times
from reports.contradictions import contradictions, torn
from reports.history import MESSAGES_PROBE, ROWS, RUNNERS_PROBE, Outcome
from reports.hosts import unsure
from reports.naming import first_of
from reports.sign_ins import sign_ins_of
from reports.users import Stage
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.archive import History
    from reports.findings import Findings
    from reports.ledger import Ledger
    from reports.users import UserRow

_WITHOUT = {
    ROWS: "nobody was asked what is stored: the verdict rests on the senders' answers and on what "
    "recipients received",
}


def gaps(findings: Findings) -> list[str]:
    """Why a history cannot prove its figures; empty where it can.

    Of a merged run each house must prove its own, and all parts must be there and belong together.
    """
    history = findings.history
    if not history.parts:
        return [*_share(history), *_gaps(findings)]
    if not history.is_one_house:
        told = [(house.history.name, _gaps(house)) for house in findings.houses]
        return [*torn(history), *(f"{name}: {gap}" for name, gaps in told for gap in gaps)]
    return [
        *torn(history),
        *unsure(history),
        *(f"{part.name}: {gap}" for part in history.parts for gap in _of_runner(part)),
        *_of_house(findings),
    ]


def _share(history: History) -> Iterator[str]:
    """What one runner of a house cannot know."""
    if history.is_share:
        yield (
            f"{history.part} of one house only: what its people were owed by the others stands in "
            "the other parts (python -m reports merge)"
        )


def _gaps(findings: Findings) -> list[str]:
    return [*_of_runner(findings.history), *_of_house(findings)]


def _of_runner(history: History) -> list[str]:
    """What one runner did not see, or lost afterwards."""
    if history.is_without_crowd:
        return [*_failed_probes(history), *_without_others(history), *_damaged(history)]
    return [*_unread(history), *_without_others(history), *_damaged(history)]


def _of_house(findings: Findings) -> list[str]:
    history, ledger, rows = findings.history, findings.ledger, findings.rows
    if history.is_without_crowd:
        return [*contradictions(history), *_unasked(history)]
    return [
        *contradictions(history),
        *impossible_times(history, ledger),
        *_silent(history, rows),
        *_held_back(history, rows),
        *_unwatched(history),
        *_empty(ledger),
    ]


def without(history: History) -> list[str]:
    """What the verdict does not rest on, since the target lets nobody see it; in sentences."""
    return [_WITHOUT[one] for one in sorted(history.absent)]


def unseen(history: History) -> list[str]:
    """What was looked for and could not be seen, whatever was asked of the history."""
    return [*_failed_probes(history), *_damaged(history), *_unwatched(history)]


def _damaged(history: History) -> Iterator[str]:
    if history.damage:
        yield f"damaged history: {first_of(history.damage)}"


def _silent(history: History, rows: Sequence[UserRow]) -> Iterator[str]:
    if not rows:
        yield "no user is named in the history"
    lost = [row.user for row in rows if row.stage is Stage.EVIDENCE_LOST]
    if lost:
        yield f"evidence lost of {len(lost)} of {len(rows)} users: {first_of(lost)}"
    missing: defaultdict[str, set[str]] = defaultdict(set)
    for one in history.rendezvous:
        missing[one.name].update(one.missing)
    yield from _absences(missing)


def _without_others(history: History) -> Iterator[str]:
    """Of a runner that heard nothing of the others it is not known that these did not come."""
    if any(probe.name == RUNNERS_PROBE for probe in history.probes):
        return
    missing: defaultdict[str, set[str]] = defaultdict(set)
    for one in history.rendezvous:
        missing[one.name].update(one.missing_parts)
    yield from _absences(missing)


def _absences(missing: Mapping[str, set[str]]) -> Iterator[str]:
    for meeting, names in sorted(missing.items()):
        if names:
            yield f"the rendezvous {meeting!r} went on without {first_of(sorted(names))}"


def _held_back(history: History, rows: Sequence[UserRow]) -> Iterator[str]:
    """Who was never let in for the crowd's own address says nothing of the product."""
    if never := sign_ins_of(history).never:
        yield (
            f"a limit of Auth on sign-ins (429), not the product, kept {len(never)} of {len(rows)} "
            f"users out: {first_of(never)}"
        )


def _failed_probes(history: History) -> Iterator[str]:
    for probe in sorted(history.probes, key=lambda probe: (probe.at_ns, probe.name)):
        if probe.outcome is not Outcome.OK:
            yield f"the probe {probe.name!r} failed: {one_line(probe.detail) or probe.outcome}"


def _unread(history: History) -> Iterator[str]:
    yield from _failed_probes(history)
    if ROWS in history.absent:
        return
    reads = [probe for probe in history.probes if probe.name == MESSAGES_PROBE]
    if not reads:
        yield "the messages table was never read: nobody knows what was stored"
    promised = sum(probe.rows for probe in reads if probe.outcome is Outcome.OK)
    if reads and promised != len(history.rows):
        yield f"the messages table had {promised} rows, the history has {len(history.rows)}"


def _unwatched(history: History) -> Iterator[str]:
    users = sorted({frame.user for frame in history.undecodables})
    if users:
        count = len(history.undecodables)
        yield f"{count} frames on Realtime sockets could not be decoded, of {first_of(users)}"


def _unasked(history: History) -> Iterator[str]:
    if all(one.outcome is Outcome.UNKNOWN for one in history.promises):
        yield "every test was skipped or failed in quarantine: nothing to judge"


def _empty(ledger: Ledger) -> Iterator[str]:
    if not ledger.messages:
        yield "nothing was sent"
    elif not any(message.owed for message in ledger.messages):
        yield "no delivery was owed to anybody: nothing to judge"
