"""Mutants: what stands in the list can be done, leaves no promise out, and is seen for real."""

from __future__ import annotations

import ast
import shutil
from typing import TYPE_CHECKING

import pytest

from eventlive.defects.catalog import DEFECTS
from tools import mutants
from tools.mutants import TARGET, Edit, Mutant, all_mutants, changed
from tools.rehearsing import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FINE = Edit("api/stats.py", '"messages": messages,', '"messages": messages + 0,')
WRONG = Edit("api/stats.py", '"messages": messages,', '"messages": messages + 1,')
FIGURES = "test_the_figures_agree_with_the_database"


def promises() -> set[str]:
    """The tests beside the crowd; what the crowd does is judged by checks."""
    files = set((ROOT / "e2e").rglob("test_*.py")) - set((ROOT / "e2e" / "chat").iterdir())
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    functions = [node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {one.name for one in functions if one.name.startswith("test_")}


@pytest.mark.parametrize("mutant", all_mutants(), ids=lambda mutant: mutant.story)
def test_each_mutant_can_be_made(mutant: Mutant, tmp_path: Path) -> None:
    for edit in mutant.edits:
        copy = tmp_path / edit.file
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TARGET / edit.file, copy)

        changed(tmp_path, edit)

        assert copy.read_text(encoding="utf-8") != (TARGET / edit.file).read_text(encoding="utf-8")


def test_every_promise_is_broken_by_a_mutant_or_a_defect() -> None:
    broken = {name for mutant in all_mutants() for name in mutant.breaks}
    expected = {check for defect in DEFECTS.values() for check in defect.expected}

    assert broken <= promises()
    assert promises() - broken - expected == set()


@pytest.mark.parametrize("find", ["there is no such line", "webinar_id"])
def test_a_change_without_its_one_place_is_refused(tmp_path: Path, find: str) -> None:
    (tmp_path / "api").mkdir()
    shutil.copy(TARGET / FINE.file, tmp_path / "api")

    with pytest.raises(ValueError, match=r"api/stats\.py has .* times, not once"):
        changed(tmp_path, Edit(FINE.file, find, ""))


@pytest.mark.real
@pytest.mark.parametrize(
    ("edit", "code", "said"),
    [(WRONG, 0, "one more: ok"), (FINE, 1, f"one more: HELD {FIGURES}")],
    ids=["seen", "not seen"],
)
def test_a_promise_that_holds_all_the_same_is_told(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    edit: Edit,
    code: int,
    said: str,
) -> None:
    mutant = Mutant("one more", [FIGURES], [edit])
    monkeypatch.setattr(mutants, "all_mutants", lambda: [mutant])

    assert mutants.main([]) == code

    assert capsys.readouterr().out.startswith(said)
