"""The steps of set-up, each repeatable: Python packages, browser, supabase-js, supabase-py.

A step that has finished leaves a stamp, a hash of the lock files it was made from. An equal stamp
means nothing to do; another one, or none after an interruption, means the step starts afresh.
"""

import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

from fixtures.browser import SHELL, Browser, BrowserNotFound, Kind, find_browser
from tools.machine import TIMED_OUT, Finished, Machine, SetupError

READY = "ready"
INSTALLED = "installed"
VENV = ".venv"
SITE = "eventlive/site"
BROWSER_SETTING = "SOUNDCHECK_BROWSER"
# Measured: without a network Playwright gives up after 4 s. The idle timeout bounds networks that
# swallow packets (Playwright tries five times), the other one a download that never gets anywhere.
DOWNLOAD_ENV = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "5000"}
DOWNLOAD_TIMEOUT_S = 600.0
VENV_TIMEOUT_S = 120.0
PIP_TIMEOUT_S = 1800.0
NPM_TIMEOUT_S = 600.0
# supabase-js no longer supports older ones.
OLDEST_NODE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that set-up prepares; `act` returns the words that end its line."""

    title: str
    act: Callable[[Machine], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Proof that a step finished with the inputs it would have now."""

    path: Path
    fingerprint: str

    @classmethod
    def of(cls, machine: Machine, path: str, *inputs: str) -> "Stamp":
        # Scripts in a virtual environment name its place and its Python.
        digest = hashlib.sha256(f"{machine.root} {sys.version_info[:2]}".encode())
        for name in inputs:
            digest.update((machine.root / name).read_bytes())
        return cls(path=machine.root / path, fingerprint=digest.hexdigest())

    def is_current(self) -> bool:
        return self.path.exists() and self.path.read_text(encoding="ascii") == self.fingerprint

    def write(self) -> None:
        self.path.write_text(self.fingerprint, encoding="ascii")


def perform(machine: Machine, steps: Sequence[Step]) -> None:
    """Perform the steps in order, one line each. Raises SetupError at the first that cannot."""
    for step in steps:
        print(f"{step.title} ... ", end="", flush=True)
        started_s = monotonic()
        outcome = step.act(machine)
        took_s = monotonic() - started_s
        print(f"{outcome} ({took_s:.0f} s)" if took_s >= 1 else outcome)


def farewell(machine: Machine) -> str:
    """What to type next: the documented commands need the environment on the path."""
    if machine.environ.get("VIRTUAL_ENV") == str(machine.root / VENV):
        return "ready: pytest -n 16 e2e/"
    return f"ready: source {VENV}/bin/activate, then for example: pytest -n 16 e2e/"


def python_packages(machine: Machine) -> str:
    """The suite's virtual environment holds exactly what requirements.lock names."""
    return _environment(machine, VENV, "requirements.lock")


def supabase_py(machine: Machine) -> str:
    """supabase-py has an environment of its own: it needs websockets < 16, the suite newer."""
    return _environment(machine, ".venv-supabase-py", "tests/clients/requirements.lock")


def browser(machine: Machine) -> str:
    """A browser that starts is installed; the cheapest one that this machine and user can have.

    A network may be closed to Playwright's downloads but open to the system's packages.
    """
    stamp = Stamp.of(machine, f"{VENV}/browser.stamp", "requirements.lock")
    if stamp.is_current() and _find(machine):
        return READY
    chosen = _setting(machine)
    if not chosen and not _download_shell(machine) and machine.which(SHELL) is None:
        machine.install(SHELL)
    found = _find(machine)
    if found is None:
        raise SetupError(
            "no browser: Playwright's download is not reachable and no system package could be "
            f"installed; run: sudo apt-get install {SHELL}"
        )
    _require_start(machine, found)
    stamp.write()
    return _described(machine, found)


def supabase_js(machine: Machine) -> str:
    """The site's npm packages are those of its lock file; Node.js is there for the tests too."""
    npm = _npm(machine)
    lock = f"{SITE}/package-lock.json"
    stamp = Stamp.of(machine, f"{SITE}/node_modules/setup.stamp", lock)
    if stamp.is_current():
        return READY
    command = [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    finished = machine.run(command, timeout_s=NPM_TIMEOUT_S, cwd=machine.root / SITE)
    _require(machine, finished, f"npm could not install {lock}")
    stamp.write()
    return INSTALLED


STEPS = (
    Step(title=f"Python packages, pinned, in {VENV}", act=python_packages),
    Step(title="browser, Playwright's headless shell or the system's", act=browser),
    Step(title=f"supabase-js, pinned, in {SITE}/node_modules", act=supabase_js),
)
TEST_STEPS = (Step(title="supabase-py, pinned, in .venv-supabase-py", act=supabase_py),)


def _environment(machine: Machine, name: str, lock: str) -> str:
    stamp = Stamp.of(machine, f"{name}/setup.stamp", lock)
    if stamp.is_current():
        return READY
    if not _has_ensurepip():
        _install_venv_support(machine)
    # Afresh, because pip adds and replaces but never removes what a lock no longer names.
    command = [machine.python, "-m", "venv", "--clear", name]
    made = machine.run(command, timeout_s=VENV_TIMEOUT_S, cwd=machine.root)
    _require(machine, made, f"Python could not make the virtual environment {name}")
    _pip_install(machine, name, lock)
    stamp.write()
    return INSTALLED


def _has_ensurepip() -> bool:
    return find_spec("ensurepip") is not None


def _install_venv_support(machine: Machine) -> None:
    """Debian and Ubuntu split ensurepip, which `python -m venv` needs, from their Python."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if not machine.install(package):
        raise SetupError(
            "this Python cannot make virtual environments; "
            f"run: sudo apt-get update && sudo apt-get install {package}"
        )


def _pip_install(machine: Machine, environment: str, lock: str) -> None:
    pip = [f"{machine.root / environment}/bin/python", "-m", "pip", "--quiet", "--no-input"]
    command = [*pip, "install", "--disable-pip-version-check", "--require-hashes", "-r", lock]
    finished = machine.run(command, timeout_s=PIP_TIMEOUT_S, cwd=machine.root)
    _require(machine, finished, f"pip could not install {lock}")


def _require(machine: Machine, finished: Finished, complaint: str) -> None:
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


def _download_shell(machine: Machine) -> bool:
    """True when Playwright's shell is there, with the system libraries it needs if we may.

    The download comes first, alone: `--with-deps` installs a hundred system packages before it
    learns that the network is closed.
    """
    playwright = [f"{machine.root / VENV}/bin/playwright", "install", "--only-shell"]
    env = {**DOWNLOAD_ENV, **machine.environ}
    download = machine.run([*playwright, "chromium"], timeout_s=DOWNLOAD_TIMEOUT_S, env=env)
    if not download.ok:
        return False
    if machine.elevation() is not None:
        with_deps = [*playwright, "--with-deps", "chromium"]
        machine.run(with_deps, timeout_s=DOWNLOAD_TIMEOUT_S, env=env)
    return True


def _find(machine: Machine) -> Browser | None:
    setting = _setting(machine)
    try:
        return find_browser(
            setting, driver=_driver(machine), environ=machine.environ, which=machine.which
        )
    except BrowserNotFound as error:
        if setting:
            raise SetupError(str(error)) from error
        return None


def _setting(machine: Machine) -> str:
    """The browser that the suite's settings name, if they do; they decide, so nothing is fetched.

    The suite reads its settings with python-dotenv, which may not be installed yet.
    """
    env_file = machine.root / ".env"
    lines = env_file.read_text(encoding="utf-8").splitlines() if env_file.exists() else []
    named = [line.partition("=")[2] for line in lines if line.startswith(f"{BROWSER_SETTING}=")]
    return machine.environ.get(BROWSER_SETTING) or "".join(named[-1:]).strip().strip("'\"")


def _driver(machine: Machine) -> Path | None:
    found = machine.root.glob(f"{VENV}/lib/python*/site-packages/playwright/driver/package")
    return next(found, None)


def _require_start(machine: Machine, found: Browser) -> None:
    """Ask for its version: a browser without its libraries ends before it can answer."""
    answer = machine.run([str(found.executable), "--version"], timeout_s=20)
    if answer.ok or answer.code == TIMED_OUT:
        return
    command = f"sudo apt-get install --reinstall {found.executable.name}"
    if found.kind is Kind.PLAYWRIGHT_SHELL:
        command = f"sudo {VENV}/bin/playwright install-deps {SHELL}"
    raise SetupError(f"{found.executable} does not start, libraries are missing; run: {command}")


def _described(machine: Machine, found: Browser) -> str:
    notes = [str(found.kind)]
    if found.warning:
        notes.append(f"WARNING: {found.warning}")
    if machine.which("fc-list") and not _speaks_korean(machine):
        notes.append("for readable Korean in screenshots: sudo apt-get install fonts-noto-cjk")
    return "; ".join(notes)


def _speaks_korean(machine: Machine) -> bool:
    return bool(machine.run(["fc-list", ":lang=ko"], timeout_s=20).output.strip())


def _npm(machine: Machine) -> str:
    """The machine's npm if its Node.js is recent enough, else one from a Python package."""
    if (npm := machine.which("npm")) and _node_major(machine) >= OLDEST_NODE:
        return npm
    ours = machine.root / VENV / "bin" / "npm"
    if not ours.exists():
        _pip_install(machine, VENV, "tools/node.lock")
    return str(ours)


def _node_major(machine: Machine) -> int:
    version = machine.run(["node", "--version"], timeout_s=20).output
    major = version.strip().removeprefix("v").partition(".")[0]
    return int(major) if major.isdigit() else 0
