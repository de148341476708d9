"""What the authors of journeys read is true: the journey that it shows, and the fixtures."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _pytest.fixtures import FixtureFunctionDefinition

import conftest

if TYPE_CHECKING:
    from collections.abc import Iterator

E2E = Path(conftest.__file__).parent / "e2e"
README = (E2E / "README.md").read_text(encoding="utf-8")
JOURNEYS = re.findall(r"```python\n(def test_.*?)```", README, re.DOTALL)


def fixtures() -> Iterator[str]:
    """The fixtures that every test may ask for."""
    for name in conftest.pytest_plugins:
        for found in vars(importlib.import_module(name)).values():
            if isinstance(found, FixtureFunctionDefinition):
                yield found._get_wrapped_function().__name__


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_journey_that_is_shown_is_one_that_is_played(journey: str) -> None:
    assert any(journey in path.read_text(encoding="utf-8") for path in E2E.rglob("test_*.py"))


def test_the_table_of_fixtures_has_all_there_are() -> None:
    table = README.partition("| fixture | is |")[2].partition("\n\n")[0]
    named = {
        name
        for row in table.splitlines()
        for name in re.findall(r"`(\w+)`", row[: row.find("|", 1)])
    }

    public = {name for name in fixtures() if not name.startswith("_")}

    assert len(JOURNEYS) == 2
    assert named == public
