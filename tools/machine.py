"""What set-up needs of a machine: running commands, and installing system packages if allowed.

Standard library only. Steps receive a Machine, so tests hand them one that runs nothing.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

VENV = ".venv"
READY = "ready"
INSTALLED = "installed"
TIMED_OUT = 124
NOT_STARTED = 127
APT_TIMEOUT_S = 900.0


class SetupError(Exception):
    """Set-up cannot go on; the message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A command that ended: its exit code, and what it printed on either stream."""

    code: int
    output: str = ""

    @property
    def ok(self) -> bool:
        return self.code == 0


class Run(Protocol):
    """Runs a command quietly to its end; never raises for a command that fails."""

    def __call__(
        self,
        command: Sequence[str],
        *,
        timeout_s: float,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Finished: ...


def run(
    command: Sequence[str],
    *,
    timeout_s: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Finished:
    """Run `command` with `env` added to the environment; a late one ends with TIMED_OUT."""
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        return Finished(code=NOT_STARTED, output=str(error))
    try:
        output, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        return Finished(code=TIMED_OUT, output=f"no end within {timeout_s:g} s")
    finally:
        _end(process)
    return Finished(code=process.returncode, output=output)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One checkout on one machine, as one user."""

    root: Path
    run: Run = run
    which: Callable[[str], str | None] = shutil.which
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    is_root: bool = False
    python: str = sys.executable

    @classmethod
    def here(cls, root: Path) -> "Machine":
        return cls(root=root, is_root=os.geteuid() == 0, python=_base_python())

    def elevation(self) -> list[str] | None:
        """The prefix that makes a command run as root, or None where that needs a person."""
        if self.is_root:
            return []
        # -n never asks: a set-up that waits for a password nobody sees would look hung.
        if self.which("sudo") and self.run(["sudo", "-n", "true"], timeout_s=10).ok:
            return ["sudo", "-n"]
        return None

    def install(self, package: str) -> bool:
        """Install a system package with apt-get, if there is one and we may; True if it worked."""
        prefix = self.elevation()
        if prefix is None or self.which("apt-get") is None:
            return False
        apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
        # A fresh machine has no package lists. Where the update fails, old lists may still do.
        self.run([*apt, "update"], timeout_s=APT_TIMEOUT_S)
        install = [*apt, "install", "-y", "--no-install-recommends", package]
        return self.run(install, timeout_s=APT_TIMEOUT_S).ok


def require(machine: Machine, finished: Finished, complaint: str) -> None:
    """Stop where a command failed, keeping its output in a file.

    The output may name private hosts; the one line that people see and paste must not.
    """
    if finished.ok:
        return
    log = machine.root / VENV / "setup.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text(finished.output, encoding="utf-8")
    in_time = " in time" if finished.code == TIMED_OUT else ""
    raise SetupError(
        f"{complaint}{in_time} (details: {VENV}/setup.log); check the network, then run: make setup"
    )


def _base_python() -> str:
    """The Python outside any virtual environment: .venv must not be rebuilt by its own Python."""
    base = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    return str(base) if base.exists() else sys.executable


def _end(process: subprocess.Popen[str]) -> None:
    """End a command that still runs, with its children: a download belongs to a grandchild."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout:
        process.stdout.close()
