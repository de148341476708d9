"""`make supabase-up`: what it asks of Docker and of the Supabase CLI, neither of which is here.

The CLI is a stand-in that answers as the real one's status does; no project was ever started by it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import httpx
import pytest

from fixtures.settings import load
from fixtures.target.description import load_description
from tools.supabase_local import CLI, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Install = Callable[..., None]

CONFIG = ROOT / "eventlive" / "database" / "supabase" / "config.toml"
STATUS = {
    "API_URL": "http://127.0.0.1:54321",
    "ANON_KEY": "an-anon-key",
    "SERVICE_ROLE_KEY": "a-service-key",
    "DB_URL": "postgresql://postgres:postgres@127.0.0.1:54322/postgres",
    "STUDIO_URL": "",
}
ASKED = list(CLI[1:])


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Put a command into the test's own PATH that notes what it was asked, and answers so."""

    def put(name: str, answer: str = "", complaint: str = "", code: int = 0) -> None:
        command = tmp_path / "bin" / name
        command.parent.mkdir(exist_ok=True)
        command.write_text(
            f"#!{sys.executable}\n"
            "import json, sys\n"
            f"open({str(tmp_path / name)!r}, 'a').write(json.dumps(sys.argv[1:]) + '\\n')\n"
            f"if sys.argv[-1] == 'json': print({answer!r})\n"
            f"sys.stderr.write({complaint!r})\n"
            f"sys.exit({code})\n"
        )
        command.chmod(0o755)

    return put


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """The tool in this folder, where no other commands are than those installed by the test."""
    return subprocess.Popen(
        [sys.executable, "-m", "tools.supabase_local", *arguments],
        cwd=folder,
        env={"PATH": str(folder / "bin"), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refused(folder: Path, *arguments: str) -> str:
    """The one sentence in which it says that it cannot."""
    with start(folder, *arguments) as tool:
        said, complaint = tool.communicate(timeout=60)
    assert (tool.returncode, said) == (4, "")
    return complaint


def asked_of(folder: Path, name: str) -> list[list[str]]:
    """What a command of the test was asked."""
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


@pytest.mark.real
def test_make_says_in_one_sentence_that_docker_does_not_answer() -> None:
    # A Docker that is there is left alone, and a make that runs these tests is no part of it.
    outer = ("ARGS", "MAKEFLAGS", "MAKELEVEL")
    own = {key: value for key, value in os.environ.items() if key not in outer}
    environment = {**own, "DOCKER_HOST": "unix:///nowhere/docker.sock"}

    ended = subprocess.run(
        ["make", "-s", "supabase-up"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    sentence, *rest = [line for line in ended.stderr.splitlines() if not line.startswith("make: ")]
    assert sentence.startswith("a real Supabase needs Docker on this machine, and ")
    assert rest == []
    assert "supabase-up] Error 4" in ended.stderr


@pytest.mark.parametrize("command", ["up", "down"])
def test_a_machine_without_docker_is_left_as_it_is(
    tmp_path: Path, install: Install, command: str
) -> None:
    install("npx")

    assert refused(tmp_path, command) == (
        "a real Supabase needs Docker on this machine, and there is no command docker\n"
    )
    assert not (tmp_path / "npx").exists()


def test_what_docker_says_is_repeated(tmp_path: Path, install: Install) -> None:
    install("docker", complaint="Cannot connect to the Docker daemon\nmore\n", code=1)

    said = refused(tmp_path, "up")

    assert said.endswith("and docker info says: Cannot connect to the Docker daemon\n")


def test_the_site_is_served_over_the_project_and_the_suite_has_its_keys(
    tmp_path: Path, install: Install
) -> None:
    install("docker")
    install("npx", json.dumps(STATUS))

    with start(tmp_path, "up", "--port", "0") as tool:
        assert tool.stdout is not None
        said = tool.stdout.readline()
        line = tool.stdout.readline()
        assert line, tool.communicate()[1]
        ready = json.loads(line)
        page = httpx.get(ready["base_url"])
        tool.terminate()
        assert tool.wait(30) == 0

    assert "--target supabase-local" in said
    assert "http://127.0.0.1:54321" in page.text
    assert asked_of(tmp_path, "docker") == [["info"]]
    assert asked_of(tmp_path, "npx") == [
        [*ASKED, "start"],
        [*ASKED, "status", "--output", "json"],
    ]
    keys = tmp_path / ".env.supabase-local"
    assert keys.stat().st_mode & 0o777 == 0o600
    settings = load({"target": "supabase-local"}, {}, tmp_path / ".env")
    assert settings.supabase_anon_key == ready["anon_key"] == "an-anon-key"
    assert settings.supabase_service_role_key == ready["service_role_key"] == "a-service-key"
    assert settings.database_url == ready["database_url"] == STATUS["DB_URL"]


def test_the_project_is_stopped(tmp_path: Path, install: Install) -> None:
    install("docker")
    install("npx")

    with start(tmp_path, "down") as tool:
        assert tool.wait(60) == 0

    assert asked_of(tmp_path, "npx") == [[*ASKED, "stop"]]


def test_a_cli_that_fails_or_tells_too_little_is_named(tmp_path: Path, install: Install) -> None:
    install("docker")
    assert "the Supabase CLI comes by npx, and there is none: make setup" in refused(tmp_path, "up")

    install("npx", complaint="port is taken\n", code=1)
    assert "supabase@3.1.0" in refused(tmp_path, "up")
    assert "start ended with 1, and says why above" in refused(tmp_path, "up")

    install("npx", json.dumps({**STATUS, "ANON_KEY": None}))
    assert "supabase status does not tell what is needed" in refused(tmp_path, "up")
    assert not (tmp_path / ".env.supabase-local").exists()


def test_the_target_is_where_the_project_and_its_site_are() -> None:
    config = tomllib.loads(CONFIG.read_text())
    target = load_description("supabase-local")

    assert target.supabase_url == f"http://127.0.0.1:{config['api']['port']}"
    assert target.url == config["auth"]["site_url"]
    assert (target.is_eventlive, target.production) == (True, False)
    assert config["db"]["seed"]["sql_paths"] == ["./seed.sql"]
