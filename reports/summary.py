"""The summary of a run: the incident report's figures, what checks and gates say, and the verdict.

The keys of `summary.json` are documented in the README of this folder. Without evidence a failure
is a guess: gaps in it make a run INVALID before anything wrong makes it NO-GO, and whatever a check
cannot tell is never a pass.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from reports.budget import Budget, budget_of
from reports.database import Database, database_of
from reports.dod import Done, dod_of, done_of
from reports.endpoints import Endpoints, endpoints_of
from reports.evidence import gaps, without
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
from reports.fill import Fill, fill_of
from reports.gates import GateResult
from reports.health import Generator, health_of, saturation
from reports.hosts import Host, hosts_of
from reports.losses import Loss, losses_of
from reports.metrics import Unit
from reports.promises import Promises, promises_of
from reports.quota import foreseen
from reports.realtime import Realtime, realtime_of
from reports.schedule import Schedule, schedule_of
from reports.sign_ins import SignIns, sign_ins_of
from reports.users import Stage
from reports.verdicts import Validity, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.findings import Findings
    from reports.users import UserRow

SUMMARY_VERSION = 2
# What a judged run's folder holds beside its history, in the order in which people look.
FILES = ("summary.json", "summary.md", "junit.xml", "users.csv", "checks.json")
# And its pages, in the first of their languages, where their script was built.
PAGES = ("index.html", "client.html")
NAMED_MAX = 20
_TIMES = {Unit.MS, Unit.S}


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
    """Whether the history proves the figures; if not, why, and which lines are damaged.

    `absent` has a sentence for each witness that the run was to do without.
    """

    complete: bool
    gaps: list[str]
    damage: list[str]
    shards: int
    undecodable: int
    absent: list[str] = []


class PartLine(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a run over several runners: its number, its own run, its users."""

    part: str
    run_id: str
    users: int


class CheckLine(msgspec.Struct, frozen=True, kw_only=True):
    """One checker's word; `first` of its `cases`, all of which are in `checks.json`."""

    check: str
    validity: Validity
    text: str
    cases: int
    first: list[str]


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
    part: str
    parts: list[PartLine]
    hosts: list[Host]
    users: Users
    messages: Messages
    deliveries: Deliveries
    fill: Fill | None = None
    seconds: Seconds
    sign_ins: SignIns
    schedule: Schedule
    losses: list[Loss]
    failures: Failures
    checks: list[CheckLine]
    not_asked: list[str]
    gates: list[GateResult]
    dod: list[Done]
    promises: Promises
    quota: list[str]
    defects: list[str]
    endpoints: Endpoints
    budget: Budget
    database: Database | None
    realtime: Realtime
    generator: Generator
    evidence: Evidence


def summarise(
    findings: Findings,
    asked: Mapping[str, Verdict | None],
    gates: Sequence[GateResult],
    problems: Sequence[str] = (),
) -> Summary:
    """The summary of these findings, of what the checkers said when asked, and of the gates.

    `problems` are gaps in the evidence that the history itself does not show.
    """
    history, ledger, rows = findings.history, findings.ledger, findings.rows
    losses = losses_of(ledger)
    failed = [row for row in rows if row.reason]
    missing = [*problems, *gaps(findings)]
    checks = [verdict for verdict in asked.values() if verdict]
    is_timed = any(gate.unit in _TIMES for gate in gates)
    busy = [] if history.is_without_crowd else saturation(history, is_timed=is_timed)
    unknown = [*missing, *busy]
    doubts = list(_doubts(checks, gates, has_gaps=bool(missing)))
    promises = promises_of(history.promises)
    wrong = [*_flaws(losses, failed), *_breaches(checks, gates), *_broken(promises)]
    verdict = _word(unknown, wrong, doubts)
    endpoints = endpoints_of(history)
    first = min(history.headers, key=lambda header: (header.started_at, header.shard), default=None)
    return Summary(
        verdict=verdict,
        exit_code=verdict.exit_code,
        reasons=[*unknown, *wrong, *doubts],
        run_id=history.run_id,
        webinar=first.webinar if first else "",
        started_at=first.started_at if first else "",
        messages_per_user=first.messages_per_user if first else 0,
        part=history.part.shard if history.part and not history.parts else "",
        parts=[
            PartLine(
                part=part.part.shard if part.part else part.name,
                run_id=part.run_id,
                users=len(part.users()),
            )
            for part in history.parts
        ],
        hosts=hosts_of(history),
        users=users_of(rows),
        messages=messages_of(ledger, rows),
        deliveries=deliveries_of(ledger),
        fill=fill_of(findings),
        seconds=seconds_of(rows),
        sign_ins=sign_ins_of(history),
        schedule=schedule_of(findings),
        losses=losses,
        failures=Failures(
            users=len(failed),
            first=[FailedUser(row.user, row.stage, row.reason) for row in failed[:NAMED_MAX]],
        ),
        checks=[_line(check) for check in checks],
        not_asked=[name for name, verdict in asked.items() if verdict is None],
        gates=list(gates),
        dod=_advised(done_of(checks, gates, endpoints, history.promises), verdict),
        promises=promises,
        quota=foreseen(history.headers),
        defects=[defect for header in history.headers for defect in header.defects],
        endpoints=endpoints,
        budget=budget_of(findings),
        database=database_of(history),
        realtime=realtime_of(history),
        generator=health_of(history, busy),
        evidence=Evidence(
            complete=not missing,
            gaps=missing,
            damage=history.damage,
            shards=len(history.headers),
            undecodable=len(history.undecodables),
            absent=without(history),
        ),
    )


def _advised(dod: list[Done], verdict: Word) -> list[Done]:
    """Nobody is told to roll anything back for a run that proves nothing."""
    if verdict is Word.NO_GO:
        return dod
    return [msgspec.structs.replace(one, advice="") for one in dod]


def _word(unknown: Sequence[str], wrong: Sequence[str], doubts: Sequence[str]) -> Word:
    """What is proven wrong is wrong, whatever else cannot be told: of what never arrived nobody
    knows the order. Only where the evidence itself has gaps is a failure a guess.
    """
    if unknown:
        return Word.INVALID
    if wrong:
        return Word.NO_GO
    return Word.INVALID if doubts else Word.GO


def _line(check: Verdict) -> CheckLine:
    return CheckLine(
        check=check.check,
        validity=check.validity,
        text=check.text,
        cases=len(check.evidence),
        first=check.evidence[:NAMED_MAX],
    )


def _doubts(
    checks: Sequence[Verdict], gates: Sequence[GateResult], *, has_gaps: bool
) -> Iterator[str]:
    """What no checker and no gate could tell; where evidence is missing, that is why."""
    if has_gaps:
        return
    for check in checks:
        if check.validity is Validity.UNKNOWN:
            yield f"check {check.check!r} cannot tell: {check.text}"
    for gate in gates:
        if gate.validity is Validity.UNKNOWN:
            yield f"gate cannot tell: {gate.gate}: {gate.text}"


def _flaws(losses: Sequence[Loss], flawed: Sequence[UserRow]) -> Iterator[str]:
    """Losses, and users who did not come to their end though their evidence is whole."""
    yield from map(str, losses)
    failed = [row for row in flawed if row.stage is not Stage.EVIDENCE_LOST]
    if failed:
        yield f"users for whom something went wrong: {len(failed)}"


def _broken(promises: Promises) -> Iterator[str]:
    for one in promises.first:
        yield f"promise broken: {one.name}: {one.detail}"
    if promises.broken > len(promises.first):
        yield f"and {promises.broken - len(promises.first)} more promises are broken"


def _breaches(checks: Sequence[Verdict], gates: Sequence[GateResult]) -> Iterator[str]:
    for check in checks:
        if check.validity is Validity.INVALID:
            yield f"check {check.check!r} failed: {check.text}"
    for gate in gates:
        if gate.validity is Validity.INVALID:
            dod = dod_of(gate)
            yield f"{dod} failed: {gate.text}" if dod else f"gate failed: {gate.text}"
