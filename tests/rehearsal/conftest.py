"""Runs whole rehearsals in processes of their own, and finds what they leave behind."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import termios
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
import pytest

from fixtures.target.deployment import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).parent.parent.parent
TIMEOUT_S = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A started run. `run_id` stands in the environment of every process that it starts."""

    run_id: str
    process: subprocess.Popen[str]

    @property
    def folder(self) -> Path:
        """Where the run's files are."""
        return ROOT / "reports" / "runs" / self.run_id

    def end(self, timeout_s: float = TIMEOUT_S) -> Ended:
        """Wait for the end; fails the test when it does not come."""
        output, _ = self.process.communicate(timeout=timeout_s)
        return Ended(folder=self.folder, code=self.process.returncode, output=output)

    def await_in_history(self, text: str, *, timeout_s: float = 90) -> None:
        """Every shard's file holds this text; fails the test when that does not come."""
        deadline_s = monotonic() + timeout_s
        paused = threading.Event()
        while monotonic() < deadline_s:
            shards = list(self.folder.glob("history-shard*.jsonl"))
            if shards and all(text in shard.read_text() for shard in shards):
                return
            assert self.process.poll() is None, self.end().output
            paused.wait(0.1)
        pytest.fail(f"{text} never came into the history")

    def processes(self) -> list[psutil.Process]:
        """Every process of the run that is alive, children of dead parents included."""
        return [process for process in psutil.process_iter() if _is_of(process, self.run_id)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a run left: exit code, what it printed, its files."""

    folder: Path
    code: int
    output: str

    @property
    def summary(self) -> dict[str, Any]:
        """summary.json as it was written."""
        return dict(json.loads((self.folder / "summary.json").read_text()))

    @property
    def users(self) -> dict[str, dict[str, str]]:
        """users.csv by user name."""
        with (self.folder / "users.csv").open(newline="") as lines:
            return {row["user"]: row for row in csv.DictReader(lines)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running `python -m eventlive`, and what it said when it was ready."""

    ready: dict[str, str]
    process: subprocess.Popen[str]

    @property
    def settings(self) -> dict[str, str]:
        """The environment that points a rehearsal at it."""
        return {
            "SOUNDCHECK_TARGET": "local",
            "SOUNDCHECK_BASE_URL": self.ready["base_url"],
            "SUPABASE_URL": self.ready["supabase_url"],
            **self.secrets,
        }

    @property
    def secrets(self) -> dict[str, str]:
        """The part of it that stands in no target's file."""
        return {
            "SUPABASE_ANON_KEY": self.ready["anon_key"],
            "SUPABASE_SERVICE_ROLE_KEY": self.ready["service_role_key"],
            "DATABASE_URL": self.ready["database_url"],
        }

    @property
    def target(self) -> Target:
        """Where it is, with all its keys."""
        names = Target.__struct_fields__
        return Target(**{name: self.ready[name] for name in names if name in self.ready})

    def execute(self, *statements: str) -> None:
        """Its database has executed these."""
        with psycopg.connect(self.ready["database_url"]) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    @property
    def admin(self) -> dict[str, str]:
        """The environment that lets a rehearsal see its console."""
        return {
            "SOUNDCHECK_ADMIN_EMAIL": self.ready["admin_email"],
            "SOUNDCHECK_ADMIN_PASSWORD": self.ready["admin_password"],
        }


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Seats without a browser live in asyncio's loop."""
    return "asyncio"


@pytest.fixture
def start_rehearsal(tmp_path: Path) -> Iterator[Callable[..., Rehearsal]]:
    """Start `pytest e2e/chat` with these arguments, away from any .env; its files go at the end.

    Output is a pipe, or the terminal with this file descriptor; `place` are the words that have a
    command run elsewhere.
    """
    started: list[Rehearsal] = []

    def start(
        *arguments: str,
        path: str = "e2e/chat",
        env: dict[str, str] | None = None,
        terminal: int | None = None,
        place: Sequence[str] = (),
    ) -> Rehearsal:
        run_id = f"test-{secrets.token_hex(6)}"
        command = [sys.executable, "-m", "pytest", str(ROOT / path), *arguments]
        process = subprocess.Popen(
            [*place, *command, "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)],
            cwd=tmp_path,
            env={**clean_environment(), **(env or {}), "SOUNDCHECK_RUN_ID": run_id},
            stdin=terminal,
            stdout=subprocess.PIPE if terminal is None else terminal,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=_heed_ctrl_c if terminal is None else _sit_at_terminal,
        )
        started.append(Rehearsal(run_id=run_id, process=process))
        return started[-1]

    yield start
    for rehearsal in started:
        for process in rehearsal.processes():
            process.kill()
        rehearsal.process.wait()
        shutil.rmtree(rehearsal.folder, ignore_errors=True)


@pytest.fixture
def rehearse(start_rehearsal: Callable[..., Rehearsal]) -> Callable[..., Ended]:
    """Run `pytest e2e/chat` with these arguments to its end, which must leave no process behind."""

    def run(*arguments: str, path: str = "e2e/chat", env: dict[str, str] | None = None) -> Ended:
        rehearsal = start_rehearsal(*arguments, path=path, env=env)
        ended = rehearsal.end()
        assert rehearsal.processes() == []
        return ended

    return run


@pytest.fixture
def merge() -> Iterator[Callable[..., tuple[int, Path]]]:
    """Merge these parts as a person would: the exit code, and the folder, which goes at the end."""
    made: list[Path] = []

    def run(*parts: Ended) -> tuple[int, Path]:
        run_id = f"test-{secrets.token_hex(6)}"
        made.append(ROOT / "reports" / "runs" / run_id)
        folders = [str(part.folder) for part in parts]
        command = [sys.executable, "-m", "reports", "merge", *folders, "--run-id", run_id]
        return subprocess.run(command, cwd=ROOT, check=False).returncode, made[-1]

    yield run
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Start `python -m eventlive` with these arguments; it ends with the test."""
    with _serving() as start:
        yield start


@pytest.fixture(scope="module")
def serve_all() -> Iterator[Callable[..., Served]]:
    """The same, for all tests of a module."""
    with _serving() as start:
        yield start


@contextmanager
def _serving() -> Iterator[Callable[..., Served]]:
    with ExitStack() as ending:

        def start(*arguments: str) -> Served:
            process = ending.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "eventlive", "--port", "0", *arguments],
                    cwd=ROOT,
                    env=clean_environment(),
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            ending.callback(process.terminate)
            assert process.stdout is not None
            return Served(ready=json.loads(process.stdout.readline()), process=process)

        yield start


def _heed_ctrl_c() -> None:
    """What a shell starts in the background ignores Ctrl-C, and so would everything it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _sit_at_terminal() -> None:
    """What is typed at standard input is for this process: Ctrl-C, above all."""
    _heed_ctrl_c()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def clean_environment() -> dict[str, str]:
    """Without settings of the developer's own, which would point the tests elsewhere."""
    ours = ("SOUNDCHECK_", "SUPABASE_", "DATABASE_URL", "PYTEST_", "GITHUB_", "CI", "NO_COLOR")
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)}


def _is_of(process: psutil.Process, run_id: str) -> bool:
    try:
        return process.environ().get("SOUNDCHECK_RUN_ID") == run_id
    except psutil.Error:
        return False
