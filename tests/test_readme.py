"""What the README says of the verdict is true: how many checkers there are, and which."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reports.checks import CHECKERS

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
COUNTS = {14: "fourteen", 15: "fifteen", 16: "sixteen", 17: "seventeen"}
SCORES = re.findall(r"checks \d+/(\d+) .* nothing was asked of: (.*)", README)


def test_all_checkers_are_named() -> None:
    [(count, named)] = re.findall(r"(\w+) checkers \(([^)]*)\)", README)

    assert re.split(r",\s+", named) == list(CHECKERS)
    assert count == COUNTS[len(CHECKERS)]


@pytest.mark.parametrize(("asked", "not_asked"), SCORES)
def test_a_verdict_that_is_shown_is_of_all_checkers(asked: str, not_asked: str) -> None:
    names = not_asked.split(", ")

    assert set(names) <= CHECKERS.keys()
    assert int(asked) + len(names) == len(CHECKERS)
