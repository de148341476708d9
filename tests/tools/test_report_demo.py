"""`make report-demo`: which stored runs it shows, and what it says where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reports import commands
from reports.commands import NoRunError
from reports.runs import StoredRun
from reports.summary import Word
from tests.report_page.runs import full_house
from tools import report_demo
from tools.report_demo import chosen, main

if TYPE_CHECKING:
    from pathlib import Path


def stored(run_id: str, verdict: Word, users: int) -> StoredRun:
    return StoredRun(run_id=run_id, verdict=verdict, users=users)


def test_the_largest_go_and_the_newest_no_go_are_shown() -> None:
    newest_first = [
        stored("d", Word.NO_GO, 8),
        stored("c", Word.GO, 8),
        stored("b", Word.GO, 400),
        stored("a", Word.GO, 400),
        stored("z", Word.NO_GO, 400),
    ]

    assert chosen(newest_first) == ["b", "d"]


@pytest.mark.parametrize(
    ("runs", "sentence"),
    [
        ([], "no GO run is stored; make one: make e2e "),
        ([stored("a", Word.GO, 8)], "no NO-GO run is stored; make one: make e2e ARGS="),
    ],
)
def test_what_is_missing_is_told_with_how_to_make_it(runs: list[StoredRun], sentence: str) -> None:
    with pytest.raises(NoRunError) as raised:
        chosen(runs)

    assert str(raised.value).startswith(sentence)


def test_a_run_that_is_named_is_rendered_in_both_editions_and_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = full_house(tmp_path / "run", users=3)

    assert main([str(folder)]) == 0

    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("GO  ")
    assert [line.strip() for line in said[1:]] == [
        str(folder / name)
        for name in ("index.html", "index.en.html", "client.html", "client.en.html")
    ]
    assert all((folder / line.strip()).is_file() for line in said[1:])


def test_without_a_stored_run_it_refuses_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report_demo, "RUNS", tmp_path)
    monkeypatch.setattr(commands, "RUNS", tmp_path)

    assert main([]) == 4
    assert capsys.readouterr().err.startswith("no GO run is stored")
