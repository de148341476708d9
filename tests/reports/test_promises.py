"""Tests beside the crowd, and a run that asked for nothing else."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from rich.console import Console

from reports.dod import done_of
from reports.endpoints import endpoints_of
from reports.history import Outcome, Probe, Promise
from reports.judging import judge
from reports.promises import NAMED_MAX, Broken, promises_of
from reports.summary import Word
from reports.terminal import print_summary
from reports.verdicts import Validity
from tests.reports.histories import header, healthy, history_of, ns, write_run

if TYPE_CHECKING:
    from pathlib import Path

    from reports.history import Op
    from reports.summary import Summary

KEPT = Promise(name="roles/test_a.py::test_a", outcome=Outcome.OK, marks=["dod4"])
SKIPPED = Promise(
    name="roles/test_b.py::test_b", outcome=Outcome.UNKNOWN, detail="no admin", marks=["dod4"]
)
BROKEN = Promise(
    name="roles/test_c.py::test_c", outcome=Outcome.FAIL, detail="let in\nanyway", marks=["dod2"]
)
QUARANTINED = Promise(
    name="roles/test_d.py::test_d",
    outcome=Outcome.UNKNOWN,
    detail="quarantine until 2026-12-24: known; let in anyway",
    marks=["dod2"],
    is_quarantined=True,
)
UNREAD = Probe(name="gateway log", outcome=Outcome.FAIL, at_ns=ns(70), detail="gone")


def alone(run_dir: Path, *told: Op) -> Summary:
    """A run in which only these were asked for."""
    write_run(run_dir, {}, [Probe(name="messages", outcome=Outcome.OK, at_ns=1), *told])
    return judge(run_dir)


def test_promises_are_counted_and_the_broken_told_by_name() -> None:
    many = [Promise(name=f"test {number:02}", outcome=Outcome.FAIL) for number in range(30)]
    told = promises_of([SKIPPED, BROKEN, KEPT])

    assert (told.kept, told.broken, told.skipped) == (1, 1, 1)
    assert told.first == [Broken("roles/test_c.py::test_c", "let in anyway")]
    assert [one.name for one in promises_of(many).first] == [one.name for one in many[:NAMED_MAX]]


@pytest.mark.parametrize(
    ("told", "word", "reasons"),
    [
        ([KEPT, SKIPPED], Word.GO, []),
        ([KEPT, BROKEN], Word.NO_GO, ["promise broken: roles/test_c.py::test_c: let in anyway"]),
        (
            [SKIPPED],
            Word.INVALID,
            ["every test was skipped or failed in quarantine: nothing to judge"],
        ),
        ([KEPT, QUARANTINED], Word.GO, []),
        ([KEPT, UNREAD], Word.INVALID, ["the probe 'gateway log' failed: gone"]),
    ],
)
def test_a_run_without_its_crowd_is_judged_by_its_promises(
    tmp_path: Path, told: list[Op], word: Word, reasons: list[str]
) -> None:
    summary = alone(tmp_path, *told)

    assert (summary.verdict, summary.reasons) == (word, reasons)
    assert (summary.checks, summary.gates) == ([], [])


def test_a_broken_promise_beside_a_healthy_crowd_is_no_go(tmp_path: Path) -> None:
    write_run(tmp_path, {"shard00": header().users}, [*healthy(), BROKEN])

    summary = judge(tmp_path)

    assert (summary.verdict, summary.exit_code) == (Word.NO_GO, 10)
    assert summary.promises.broken == 1
    assert "- broken: `roles/test_c.py::test_c` `let in anyway`" in (
        (tmp_path / "summary.md").read_text()
    )


def test_what_failed_in_quarantine_is_listed_and_decides_nothing(tmp_path: Path) -> None:
    summary = alone(tmp_path, KEPT, SKIPPED, QUARANTINED)
    console = Console(record=True, width=200, file=StringIO())
    print_summary(summary, tmp_path, console)

    assert (summary.promises.skipped, summary.promises.broken) == (1, 0)
    assert summary.promises.quarantined == [Broken(QUARANTINED.name, QUARANTINED.detail)]
    assert f"- in quarantine: `{QUARANTINED.name}` `{QUARANTINED.detail}`" in (
        (tmp_path / "summary.md").read_text()
    )
    assert "promises 1/3 · in quarantine 1" in console.export_text()


def test_promises_are_test_cases_and_what_was_skipped_is_no_error(tmp_path: Path) -> None:
    alone(tmp_path, KEPT, SKIPPED, BROKEN)

    [suite] = ElementTree.parse(tmp_path / "junit.xml").findall("testsuite[@name='promises']")
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "3", "failures": "1", "errors": "0", "skipped": "1"}
    [broken] = suite.findall("testcase[failure]")
    assert broken.get("name") == BROKEN.name


def test_a_test_counts_for_the_dod_whose_mark_it_carries() -> None:
    done = done_of([], [], endpoints_of(history_of([])), [KEPT, SKIPPED, BROKEN])

    assert {one.dod: one.validity for one in done} == {
        "DoD-2": Validity.INVALID,
        "DoD-4": Validity.VALID,
    }
    assert done[0].failed == [BROKEN.name]
    [alone] = done_of([], [], endpoints_of(history_of([])), [SKIPPED])
    assert (alone.dod, alone.validity) == ("DoD-4", Validity.UNKNOWN)
