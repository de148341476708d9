"""Asks one checker about a literal history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.findings import findings_of as make_findings
from tests.reports.histories import USERS, history_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.findings import Findings
    from reports.history import Op


def findings_of(ops: Iterable[Op], users: Sequence[str] = USERS) -> Findings:
    """What is made of a complete history with these ops."""
    return make_findings(history_of(list(ops), users))
