"""Rendering: what a page was told also stands on its screen. Asked of a sample of the pages."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reports.history import Moment
from reports.verdicts import invalid, valid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.archive import History
    from reports.findings import Findings
    from reports.history import Rendered, Roster
    from reports.verdicts import Verdict

# A page shows the number of attendees up to 10 s late (`countDelayMs` in site/src/schedule.js), and
# a look takes its time.
COUNT_LAG_NS = 11_000_000_000


def check_rendering(findings: Findings) -> Verdict | None:
    """The newest message that each user of the sample received stood on her screen when it was
    looked at, nothing stood there that she had not received, and the number of attendees was that
    of the people her page had been told of.

    Older messages may have scrolled away. A number is asked only of a page that shows one, and not
    while people come and go: it may follow them `COUNT_LAG_NS` later. Nobody's screen was looked
    at: nothing was asked.
    """
    looks = findings.history.rendered
    if not looks:
        return None
    wrong = sorted(_differences(findings.history))
    if wrong:
        return invalid("rendering", f"{len(wrong):,} differences on {len(looks):,} screens", wrong)
    return valid("rendering", f"{len(looks):,} screens show what their pages were told")


def _differences(history: History) -> Iterator[str]:
    received: defaultdict[str, set[str]] = defaultdict(set)
    for receipt in history.receipts:
        received[receipt.user].add(receipt.message_id)
    rosters = {one.source: one for one in history.rosters if one.moment is Moment.SETTLED}
    for look in history.rendered:
        if roster := rosters.get(look.user):
            yield from _miscounted(look, roster)
        shown, own = set(look.message_ids), received[look.user]
        newest = max(own, key=_age, default=None)
        if newest is not None and newest not in shown:
            yield f"{look.user} received message {newest} last and does not see it"
        if strangers := sorted(shown - own, key=_age):
            yield f"{look.user} sees message {strangers[0]}, which she did not receive"


def _miscounted(look: Rendered, roster: Roster) -> Iterator[str]:
    told_of = len(roster.present) + roster.others
    has_settled = look.at_ns - roster.at_ns >= COUNT_LAG_NS
    if has_settled and look.people not in (told_of, None):
        yield f"{look.user} sees {look.people:,} attendees, and her page was told of {told_of:,}"


def _age(message_id: str) -> tuple[int, str]:
    """Ids grow with time, and shorter ones are smaller."""
    return len(message_id), message_id
