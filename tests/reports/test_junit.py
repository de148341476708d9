"""JUnit XML: a case per user, check and gate; any parser can read it, whatever a target said."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import msgspec
import pytest

from reports.checks import judge_checks
from reports.findings import findings_of
from reports.gates import GateResult
from reports.history import Outcome, StepName
from reports.junit import EVIDENCE_MAX, junit_xml
from reports.metrics import Unit
from reports.summary import Word, summarise
from reports.verdicts import Validity, Verdict, invalid, unknown, valid
from tests.reports.histories import healthy, heard, history_of, step, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.history import Op
    from reports.summary import Summary
    from reports.users import UserRow

HOSTILE = "</failure><script>|@everyone ]]>&amp;\"'\n\x00\x0b\x1b[2J\ud800\ufffe한국"
LEGAL = "</failure><script>|@everyone ]]>&amp;\"'\n[2J한국"


def judged(ops: Iterable[Op]) -> tuple[Summary, list[UserRow]]:
    findings = findings_of(history_of(ops))
    return summarise(findings, judge_checks(findings), []), list(findings.rows)


def gate(validity: Validity, text: str = "as declared", name: str = "journey <= 20") -> GateResult:
    return GateResult(
        gate=name,
        metric="journey.seconds",
        aggregation="p95",
        operator="<=",
        bound=20,
        unit=Unit.S,
        validity=validity,
        observed=None,
        samples=0,
        interval=None,
        margin=None,
        text=text,
    )


def suites(
    ops: Iterable[Op], checks: Sequence[Verdict] = (), gates: Sequence[GateResult] = ()
) -> dict[str, ET.Element]:
    root = ET.fromstring(junit_xml(*judged(ops), checks, gates))
    assert root.tag == "testsuites"
    return {suite.attrib["name"]: suite for suite in root}


def problem(suite: ET.Element, name: str) -> ET.Element | None:
    (case,) = [case for case in suite if case.attrib["name"] == name]
    assert len(case) <= 1
    return case[0] if len(case) else None


def counts(suite: ET.Element) -> tuple[str, str, str]:
    return suite.attrib["tests"], suite.attrib["failures"], suite.attrib["errors"]


def test_a_healthy_run_is_all_green() -> None:
    found = suites(healthy(), [valid("no loss", "none")], [gate(Validity.VALID)])

    assert {name: counts(suite) for name, suite in found.items()} == {
        "run": ("1", "0", "0"),
        "users": ("3", "0", "0"),
        "checks": ("1", "0", "0"),
        "gates": ("1", "0", "0"),
        "promises": ("0", "0", "0"),
    }
    assert all(len(case) == 0 for suite in found.values() for case in suite)


def test_a_users_time_is_her_journey_in_seconds() -> None:
    (ada, *_) = suites(healthy())["users"]

    assert ada.attrib == {"classname": "soundcheck.users", "name": "ada", "time": "25.100"}


def test_a_user_without_a_journey_has_no_time() -> None:
    lost = [heard("cho", author, 1, id_) for author, id_ in [("cho", "105"), ("ada", "103")]]
    (*_, cho) = suites(without(healthy(), *lost))["users"]

    assert "time" not in cho.attrib


def test_a_failed_user_is_a_failure_with_stage_and_reason() -> None:
    users = suites(without(healthy(), heard("cho", "ada", 0, "100")))["users"]

    assert counts(users) == ("3", "1", "0")
    failure = problem(users, "cho")
    assert failure is not None
    assert failure.tag == "failure"
    assert failure.attrib == {
        "type": "sent",
        "message": "reached: sent; messages owed and not received: 1",
    }
    assert problem(users, "ada") is None


def test_a_user_whose_evidence_is_lost_is_an_error() -> None:
    ops = [op for op in healthy() if getattr(op, "user", "") != "cho"]
    users = suites(ops)["users"]

    error = problem(users, "cho")
    assert error is not None
    assert (error.tag, error.attrib["type"]) == ("error", "evidence lost")
    assert counts(users)[2] == "1"


def test_a_broken_check_is_a_failure_and_an_unknown_one_an_error() -> None:
    checks = [valid("a", "fine"), invalid("b", "broken", ["case 1"]), unknown("c", "no table")]
    suite = suites(healthy(), checks)["checks"]

    assert counts(suite) == ("3", "1", "1")
    broken, unproven = problem(suite, "b"), problem(suite, "c")
    assert broken is not None
    assert unproven is not None
    assert (broken.tag, broken.attrib["message"], broken.text) == (
        "failure",
        "broken",
        "broken\ncase 1",
    )
    assert (unproven.tag, unproven.attrib["message"]) == ("error", "no table")


def test_evidence_beyond_the_first_cases_is_counted() -> None:
    check = invalid("b", "broken", [f"case {number}" for number in range(EVIDENCE_MAX + 3)])
    failure = problem(suites(healthy(), [check])["checks"], "b")

    assert failure is not None
    assert (failure.text or "").endswith("case 19\nand 3 more, in summary.json")


@pytest.mark.parametrize(
    ("validity", "tag"), [(Validity.INVALID, "failure"), (Validity.UNKNOWN, "error")]
)
def test_a_gate_that_does_not_hold_says_why(validity: Validity, tag: str) -> None:
    suite = suites(healthy(), gates=[gate(validity, "observed 31 s")])["gates"]

    found = problem(suite, "journey <= 20")
    assert found is not None
    assert (found.tag, found.attrib["message"]) == (tag, "observed 31 s")


@pytest.mark.parametrize(("word", "tag"), [(Word.NO_GO, "failure"), (Word.INVALID, "error")])
def test_the_file_is_never_green_where_the_run_was_not_go(word: Word, tag: str) -> None:
    summary, _ = judged(healthy())
    summary = msgspec.structs.replace(summary, verdict=word, reasons=["a frame", "a probe"])

    (run, *_) = ET.fromstring(junit_xml(summary, [], [], []))

    verdict = problem(run, "verdict")
    assert verdict is not None
    assert (verdict.tag, verdict.attrib["type"], verdict.attrib["message"]) == (
        tag,
        word,
        "a frame",
    )
    assert (verdict.text or "").splitlines()[1:] == ["a frame", "a probe"]


def test_the_totals_count_every_suite() -> None:
    text = junit_xml(*judged(healthy()), [unknown("c", "")], [gate(Validity.INVALID)])

    assert counts(ET.fromstring(text)) == ("6", "1", "1")


def test_what_a_target_says_stays_text() -> None:
    check = invalid(HOSTILE, HOSTILE, [HOSTILE])
    found = suites(healthy(), [check], [gate(Validity.INVALID, HOSTILE, HOSTILE)])

    for name in ("checks", "gates"):
        (case,) = found[name]
        assert case.attrib["name"] == LEGAL
        assert case[0].attrib["message"] == LEGAL
        assert (case[0].text or "").startswith(LEGAL)
        assert len(case[0]) == 0


def test_a_hostile_run_is_still_well_formed() -> None:
    summary, rows = judged(
        [*healthy(), step("ben", StepName.LEAVE, 63, 64, outcome=Outcome.FAIL, detail=HOSTILE)]
    )
    summary = msgspec.structs.replace(
        summary, run_id=HOSTILE, started_at=HOSTILE, reasons=[HOSTILE], verdict=Word.NO_GO
    )

    root = ET.fromstring(junit_xml(summary, rows, [], []))

    assert root.attrib["name"] == f"soundcheck {LEGAL}"
    assert {element.tag for element in root.iter()} == {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
    }


def test_the_same_run_gives_the_same_bytes() -> None:
    assert junit_xml(*judged(healthy()), [], []) == junit_xml(*judged(healthy()), [], [])
