"""Pages of small histories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.checks import judge_checks
from reports.findings import findings_of
from reports.page.model import page_of
from reports.summary import summarise
from tests.reports.histories import USERS, history_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.history import Op
    from reports.page.model import Page


def page_from(
    ops: Iterable[Op], users: Sequence[str] = USERS, *, files: Sequence[str] = ()
) -> Page:
    findings = findings_of(history_of(ops, users))
    return page_of(findings, summarise(findings, judge_checks(findings), []), files)
