"""Rendering: what a page received also stands on its screen. Asked of a sample of the pages."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reports.verdicts import invalid, valid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.archive import History
    from reports.findings import Findings
    from reports.verdicts import Verdict


def check_rendering(findings: Findings) -> Verdict | None:
    """The newest message that each user of the sample received stood on her screen when it was
    looked at, and nothing stood there that she had not received.

    Older ones may have scrolled away. Nobody's screen was looked at: nothing was asked.
    """
    looks = findings.history.rendered
    if not looks:
        return None
    wrong = sorted(_differences(findings.history))
    if wrong:
        return invalid("rendering", f"{len(wrong):,} of {len(looks):,} screens are wrong", wrong)
    return valid("rendering", f"{len(looks):,} screens show what their pages received")


def _differences(history: History) -> Iterator[str]:
    received: defaultdict[str, set[str]] = defaultdict(set)
    for receipt in history.receipts:
        received[receipt.user].add(receipt.message_id)
    for look in history.rendered:
        shown, own = set(look.message_ids), received[look.user]
        newest = max(own, key=_age, default=None)
        if newest is not None and newest not in shown:
            yield f"{look.user} received message {newest} last and does not see it"
        if strangers := sorted(shown - own, key=_age):
            yield f"{look.user} sees message {strangers[0]}, which she did not receive"


def _age(message_id: str) -> tuple[int, str]:
    """Ids grow with time, and shorter ones are smaller."""
    return len(message_id), message_id
