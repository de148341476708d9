"""Judging a run: from its folder to its verdict, and every file that says so.

Needs no browser and no database. The same history gives the same bytes, whoever judges it and
whenever: its gates are those that its own header carries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from reports.archive import read_history
from reports.checks import judge_checks
from reports.findings import findings_of
from reports.gates import GateError, gates_of, judge_gate
from reports.junit import junit_xml
from reports.markdown import markdown
from reports.memory import require_memory
from reports.page.bundle import read_bundle
from reports.page.model import page_of
from reports.page.render import file_names, rendered
from reports.page.texts import LANGUAGES
from reports.summary import FILES, summarise
from reports.user_table import users_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reports.archive import History
    from reports.findings import Findings
    from reports.gates import GateResult
    from reports.summary import Summary
    from reports.verdicts import Verdict


def judge(run_dir: Path, languages: Sequence[str] = ()) -> Summary:
    """The summary of the run in `run_dir`; `FILES` are there, written anew.

    So is its page, in `languages` or else in those that the run asked for, where the page's script
    is built; without it there is none, and the verdict is the same.

    Raises HistoryTooLargeError, before anything is read, where memory is too short.
    """
    require_memory(run_dir)
    findings = findings_of(read_history(run_dir))
    summary, checks, gates = judged(findings)
    texts = {
        "summary.json": _json(summary),
        "summary.md": markdown(summary, checks, gates),
        "junit.xml": junit_xml(summary, findings.rows, checks, gates, findings.history.promises),
        "users.csv": users_csv(findings.rows),
        "checks.json": _json(checks),
    }
    for name in FILES:
        _write(run_dir / name, texts[name])
    _write_page(run_dir, findings, summary, languages or languages_of(findings.history))
    return summary


class Judged(NamedTuple):
    """The summary of a run, and what it was made of: every checker's word and every gate's."""

    summary: Summary
    checks: list[Verdict]
    gates: list[GateResult]


def judged(findings: Findings) -> Judged:
    """What is to be said of these findings; nothing is written."""
    asked: dict[str, Verdict | None] = {}
    gates: list[GateResult] = []
    problems: list[str] = []
    if not findings.history.is_without_crowd:
        asked = judge_checks(findings)
        gates, problems = _gates(findings)
    checks = [verdict for verdict in asked.values() if verdict]
    return Judged(summarise(findings, asked, gates, problems), checks, gates)


def languages_of(history: History) -> Sequence[str]:
    """Those that the run asked for; runs that did not ask get all there are."""
    asked = [language for header in history.headers for language in header.languages]
    # Each house of a merged run has asked for them.
    return [one for one in dict.fromkeys(asked) if one in LANGUAGES] or LANGUAGES


def _write_page(
    run_dir: Path, findings: Findings, summary: Summary, languages: Sequence[str]
) -> None:
    """The page's files are there, and none of an earlier page that this one does not have."""
    for name in {name for _, _, name in file_names([*LANGUAGES, *reversed(LANGUAGES)])}:
        (run_dir / name).unlink(missing_ok=True)
    bundle = read_bundle()
    if bundle is None:
        return
    page = page_of(findings, summary, _kept(run_dir))
    for name, text in rendered(page, languages, bundle).items():
        _write(run_dir / name, text)


def _kept(run_dir: Path) -> list[str]:
    """Every file in the run's folder, as paths in it."""
    return [str(path.relative_to(run_dir).as_posix()) for path in run_dir.rglob("*")]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")


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
