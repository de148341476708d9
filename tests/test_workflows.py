"""The workflows of GitHub Actions: valid, confined, and every command that they give exists."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.settings import OPTIONS, PREFIX, UNDERSTOOD, Settings, key_of, option_of
from tests.workflows import ACTION, FOLDER, ROOT, action_steps, steps_of, workflow

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["pull-request", "release-gate"]
# Majors that are known to exist; these actions are GitHub's own.
ACTIONS = {
    "actions/checkout": "v5",
    "actions/setup-python": "v6",
    "actions/setup-node": "v5",
    "actions/upload-artifact": "v6",
    "actions/download-artifact": "v7",
}
# Programs that every runner has.
SHELL = {"cat", "echo", "exit", "if", "then", "fi", "[", "[[", "!", "seq"}


def test_every_workflow_is_known_here() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == NAMES


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        *(("vendor.github-workflows", FOLDER / f"{name}.yml") for name in NAMES),
        ("vendor.github-actions", ACTION),
    ],
    ids=lambda value: getattr(value, "stem", value),
)
def test_a_workflow_is_what_github_takes_for_one(schema: str, path: object) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]

    checked = subprocess.run(command, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("name", NAMES)
def test_only_githubs_own_actions_are_used_and_those_of_this_repository(name: str) -> None:
    for step in [*steps_of(workflow(name)), *action_steps()]:
        used = str(step.get("uses", ""))
        if used.startswith("./"):
            assert (ROOT / used / "action.yml").exists()
        elif used:
            action, _, version = used.partition("@")
            assert ACTIONS[action] == version


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_may_only_read_ends_in_time_and_runs_once_at_a_time(name: str) -> None:
    flow = workflow(name)

    assert flow["permissions"] == {"contents": "read"}
    assert flow["concurrency"]["group"]
    assert all(0 < job["timeout-minutes"] <= 60 for job in flow["jobs"].values())
    assert all("permissions" not in job for job in flow["jobs"].values())


@pytest.mark.parametrize("name", NAMES)
def test_every_command_of_a_workflow_exists_and_is_asked_what_it_knows(name: str) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for words in _commands(name):
        match words:
            case ["make", target]:
                assert target in targets
            case [".venv/bin/pytest", *arguments]:
                _require_pytest(arguments)
            case [".venv/bin/python", "-m", "reports", *arguments]:
                assert arguments[0] == "merge"
                assert "--run-id" in arguments
            case [first, *_]:
                assert first in SHELL, words


def _commands(name: str) -> list[list[str]]:
    steps = [*steps_of(workflow(name)), *action_steps()]
    scripts = [str(step["run"]) for step in steps if "run" in step]
    lines = [line for script in scripts for line in script.splitlines() if line.strip()]
    assert lines
    return [shlex.split(line) for line in lines]


def _require_pytest(arguments: list[str]) -> None:
    known = {option_of(name) for name in OPTIONS} | {"-n"}
    assert {word for word in arguments if word.startswith("-")} <= known
    paths = [word for word in arguments if word.startswith("e2e")]
    assert all((ROOT / path).exists() for path in paths)
    assert paths or "$TESTS" in arguments


def test_the_release_gate_plays_every_test_there_is() -> None:
    """The crowd in parts, and what is beside it by itself."""
    played = {
        word for words in _commands("release-gate") for word in words if word.startswith("e2e")
    }

    there = {f"e2e/{path.parent.name}" for path in (ROOT / "e2e").glob("*/test_*.py")}
    assert played == there


def test_secrets_are_settings_and_only_the_rehearsal_sees_them() -> None:
    keys = {key_of(field.name) for field in fields(Settings)}
    for step in steps_of(workflow("release-gate")):
        told = {key: str(value) for key, value in step.get("env", {}).items()}
        secret = {key for key, value in told.items() if "secrets." in value}
        if step.get("name") == "rehearse":
            assert secret <= keys
            assert {"SUPABASE_SERVICE_ROLE_KEY", "DATABASE_URL"} <= secret
            assert all(f"secrets.{key} " in told[key] for key in secret)
        else:
            assert not secret
    assert "secrets." not in str(_without_steps(workflow("release-gate")))


def _without_steps(flow: dict[str, Any]) -> dict[str, Any]:
    jobs = {name: {**job, "steps": []} for name, job in flow["jobs"].items()}
    return {**flow, "jobs": jobs}


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_that_a_workflow_makes_is_one(name: str) -> None:
    flow = workflow(name)
    places = [flow, *flow["jobs"].values(), *steps_of(flow)]
    told = {key: "1" for place in places for key in place.get("env", {})}
    # An unknown one is refused; what a value may be is said elsewhere.
    unknown = {one for one in told if one.startswith(PREFIX)} - {
        key_of(field.name) for field in fields(Settings) if field.name != UNDERSTOOD
    }

    assert unknown == set()


def test_inputs_reach_a_shell_as_variables_only() -> None:
    """What somebody types must not become part of a script."""
    for name in NAMES:
        for step in steps_of(workflow(name)):
            assert "${{" not in str(step.get("run", ""))


@pytest.mark.parametrize(
    ("told", "code", "output"),
    [
        ({"SOUNDCHECK_TARGET": "staging", "SHARDS": "3"}, 0, "parts=[1,2,3]\n"),
        ({"SOUNDCHECK_TARGET": "staging", "SHARDS": "1"}, 0, "parts=[1]\n"),
        ({"SOUNDCHECK_TARGET": "staging", "SHARDS": "0"}, 4, ""),
        ({"SOUNDCHECK_TARGET": "staging", "SHARDS": "2; true"}, 4, ""),
        ({"SOUNDCHECK_TARGET": "", "SHARDS": "3"}, 4, ""),
    ],
)
def test_the_release_gate_plans_its_parts_or_says_what_is_wrong(
    tmp_path: Path, told: dict[str, str], code: int, output: str
) -> None:
    out = tmp_path / "output"
    out.touch()
    scripts = [str(step["run"]) for step in workflow("release-gate")["jobs"]["plan"]["steps"]]
    env = {"PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(out), **told}

    codes = [
        subprocess.run(["bash", "-e", "-c", one], env=env, capture_output=True, check=False)
        for one in scripts
    ]

    assert max(one.returncode for one in codes) == code
    if not code:
        assert out.read_text() == output
    else:
        assert b"::error::" in b"".join(one.stdout for one in codes)
