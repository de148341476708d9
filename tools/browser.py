"""The browser: Playwright's download where the network allows it, else the system's package."""

from pathlib import Path

from fixtures.browser import SHELL, Browser, BrowserNotFound, Kind, find_browser
from tools.machine import READY, TIMED_OUT, VENV, Machine, SetupError
from tools.stamp import Stamp

BROWSER_SETTING = "SOUNDCHECK_BROWSER"
# Measured: without a network Playwright gives up after 4 s; where packets are swallowed this idle
# timeout ends it after 37 s. A proxy that never answers is left to the timeout of the whole.
DOWNLOAD_ENV = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "5000"}
DOWNLOAD_TIMEOUT_S = 300.0
DRIVER_LIBRARY = "libatomic1"


def browser(machine: Machine) -> str:
    """A browser that starts is installed; the cheapest one that this machine and user can have.

    A network may be closed to Playwright's downloads but open to the system's packages.
    """
    stamp = Stamp.of(machine, f"{VENV}/browser.stamp", "requirements.lock")
    if stamp.is_current() and _find(machine):
        return READY
    _require_driver(machine)
    chosen = _setting(machine)
    if not chosen and not _download_shell(machine) and machine.which(SHELL) is None:
        machine.install(SHELL)
    found = _find(machine)
    if found is None:
        raise SetupError(
            "no browser: Playwright's download is not reachable and no system package could be "
            f"installed; run: sudo apt-get install {SHELL} (or name one with {BROWSER_SETTING})"
        )
    _require_start(machine, found)
    stamp.write()
    return _described(machine, found)


def _require_driver(machine: Machine) -> None:
    """Playwright brings its own Node.js, which needs a library that a minimal Debian lacks."""
    version = [f"{machine.root / VENV}/bin/playwright", "--version"]
    if machine.run(version, timeout_s=60).ok:
        return
    if not (machine.install(DRIVER_LIBRARY) and machine.run(version, timeout_s=60).ok):
        raise SetupError(
            "Playwright does not start, as if a library were missing; "
            f"run: sudo apt-get install {DRIVER_LIBRARY}"
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
    remedy = f"run: sudo apt-get install --reinstall {found.executable.name}"
    if found.kind is Kind.SETTING:
        remedy = f"correct {BROWSER_SETTING}, or remove it"
    if found.kind is Kind.PLAYWRIGHT_SHELL:
        remedy = f"run: sudo {VENV}/bin/playwright install-deps {SHELL}"
    raise SetupError(f"{found.executable} does not start, as if libraries were missing; {remedy}")


def _described(machine: Machine, found: Browser) -> str:
    notes = [str(found.kind)]
    if found.warning:
        notes.append(f"WARNING: {found.warning}")
    if machine.which("fc-list") and not _speaks_korean(machine):
        notes.append("for readable Korean in screenshots: sudo apt-get install fonts-noto-cjk")
    return "; ".join(notes)


def _speaks_korean(machine: Machine) -> bool:
    return bool(machine.run(["fc-list", ":lang=ko"], timeout_s=20).output.strip())
