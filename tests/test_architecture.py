"""The promises of the layout that a reader cannot see in one file."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGES = ("e2e", "fixtures", "scenarios", "reports", "eventlive", "tests", "tools")
THE_PLACE_TO_WAIT = CHECKOUT / "scenarios" / "waiting.py"


def sources() -> list[Path]:
    """Every Python file of the project."""
    found = [path for name in PACKAGES for path in sorted((CHECKOUT / name).rglob("*.py"))]
    assert found
    return [path for path in found if "node_modules" not in path.parts]


def sleeps(tree: ast.AST) -> Iterator[int]:
    """Lines that wait for time to pass: `wait_for_timeout` of anything, `sleep` of `time`."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr="wait_for_timeout"):
                yield node.lineno
            case ast.Attribute(attr="sleep", value=ast.Name(id="time")):
                yield node.lineno
            case ast.ImportFrom(module="time", names=names):
                yield from (node.lineno for name in names if name.name == "sleep")


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("await page.wait_for_timeout(5)", [1]),
        ("import time\ntime.sleep(1)", [2]),
        ("from time import sleep", [1]),
        ("await anyio.sleep(1)\nawait asyncio.sleep(0)", []),
    ],
)
def test_the_search_for_sleeps_finds_them(source: str, lines: list[int]) -> None:
    assert list(sleeps(ast.parse(source))) == lines


def test_nobody_sleeps_outside_the_one_place_to_wait() -> None:
    found = [
        f"{path.relative_to(CHECKOUT)}:{line}"
        for path in sources()
        if path != THE_PLACE_TO_WAIT
        for line in sleeps(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert found == []


def constants(tree: ast.Module) -> Iterator[str]:
    """The names that a module gives to values, as often as it does."""
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=targets):
                yield from (one.id for one in targets if isinstance(one, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def test_no_constant_has_two_values() -> None:
    found = [
        f"{path.relative_to(CHECKOUT)}: {name}"
        for path in sources()
        for name, times in Counter(constants(ast.parse(path.read_text(encoding="utf-8")))).items()
        if times > 1
    ]

    assert found == []


def test_imports_go_one_way() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]

    checked = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr


IMPORT_REPORTS_BLOCKED = """
import importlib, pkgutil, sys
for name in ("playwright", "psycopg", "pytest"):
    sys.modules[name] = None
import reports
modules = [m.name for m in pkgutil.walk_packages(reports.__path__, "reports.")]
for name in modules:
    if not name.endswith("__main__"):
        importlib.import_module(name)
"""


def test_reports_can_be_judged_where_no_browser_or_database_is_installed() -> None:
    command = [sys.executable, "-c", IMPORT_REPORTS_BLOCKED]

    imported = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert imported.returncode == 0, imported.stderr


# What --collect-only leads through is what a worker goes through: no run is prepared in either.
COLLECT_AS_A_WORKER = """
import sys, pytest
code = pytest.main(["--collect-only", "-qq", "e2e"])
found = {"fixtures.controller", "fixtures.trials", "reports.judging"} & {*sys.modules}
sys.exit(code or ", ".join(sorted(found)) or 0)
"""


def test_a_worker_imports_nothing_that_only_the_controller_needs() -> None:
    command = [sys.executable, "-c", COLLECT_AS_A_WORKER]

    collected = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert collected.returncode == 0, collected.stdout + collected.stderr
