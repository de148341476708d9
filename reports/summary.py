"""The summary of a run: the incident report's figures, the losses by stage, and the verdict.

`judge` is the whole way from a run's folder to its summary; it needs no browser and no database,
and the same history always gives the same bytes. The keys of `summary.json` are documented in the
README of this folder.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from reports.archive import read_history
from reports.evidence import gaps
from reports.figures import (
    Deliveries,
    Messages,
    Seconds,
    Users,
    deliveries_of,
    messages_of,
    seconds_of,
    users_of,
)
from reports.ledger import build_ledger
from reports.losses import Loss, losses_of
from reports.user_table import write_users
from reports.users import Stage, user_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reports.archive import History
    from reports.ledger import Ledger
    from reports.users import UserRow

SUMMARY_VERSION = 1
NAMED_MAX = 20


class Word(StrEnum):
    """The run's verdict as people read it."""

    GO = "GO"
    NO_GO = "NO-GO"
    INVALID = "INVALID"

    @property
    def exit_code(self) -> int:
        """What the process says to its caller."""
        return {Word.GO: 0, Word.NO_GO: 10, Word.INVALID: 11}[self]


class FailedUser(msgspec.Struct, frozen=True):
    """A user for whom something went wrong, and the last stage she reached."""

    user: str
    stage: Stage
    reason: str


class Failures(msgspec.Struct, frozen=True, kw_only=True):
    """All users for whom something went wrong, the first of them by name."""

    users: int
    first: list[FailedUser]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the history proves the figures; if not, why, and which lines are damaged."""

    complete: bool
    gaps: list[str]
    damage: list[str]
    shards: int
    undecodable: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the report of a run shows. Written as `summary.json`."""

    version: int = SUMMARY_VERSION
    verdict: Word
    exit_code: int
    reasons: list[str]
    run_id: str
    webinar: str
    started_at: str
    messages_per_user: int
    users: Users
    messages: Messages
    deliveries: Deliveries
    seconds: Seconds
    losses: list[Loss]
    failures: Failures
    evidence: Evidence


def judge(run_dir: Path) -> Summary:
    """The summary of the run in `run_dir`, also written there with `users.csv`."""
    history = read_history(run_dir)
    ledger = build_ledger(history)
    rows = user_rows(history, ledger)
    summary = summarise(history, ledger, rows)
    write_users(run_dir / "users.csv", rows)
    text = msgspec.json.format(msgspec.json.encode(summary), indent=2)
    (run_dir / "summary.json").write_bytes(text + b"\n")
    return summary


def summarise(history: History, ledger: Ledger, rows: Sequence[UserRow]) -> Summary:
    """The summary of a history and what was made of it."""
    losses = losses_of(ledger)
    missing = gaps(history, ledger, rows)
    failed = [row for row in rows if row.reason]
    verdict, reasons = _verdict(missing, losses, failed)
    first = min(history.headers, key=lambda header: (header.started_at, header.shard), default=None)
    return Summary(
        verdict=verdict,
        exit_code=verdict.exit_code,
        reasons=reasons,
        run_id=history.run_id,
        webinar=first.webinar if first else "",
        started_at=first.started_at if first else "",
        messages_per_user=first.messages_per_user if first else 0,
        users=users_of(rows),
        messages=messages_of(ledger, rows),
        deliveries=deliveries_of(ledger),
        seconds=seconds_of(rows),
        losses=losses,
        failures=Failures(
            users=len(failed),
            first=[FailedUser(row.user, row.stage, row.reason) for row in failed[:NAMED_MAX]],
        ),
        evidence=Evidence(
            complete=not missing,
            gaps=missing,
            damage=history.damage,
            shards=len(history.headers),
            undecodable=len(history.undecodables),
        ),
    )


def _verdict(
    missing: list[str], losses: list[Loss], flawed: Sequence[UserRow]
) -> tuple[Word, list[str]]:
    """The word and every reason for it. Gaps come first: without evidence a failure is a guess."""
    failed = [row for row in flawed if row.stage is not Stage.EVIDENCE_LOST]
    reasons = [*missing, *(str(loss) for loss in losses)]
    if failed:
        reasons.append(f"users for whom something went wrong: {len(failed)}")
    if missing:
        return Word.INVALID, reasons
    return (Word.NO_GO if reasons else Word.GO), reasons
