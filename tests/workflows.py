"""The workflows of GitHub Actions as data, for the tests that read and play them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / ".github" / "workflows"
ACTION = ROOT / ".github" / "actions" / "set-up" / "action.yml"
_EXPRESSION = re.compile(r"\$\{\{\s*([\w.]+)\s*\}\}")

Step = dict[str, Any]


def workflow(name: str) -> dict[str, Any]:
    """The workflow in the file of this name."""
    return dict(YAML(typ="safe").load(FOLDER / f"{name}.yml"))


def steps_of(flow: Mapping[str, Any]) -> Iterator[Step]:
    """Every step of every job, in the order of the file."""
    for job in flow["jobs"].values():
        yield from job["steps"]


def action_steps() -> list[Step]:
    """The steps that all jobs begin with."""
    return list(YAML(typ="safe").load(ACTION)["runs"]["steps"])


def filled(text: object, context: Mapping[str, object]) -> str:
    """`text` with the value of each `${{ name }}`. Raises KeyError for a name without one."""
    return _EXPRESSION.sub(lambda found: str(context[found[1]]), str(text))
