"""A run as JUnit XML: users, checks, gates, and tests beside the crowd are test cases.

What is wrong is a failure, what nobody knows an error. The suite `run` has the verdict itself as
its one case, so that the file is never all green where the run was not GO.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from reports.history import Outcome
from reports.summary import Word
from reports.users import Stage
from reports.verdicts import Validity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.gates import GateResult
    from reports.history import Promise
    from reports.summary import Summary
    from reports.users import UserRow
    from reports.verdicts import Verdict

EVIDENCE_MAX = 20
# Everything but the Char production of XML 1.0, section 2.2; no escape makes it legal.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAGS = {Validity.INVALID: "failure", Validity.UNKNOWN: "error"}


def junit_xml(
    summary: Summary,
    rows: Sequence[UserRow],
    checks: Sequence[Verdict],
    gates: Sequence[GateResult],
    promises: Sequence[Promise] = (),
) -> str:
    """The whole document. A user's time is her journey in seconds, absent where she has none."""
    suites = {
        "run": [_verdict(summary)],
        "users": [_user(row) for row in rows],
        "checks": [_check(check) for check in checks],
        "gates": [_gate(gate) for gate in gates],
        "promises": [_promise(promise) for promise in promises],
    }
    every = [case for cases in suites.values() for case in cases]
    root = ET.Element("testsuites", _counted(f"soundcheck {summary.run_id}", every))
    for name, cases in suites.items():
        suite = ET.SubElement(root, "testsuite", _counted(name, cases))
        if summary.started_at:
            suite.set("timestamp", _legal(summary.started_at))
        for case in cases:
            _append(suite, case)
    ET.indent(root)
    # Asked for text, ElementTree would declare the locale's encoding.
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document.decode() + "\n"


class _Case(NamedTuple):
    """One test case; `kind` and `text` describe what is wrong where it is not valid."""

    suite: str
    name: str
    validity: Validity
    kind: str
    text: str
    evidence: Sequence[str] = ()
    seconds: float | None = None
    is_skipped: bool = False


def _verdict(summary: Summary) -> _Case:
    validity = {
        Word.GO: Validity.VALID,
        Word.NO_GO: Validity.INVALID,
        Word.INVALID: Validity.UNKNOWN,
    }[summary.verdict]
    first = summary.reasons[0] if summary.reasons else ""
    return _Case("run", "verdict", validity, summary.verdict, first, summary.reasons)


def _user(row: UserRow) -> _Case:
    validity = Validity.INVALID if row.reason else Validity.VALID
    if row.stage is Stage.EVIDENCE_LOST:
        validity = Validity.UNKNOWN
    text = f"reached: {row.stage}; {row.reason}"
    return _Case("users", row.user, validity, row.stage, text, seconds=row.seconds)


def _check(check: Verdict) -> _Case:
    return _Case("checks", check.check, check.validity, check.validity, check.text, check.evidence)


def _gate(gate: GateResult) -> _Case:
    return _Case("gates", gate.gate, gate.validity, gate.validity, gate.text)


def _promise(promise: Promise) -> _Case:
    validity = Validity.INVALID if promise.outcome is Outcome.FAIL else Validity.VALID
    return _Case(
        "promises",
        promise.name,
        validity,
        "broken",
        promise.detail,
        is_skipped=promise.outcome is Outcome.UNKNOWN,
    )


def _counted(name: str, cases: Iterable[_Case]) -> dict[str, str]:
    cases = list(cases)
    found = [case.validity for case in cases]
    return {
        "name": _legal(name),
        "tests": str(len(found)),
        "failures": str(found.count(Validity.INVALID)),
        "errors": str(found.count(Validity.UNKNOWN)),
        "skipped": str(sum(case.is_skipped for case in cases)),
    }


def _append(suite: ET.Element, case: _Case) -> None:
    attributes = {"classname": f"soundcheck.{case.suite}", "name": _legal(case.name)}
    if case.seconds is not None:
        attributes["time"] = f"{case.seconds:.3f}"
    element = ET.SubElement(suite, "testcase", attributes)
    if case.is_skipped:
        ET.SubElement(element, "skipped", {"message": _legal(case.text)})
    if case.validity in _TAGS:
        problem = {"type": _legal(case.kind), "message": _legal(case.text)}
        ET.SubElement(element, _TAGS[case.validity], problem).text = _legal(_lines(case))


def _lines(case: _Case) -> str:
    more = len(case.evidence) - EVIDENCE_MAX
    rest = [f"and {more:,} more, in summary.json"] if more > 0 else []
    return "\n".join([case.text, *case.evidence[:EVIDENCE_MAX], *rest])


def _legal(text: str) -> str:
    """`text` without the characters that XML forbids; ElementTree escapes the others."""
    return _FORBIDDEN.sub("", text)
