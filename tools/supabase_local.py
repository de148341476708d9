"""A real Supabase on this machine, by Docker: `python -m tools.supabase_local up`, and `down`.

`up` starts EventLive's project with the Supabase CLI, leaves its keys in `.env.supabase-local`,
where `--target supabase-local` finds them, and serves EventLive's site over it until Ctrl-C. `down`
stops the project, whose data the CLI keeps. Where something is missing, one sentence says so and
the exit code is 4.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent
CLI = ("npx", "--yes", "supabase@3.1.0", "--workdir", str(ROOT / "eventlive" / "database"))
KEYS = Path(".env.supabase-local")
DOCKER_TIMEOUT_S = 30
CANNOT = 4


class CannotError(Exception):
    """The machine lacks what this needs; the message says what."""


class Status(msgspec.Struct, frozen=True, rename=str.upper):
    """What `supabase status` tells of a project that runs."""

    api_url: str
    anon_key: str
    service_role_key: str
    db_url: str

    @property
    def environment(self) -> dict[str, str]:
        """The same by the names that the site and the suite know."""
        return {
            "SUPABASE_URL": self.api_url,
            "SUPABASE_ANON_KEY": self.anon_key,
            "SUPABASE_SERVICE_ROLE_KEY": self.service_role_key,
            "DATABASE_URL": self.db_url,
        }


def main(arguments: Sequence[str]) -> int:
    """Starts or stops the project; 4 and one sentence where that is not possible."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("command", choices=["up", "down"])
    parser.add_argument("--port", default="54300", help="of the site (%(default)s)")
    asked = parser.parse_args(arguments)
    try:
        require_docker()
        if asked.command == "up":
            go_up(asked.port)
        ask_cli("stop")
    except CannotError as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT
    return 0


def go_up(port: str) -> NoReturn:
    """The project runs, the suite has its keys, and this process becomes EventLive's site over it.

    Raises CannotError.
    """
    ask_cli("start")
    status = status_of(ask_cli("status", "--output", "json", is_quiet=True))
    leave_keys(status)
    print(f"keys are in {KEYS}; elsewhere: pytest e2e/ --target supabase-local", flush=True)
    os.chdir(ROOT)
    command = [sys.executable, "-m", "eventlive", "--port", port]
    os.execve(sys.executable, command, {**os.environ, **status.environment})


def require_docker() -> None:
    """Raises CannotError where no Docker answers."""
    try:
        asked = subprocess.run(
            ["docker", "info"],
            capture_output=True,
            text=True,
            timeout=DOCKER_TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError:
        why = "there is no command docker"
    except subprocess.TimeoutExpired:
        why = f"docker info says nothing for {DOCKER_TIMEOUT_S} s"
    else:
        if asked.returncode == 0:
            return
        said = asked.stderr.strip().splitlines()
        why = f"docker info says: {said[0]}" if said else "docker info fails"
    raise CannotError(f"a real Supabase needs Docker on this machine, and {why}")


def ask_cli(*arguments: str, is_quiet: bool = False) -> str:
    """What the CLI answers, where that is not to be shown. Raises CannotError where it fails."""
    command = [*CLI, *arguments]
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE if is_quiet else None, text=True, check=False
        )
    except FileNotFoundError:
        raise CannotError("the Supabase CLI comes by npx, and there is none: make setup") from None
    if done.returncode:
        raise CannotError(f"{' '.join(command)} ended with {done.returncode}, and says why above")
    return done.stdout or ""


def status_of(answer: str) -> Status:
    """The status in the CLI's answer. Raises CannotError where something of it is missing."""
    try:
        return msgspec.json.decode(answer, type=Status)
    except msgspec.MsgspecError as error:
        raise CannotError(f"supabase status does not tell what is needed: {error}") from None


def leave_keys(status: Status) -> None:
    """The suite finds the keys in a file that only this user may read."""
    KEYS.unlink(missing_ok=True)
    KEYS.touch(mode=0o600)
    KEYS.write_text("".join(f"{name}={value}\n" for name, value in status.environment.items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
