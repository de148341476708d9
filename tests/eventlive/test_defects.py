"""Defects on the command line: what there is, what cannot be had, and what they do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eventlive.__main__ import CANNOT_START, main
from eventlive.defects.catalog import DEFECTS
from eventlive.defects.choosing import choose
from eventlive.defects.defect import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

STAND_INS = Path(__file__).parents[2] / "eventlive/site/src/defects"
ADA, BEN = "ada@soundcheck.test", "ben@soundcheck.test"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "no defect 'nowhere'; there are ack-without-store, a"),
        (["drop-random,probability=2"], "expected a probability above 0 and up to 1, got '2'"),
        (["drop-random,probability=nan"], "got 'nan'"),
        (["drop-random,often"], "expected probability=… or user=… after drop-random, got 'often'"),
        (["drop-random,user="], "got 'user='"),
        (["drop-random", "drop-random"], "drop-random and drop-random contradict each other"),
    ],
)
def test_defects_that_cannot_be_had_are_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: Sequence[str], said: str
) -> None:
    options = [part for argument in arguments for part in ("--defect", argument)]

    code = main(options, {})

    assert code == CANNOT_START
    assert said in capsys.readouterr().err


def test_a_hosted_project_is_never_broken(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--defect", "drop-random"], {"SUPABASE_URL": "http://127.0.0.1:9"})

    assert code == CANNOT_START
    assert "cannot go with SUPABASE_URL" in capsys.readouterr().err


def test_the_list_names_every_defect_with_what_must_see_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--list-defects"], {}) == 0

    listed = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in listed] == list(DEFECTS)
    assert all(one["story"] for one in listed)
    # What nobody must see is right, and only another way of being so.
    assert [one["name"] for one in listed if not one["expected"]] == ["text-frames-v1"]


def test_what_stands_in_for_a_module_of_the_page_builds_on_the_healthy_one() -> None:
    broken = [defect for defect in DEFECTS.values() if defect.page]
    modules = [path for defect in broken for path in (STAND_INS / defect.page).iterdir()]

    assert {path.parent.name for path in modules} == {defect.page for defect in broken}
    assert all((STAND_INS.parent / path.name).is_file() for path in modules)
    assert all(f'from "healthy:{path.name}"' in path.read_text() for path in modules)


def test_a_choice_may_be_for_one_person_or_for_chance() -> None:
    [for_ada] = choose([f"drop-random,probability=1,user={ADA}"])
    [by_chance] = choose(["drop-random,probability=0.25"])
    always = Choice(DEFECTS["drop-for-one-user"])

    assert [for_ada.hits(ADA), for_ada.hits(BEN), always.hits(BEN)] == [True, False, True]
    assert 200 < sum(by_chance.hits(ADA) for _ in range(1000)) < 300
