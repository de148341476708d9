"""The table of a run's users, `users.csv`: for a spreadsheet, or for a search in a hurry."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from reports.history import StepName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.users import UserRow


def users_csv(rows: Iterable[UserRow]) -> str:
    """`users.csv`: one line per user, seconds with three decimals, empty where there are none."""
    text = StringIO()
    table = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(_cells(row) for row in rows)
    return text.getvalue()


_COLUMNS = (
    "user",
    "outcome",
    "reason",
    "seconds",
    *(f"{step}_s" for step in StepName),
    "waited_s",
    "sends_accepted",
    "sends_expected",
    "received",
    "owed",
)


def _cells(row: UserRow) -> dict[str, str | int]:
    return {
        "user": row.user,
        "outcome": row.stage,
        "reason": row.reason,
        "seconds": _decimal(row.seconds),
        **{f"{step}_s": _decimal(row.step_seconds.get(step)) for step in StepName},
        "waited_s": _decimal(row.waited_s),
        "sends_accepted": row.accepted,
        "sends_expected": row.expected,
        "received": row.received,
        "owed": row.owed,
    }


def _decimal(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.3f}"
