"""Set-up on machines that run nothing: the commands it would run, in order, and what it says."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.fresh import Fresh
from tools import packages, setup
from tools.browser import browser
from tools.machine import NOT_STARTED, READY, TIMED_OUT, Machine, SetupError, run
from tools.packages import (
    bytecode,
    echarts,
    locust,
    page_bundle,
    python_packages,
    site_bundle,
    supabase_js,
)
from tools.steps import Step, perform


def test_a_step_already_done_runs_no_command(root: Path) -> None:
    fresh = Fresh(root, "npm")
    done = [python_packages, browser, supabase_js, site_bundle, echarts, page_bundle]
    for act in done:
        act(fresh.machine)
    fresh.commands.seen.clear()

    assert [act(fresh.machine) for act in done] == [READY] * 6
    assert fresh.commands.seen == ["node --version"] * 4


def test_a_changed_lock_makes_the_environment_afresh(root: Path) -> None:
    fresh = Fresh(root)
    python_packages(fresh.machine)
    (root / "requirements.lock").write_text("pytest==9.2.1\n")
    fresh.commands.seen.clear()

    assert python_packages(fresh.machine) == "installed"
    assert fresh.commands.seen == [
        "python3 -m venv --clear .venv",
        f"{root}/.venv/bin/python -m pip --quiet --no-input install "
        "--disable-pip-version-check --require-hashes -r requirements.lock",
    ]


@pytest.fixture
def no_ensurepip(monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian's Python as it comes: venv without the pip to put into it."""
    monkeypatch.setattr(packages, "_has_ensurepip", lambda: False)


@pytest.mark.usefixtures("no_ensurepip")
def test_root_gets_the_missing_venv_package_installed(root: Path) -> None:
    fresh = Fresh(root, "apt-get")

    assert python_packages(fresh.machine) == "installed"
    assert re.search(r"install .* python3\.\d+-venv$", fresh.commands.seen[1])


@pytest.mark.usefixtures("no_ensurepip")
def test_an_ordinary_user_is_told_which_venv_package_is_missing(root: Path) -> None:
    fresh = Fresh(root, "apt-get", is_root=False)

    with pytest.raises(
        SetupError, match=r"run: sudo apt-get update && .*install python3\.\d+-venv"
    ):
        python_packages(fresh.machine)


def test_the_machines_npm_is_used_when_its_node_is_recent(root: Path) -> None:
    fresh = Fresh(root, "npm")

    supabase_js(fresh.machine)

    assert fresh.commands.about("npm ci") == [
        "/usr/bin/npm ci --no-audit --no-fund --loglevel=error"
    ]
    assert not fresh.commands.about("pip")


def test_a_machine_without_npm_gets_it_from_a_pinned_python_package(root: Path) -> None:
    fresh = Fresh(root)

    supabase_js(fresh.machine)

    assert fresh.commands.seen[0].endswith("--require-hashes -r tools/node.lock")
    assert fresh.commands.seen[1].startswith(f"{root}/.venv/bin/npm ci")


@pytest.mark.parametrize(
    ("act", "folder"), [(site_bundle, "eventlive/site"), (page_bundle, "reports/page")]
)
def test_changed_sources_are_bundled_again(
    root: Path, act: Callable[[Machine], str], folder: str
) -> None:
    fresh = Fresh(root, "npm")
    act(fresh.machine)
    (root / folder / "src/app.js").write_text("start();\n")

    assert act(fresh.machine) == "built"
    assert fresh.commands.about("run build") == ["/usr/bin/npm run build"] * 2


def test_the_suites_python_is_compiled_whatever_the_environment_forbids(root: Path) -> None:
    fresh = Fresh(root)
    (root / "fixtures").mkdir()
    (root / "fixtures/run.py").write_text("start()\n")

    assert [bytecode(fresh.machine), bytecode(fresh.machine)] == ["compiled", READY]
    assert fresh.commands.seen == [
        f"{root}/.venv/bin/python -m pytest -q --collect-only e2e",
        f"{root}/.venv/bin/python -m eventlive --list-defects",
    ]
    assert fresh.commands.envs == [{"PYTHONDONTWRITEBYTECODE": ""}] * 2

    (root / "fixtures/run.py").write_text("stop()\n")
    assert bytecode(fresh.machine) == "compiled"


def test_code_that_does_not_start_is_no_reason_to_stop(root: Path) -> None:
    fresh = Fresh(root)
    fresh.failing = ["eventlive"]

    assert bytecode(fresh.machine) == "not now: eventlive does not start"

    fresh.failing = []
    assert bytecode(fresh.machine) == "compiled"


def test_locust_has_an_environment_of_its_own(root: Path) -> None:
    (root / "tools/bench/rivals").mkdir(parents=True)
    (root / "tools/bench/rivals/requirements.lock").write_text("locust==2.47.0\n")
    fresh = Fresh(root)

    assert locust(fresh.machine) == "installed"
    assert fresh.commands.about("pip")[0].startswith(f"{root}/.venv-locust/bin/python")


def test_a_failure_keeps_the_details_in_a_file_and_hosts_out_of_the_message(root: Path) -> None:
    fresh = Fresh(root)
    fresh.failing = ["pip"]

    with pytest.raises(SetupError) as stopped:
        python_packages(fresh.machine)

    assert str(stopped.value) == (
        "pip could not install requirements.lock (details: .venv/setup.log); "
        "check the network, then run: make setup"
    )
    assert "files.example" in (root / ".venv/setup.log").read_text()


def test_each_step_is_one_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    perform(Fresh(root).machine, [Step(title="first", act=lambda _: READY)] * 2)

    assert capsys.readouterr().out == "first ... ready\nfirst ... ready\n"


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (SetupError("no browser; run: make setup"), 1, "set-up stopped: no browser; run: make"),
        (PermissionError(13, "Permission denied", ".venv"), 1, "must be complete and yours"),
        (KeyboardInterrupt(), 130, "run it again to go on"),
    ],
)
def test_set_up_stops_with_one_sentence_and_an_honest_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    sentence: str,
) -> None:
    def stop(_: Machine) -> str:
        raise error

    monkeypatch.setattr(setup, "STEPS", (Step(title="step", act=stop),))

    assert setup.main([]) == code
    assert sentence in capsys.readouterr().err


def test_a_command_that_hangs_is_ended_with_its_children() -> None:
    # The child inherits the output pipe: were it left alive, reading would wait for it.
    finished = run(["sh", "-c", "sleep 60 & wait"], timeout_s=0.1)

    assert finished.code == TIMED_OUT


def test_a_command_that_does_not_exist_is_a_failure_and_no_exception() -> None:
    assert run(["no-such-command"], timeout_s=1).code == NOT_STARTED
