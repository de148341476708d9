"""What checkers, gates and comparisons look at: a history, and what was made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.ledger import build_ledger, joined
from reports.users import user_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.archive import History
    from reports.ledger import Ledger
    from reports.users import UserRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """A history, its ledger and a row for each of its users; of a merged run, those of each house
    as well.
    """

    history: History
    ledger: Ledger
    rows: Sequence[UserRow]
    houses: tuple[Findings, ...] = ()


def findings_of(history: History) -> Findings:
    """What is made of this history."""
    if not history.houses:
        ledger = build_ledger(history)
        return Findings(history=history, ledger=ledger, rows=user_rows(history, ledger))
    houses = tuple(map(findings_of, history.houses))
    return Findings(
        history=history,
        ledger=joined([house.ledger for house in houses]),
        rows=sorted((row for house in houses for row in house.rows), key=lambda row: row.user),
        houses=houses,
    )
