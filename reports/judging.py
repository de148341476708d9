"""Judging a run: from its folder to its verdict, and every file that says so.

Needs no browser and no database. The same history gives the same bytes, whoever judges it and
whenever: its gates are those that its own header carries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reports.archive import read_history
from reports.checks import judge_checks
from reports.findings import findings_of
from reports.gates import GateError, gates_of, judge_gate
from reports.junit import junit_xml
from reports.markdown import markdown
from reports.memory import require_memory
from reports.summary import FILES, summarise
from reports.user_table import users_csv

if TYPE_CHECKING:
    from pathlib import Path

    from reports.findings import Findings
    from reports.gates import GateResult
    from reports.summary import Summary
    from reports.verdicts import Verdict


def judge(run_dir: Path) -> Summary:
    """The summary of the run in `run_dir`; `FILES` are there, written anew.

    Raises HistoryTooLargeError, before anything is read, where memory is too short.
    """
    require_memory(run_dir)
    findings = findings_of(read_history(run_dir))
    asked: dict[str, Verdict | None] = {}
    gates: list[GateResult] = []
    problems: list[str] = []
    if not findings.history.is_without_crowd:
        asked = judge_checks(findings)
        gates, problems = _gates(findings)
    checks = [verdict for verdict in asked.values() if verdict]
    summary = summarise(findings, asked, gates, problems)
    texts = {
        "summary.json": _json(summary),
        "summary.md": markdown(summary, checks, gates),
        "junit.xml": junit_xml(summary, findings.rows, checks, gates, findings.history.promises),
        "users.csv": users_csv(findings.rows),
        "checks.json": _json(checks),
    }
    for name in FILES:
        (run_dir / name).write_text(texts[name], encoding="utf-8", newline="")
    return summary


def _gates(findings: Findings) -> tuple[list[GateResult], list[str]]:
    """What the run's own gates say, and why they could not be asked."""
    declared = {
        key: bound for header in findings.history.headers for key, bound in header.gates.items()
    }
    try:
        gates = gates_of(declared)
    except GateError as error:
        return [], [f"the run's gates cannot be used: {error}"]
    return [judge_gate(gate, findings) for gate in gates], []


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
