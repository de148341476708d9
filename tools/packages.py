"""Pinned packages: Python's in virtual environments, npm's beside what is bundled of them."""

import sys
from importlib.util import find_spec

from tools.machine import INSTALLED, READY, VENV, Machine, SetupError, require
from tools.stamp import Stamp

SITE = "eventlive/site"
PAGE = "reports/page"
VENV_TIMEOUT_S = 120.0
PIP_TIMEOUT_S = 1800.0
NPM_TIMEOUT_S = 600.0
BUILT = "built"
COMPILED = "compiled"
# Python packages that a rehearsal imports.
SUITE = ("e2e", "eventlive", "fixtures", "reports", "scenarios")
# A Node.js that does not come from the system otherwise ignores certificates added to the system.
NPM_ENV = {"NODE_USE_SYSTEM_CA": "1"}
# supabase-js no longer supports older ones.
OLDEST_NODE = 20


def python_packages(machine: Machine) -> str:
    """The suite's virtual environment holds exactly what requirements.lock names."""
    return _environment(machine, VENV, "requirements.lock")


def supabase_py(machine: Machine) -> str:
    """supabase-py has an environment of its own: it needs websockets < 16, the suite newer."""
    return _environment(machine, ".venv-supabase-py", "tests/clients/requirements.lock")


def locust(machine: Machine) -> str:
    """Locust has an environment of its own: gevent patches the standard library for everybody."""
    return _environment(machine, ".venv-locust", "tools/bench/rivals/requirements.lock")


def supabase_js(machine: Machine) -> str:
    """The site's npm packages are those of its lock file; Node.js is there for the tests too."""
    return _npm_packages(machine, SITE)


def site_bundle(machine: Machine) -> str:
    """The site's pages run what its sources say: one script and one stylesheet per document."""
    return _bundle(machine, SITE)


def echarts(machine: Machine) -> str:
    """The report page's npm packages are those of its lock file."""
    return _npm_packages(machine, PAGE)


def page_bundle(machine: Machine) -> str:
    """The report page runs what its sources say: one script per edition, and one stylesheet."""
    return _bundle(machine, PAGE)


def bytecode(machine: Machine) -> str:
    """Python's code of this checkout is compiled, as that of installed packages is.

    Where the environment keeps Python from doing so (PYTHONDONTWRITEBYTECODE, usual in containers)
    each worker would compile all of it for itself: 0.35 s of CPU in each of 16. pytest keeps apart
    what it rewrites, so it is pytest that compiles.
    """
    files = (path for name in SUITE for path in machine.root.glob(f"{name}/**/*.py"))
    sources = sorted(str(path.relative_to(machine.root)) for path in files)
    stamp = Stamp.of(machine, f"{VENV}/bytecode.stamp", "requirements.lock", *sources)
    if stamp.is_current():
        return READY
    python = f"{machine.root / VENV}/bin/python"
    # Empty counts as not set.
    compiling = {"PYTHONDONTWRITEBYTECODE": ""}
    for words in (["pytest", "-q", "--collect-only", "e2e"], ["eventlive", "--list-defects"]):
        command = [python, "-m", *words]
        done = machine.run(command, timeout_s=VENV_TIMEOUT_S, cwd=machine.root, env=compiling)
        if not done.ok:
            # Somebody is at work on it; whoever runs it will see what is wrong.
            return f"not now: {words[0]} does not start"
    stamp.write()
    return COMPILED


def _npm_packages(machine: Machine, folder: str) -> str:
    npm = _npm(machine)
    lock = f"{folder}/package-lock.json"
    stamp = Stamp.of(machine, f"{folder}/node_modules/setup.stamp", lock)
    if stamp.is_current():
        return READY
    command = [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    finished = machine.run(command, timeout_s=NPM_TIMEOUT_S, cwd=machine.root / folder, env=NPM_ENV)
    require(machine, finished, f"npm could not install {lock}")
    stamp.write()
    return INSTALLED


def _bundle(machine: Machine, folder: str) -> str:
    npm = _npm(machine)
    place = machine.root / folder
    files = (path for path in place.glob("src/**/*") if path.is_file())
    sources = sorted(str(path.relative_to(machine.root)) for path in files)
    names = ("package-lock.json", "package.json", "build.js")
    inputs = [*(f"{folder}/{name}" for name in names), *sources]
    stamp = Stamp.of(machine, f"{folder}/dist/setup.stamp", *inputs)
    if stamp.is_current():
        return READY
    finished = machine.run([npm, "run", "build"], timeout_s=NPM_TIMEOUT_S, cwd=place)
    require(machine, finished, f"npm could not build {folder}")
    stamp.write()
    return BUILT


def _environment(machine: Machine, name: str, lock: str) -> str:
    stamp = Stamp.of(machine, f"{name}/setup.stamp", lock)
    if stamp.is_current():
        return READY
    if not _has_ensurepip():
        _install_venv_support(machine)
    # Afresh, because pip adds and replaces but never removes what a lock no longer names.
    command = [machine.python, "-m", "venv", "--clear", name]
    made = machine.run(command, timeout_s=VENV_TIMEOUT_S, cwd=machine.root)
    require(machine, made, f"Python could not make the virtual environment {name}")
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
    require(machine, finished, f"pip could not install {lock}")


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
