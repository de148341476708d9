"""Choosing defects by name: `NAME[,probability=P][,user=E-MAIL]`, and refusing what cannot be."""

from __future__ import annotations

import json
from itertools import combinations
from typing import TYPE_CHECKING

from eventlive.defects.catalog import DEFECTS
from eventlive.defects.defect import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventlive.defects.defect import Defect


class DefectError(Exception):
    """Defects that cannot be had; the message says why, and what can."""


def choose(texts: Sequence[str]) -> list[Choice]:
    """The choices that these texts name. Raises DefectError."""
    choices = [_choice(text) for text in texts]
    for one, other in combinations(choices, 2):
        if shared := _touched(one.defect) & _touched(other.defect):
            names = f"{one.defect.name} and {other.defect.name}"
            raise DefectError(f"{names} contradict each other: both change {min(shared)}")
    return choices


def described() -> str:
    """All defects as JSON: name, story, expected checks, and options of a run that shows it."""
    listed = [
        {
            "name": defect.name,
            "story": defect.story,
            "expected": defect.expected,
            "run": defect.run,
        }
        for defect in DEFECTS.values()
    ]
    return json.dumps(listed, ensure_ascii=False, indent=2) + "\n"


def _choice(text: str) -> Choice:
    name, *options = text.split(",")
    defect = DEFECTS.get(name)
    if defect is None:
        raise DefectError(f"no defect {name!r}; there are {', '.join(sorted(DEFECTS))}")
    probability, user = None, ""
    for option in options:
        key, _, value = option.partition("=")
        match key:
            case "probability":
                probability = _probability(value)
            case "user" if value:
                user = value
            case _:
                raise DefectError(f"expected probability=… or user=… after {name}, got {option!r}")
    if options and not defect.is_by_chance:
        raise DefectError(f"{name} hits everybody, always: it takes no {options[0]!r}")
    return Choice(defect, probability=probability, user=user)


def _probability(text: str) -> float:
    try:
        probability = float(text)
    except ValueError:
        probability = -1
    if not 0 < probability <= 1:
        raise DefectError(f"expected a probability above 0 and up to 1, got {text!r}")
    return probability


def _touched(defect: Defect) -> set[str]:
    """What only one defect can change."""
    places = {f"the route {path}" for path in defect.paths}
    if defect.page:
        places.add("the page")
    return places | ({f"itself ({defect.name})"})
