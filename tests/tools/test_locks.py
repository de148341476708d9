"""The lock files: complete, exact, hashed, and free of anybody's host."""

import re
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
LOCK_FILES = [
    "requirements.lock",
    "tests/clients/requirements.lock",
    "tools/node.lock",
    "tools/bench/rivals/requirements.lock",
    "eventlive/site/package-lock.json",
    "reports/page/package-lock.json",
]


@pytest.mark.parametrize("name", LOCK_FILES)
def test_a_lock_file_names_no_host(name: str) -> None:
    assert re.findall(r"https?://[^\s\"]+", (CHECKOUT / name).read_text()) == []


@pytest.mark.parametrize("name", [name for name in LOCK_FILES if name.endswith(".lock")])
def test_every_locked_package_is_exact_and_hashed(name: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", (CHECKOUT / name).read_text())[1:]

    assert entries
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_every_dependency_of_the_project_is_locked() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["check"]
    names = {re.split(r"[\[<>=~! ]", entry)[0] for entry in wanted}
    lock = (CHECKOUT / "requirements.lock").read_text()
    locked = re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)

    assert names - set(locked) == set(), "run: make lock"
