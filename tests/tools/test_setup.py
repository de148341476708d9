"""Set-up on machines that run nothing: the commands it would run, in order, and what it says."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tools import packages, setup
from tools.browser import browser
from tools.machine import NOT_STARTED, READY, TIMED_OUT, Finished, Machine, SetupError, run
from tools.packages import python_packages, supabase_js
from tools.steps import Step, perform

PLAYWRIGHT = ".venv/bin/playwright install --only-shell"
DRIVER = ".venv/lib/python3.11/site-packages/playwright/driver/package"


class Commands:
    """Runs nothing: remembers each command, and lets `react` play its effect and answer."""

    def __init__(self, react: Callable[[str], Finished | None]) -> None:
        self.seen: list[str] = []
        self.envs: list[Mapping[str, str]] = []
        self._react = react

    def __call__(
        self,
        command: Sequence[str],
        *,
        timeout_s: float,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Finished:
        assert timeout_s > 0
        self.seen.append(" ".join(command))
        self.envs.append(env or {})
        return self._react(self.seen[-1]) or Finished(code=0)

    def about(self, word: str) -> list[str]:
        return [command for command in self.seen if word in command]


class Fresh:
    """A checkout on a fresh machine; `installed` are the commands on its search path."""

    def __init__(self, root: Path, *installed: str, is_root: bool = True) -> None:
        self.installed = set(installed)
        self.root = root
        self.failing: list[str] = []
        self.commands = Commands(self._react)
        self.machine = Machine(
            root=root,
            run=self.commands,
            which=lambda name: f"/usr/bin/{name}" if name in self.installed else None,
            environ={"HOME": str(root / "home")},
            is_root=is_root,
            python="python3",
        )

    def _react(self, command: str) -> Finished | None:
        if any(word in command for word in self.failing):
            return Finished(code=1, output="cannot reach files.example")
        if "apt-get" in command and " install " in command:
            self.installed.add(command.split()[-1])
        if "-m venv" in command:
            (self.root / command.split()[-1]).mkdir(exist_ok=True)
        if command.endswith("npm ci --no-audit --no-fund --loglevel=error"):
            (self.root / "eventlive/site/node_modules").mkdir()
        if command == f"{self.root}/{PLAYWRIGHT} chromium":
            self._download()
        if command == "node --version":
            return Finished(code=0, output="v22.1.0\n")
        return None

    def _download(self) -> None:
        home = self.root / "home/.cache/ms-playwright/chromium_headless_shell-1255"
        shell = home / "chrome-headless-shell-linux64/chrome-headless-shell"
        shell.parent.mkdir(parents=True)
        shell.touch(mode=0o755)
        (home / "INSTALLATION_COMPLETE").touch()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout whose environment is there, so that each step can be tested by itself."""
    (tmp_path / "requirements.lock").write_text("pytest==9.2.0\n")
    (tmp_path / "eventlive/site").mkdir(parents=True)
    (tmp_path / "eventlive/site/package-lock.json").write_text("{}\n")
    driver = tmp_path / DRIVER
    driver.mkdir(parents=True)
    entries = [{"name": "chromium-headless-shell", "revision": "1255"}]
    (driver / "browsers.json").write_text(json.dumps({"browsers": entries}))
    return tmp_path


def test_the_first_choice_is_playwrights_own_download_with_its_dependencies(root: Path) -> None:
    fresh = Fresh(root, "apt-get", "chromium-headless-shell")

    outcome = browser(fresh.machine)

    assert outcome == "Playwright's headless shell"
    assert fresh.commands.about("playwright install") == [
        f"{root}/{PLAYWRIGHT} chromium",
        f"{root}/{PLAYWRIGHT} --with-deps chromium",
    ]
    assert not fresh.commands.about("apt-get")


def test_the_download_gives_up_soon_unless_the_person_says_otherwise(root: Path) -> None:
    fresh = Fresh(root)
    browser(fresh.machine)

    download = fresh.commands.seen.index(f"{root}/{PLAYWRIGHT} chromium")
    assert fresh.commands.envs[download]["PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT"] == "5000"


def test_an_ordinary_user_downloads_without_system_dependencies(root: Path) -> None:
    fresh = Fresh(root, "apt-get", is_root=False)

    assert browser(fresh.machine) == "Playwright's headless shell"
    assert not fresh.commands.about("--with-deps")


def test_a_closed_download_falls_back_to_the_system_package(root: Path) -> None:
    fresh = Fresh(root, "apt-get")
    fresh.failing = [PLAYWRIGHT]

    assert browser(fresh.machine) == "the system's headless shell"
    apt = "env DEBIAN_FRONTEND=noninteractive apt-get -q"
    assert fresh.commands.about("apt-get") == [
        f"{apt} update",
        f"{apt} install -y --no-install-recommends chromium-headless-shell",
    ]
    assert not fresh.commands.about("--with-deps")


def test_a_system_shell_that_is_there_is_not_installed_again(root: Path) -> None:
    fresh = Fresh(root, "apt-get", "chromium-headless-shell")
    fresh.failing = [PLAYWRIGHT]

    assert browser(fresh.machine) == "the system's headless shell"
    assert not fresh.commands.about("apt-get")


def test_sudo_is_used_only_when_it_needs_no_password(root: Path) -> None:
    fresh = Fresh(root, "apt-get", "sudo", is_root=False)
    fresh.failing = [PLAYWRIGHT]

    assert browser(fresh.machine) == "the system's headless shell"
    assert all(command.startswith("sudo -n ") for command in fresh.commands.about("apt-get"))


def test_without_permission_the_command_to_run_is_named(root: Path) -> None:
    fresh = Fresh(root, "apt-get", "sudo", is_root=False)
    fresh.failing = [PLAYWRIGHT, "sudo"]

    with pytest.raises(SetupError, match=r"no browser.*run: sudo apt-get .*-headless-shell "):
        browser(fresh.machine)


def test_full_chromium_is_the_last_resort_and_warned_about(root: Path) -> None:
    fresh = Fresh(root, "chromium", is_root=False)
    fresh.failing = [PLAYWRIGHT]

    assert "WARNING: full Chromium costs" in browser(fresh.machine)


def test_a_browser_named_in_the_settings_needs_no_download(root: Path) -> None:
    (root / "my-browser").touch(mode=0o755)
    (root / ".env").write_text(f'SOUNDCHECK_BROWSER="{root}/my-browser"\n')
    fresh = Fresh(root)

    assert browser(fresh.machine) == "the one named in the settings"
    assert fresh.commands.seen == [
        f"{root}/.venv/bin/playwright --version",
        f"{root}/my-browser --version",
    ]


def test_a_wrong_browser_setting_stops_set_up_instead_of_being_replaced(root: Path) -> None:
    (root / ".env").write_text("SOUNDCHECK_BROWSER=/no/such/browser\n")

    with pytest.raises(SetupError, match="must name an executable file, got /no/such/browser"):
        browser(Fresh(root, "chromium-headless-shell").machine)


def test_a_browser_that_cannot_start_names_what_installs_its_libraries(root: Path) -> None:
    fresh = Fresh(root, is_root=False)
    fresh.failing = ["chrome-headless-shell --version"]

    with pytest.raises(SetupError, match=r"does not start.*playwright install-deps"):
        browser(fresh.machine)


def test_a_library_that_playwright_itself_misses_is_installed_or_named(root: Path) -> None:
    fresh = Fresh(root, "apt-get")
    fresh.failing = ["playwright --version"]

    with pytest.raises(SetupError, match=r"run: sudo apt-get install libatomic1$"):
        browser(fresh.machine)
    assert fresh.commands.seen[2].endswith("libatomic1")
    assert len(fresh.commands.about("playwright --version")) == 2


def test_a_missing_korean_font_is_suggested_and_not_installed(root: Path) -> None:
    fresh = Fresh(root, "apt-get", "fc-list")

    assert browser(fresh.machine).endswith("sudo apt-get install fonts-noto-cjk")
    assert not fresh.commands.about("noto")


def test_a_step_already_done_runs_no_command(root: Path) -> None:
    fresh = Fresh(root, "npm")
    done = [python_packages, browser, supabase_js]
    for act in done:
        act(fresh.machine)
    fresh.commands.seen.clear()

    assert [act(fresh.machine) for act in done] == [READY] * 3
    assert fresh.commands.seen == ["node --version"]


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


def test_a_removed_browser_is_noticed_in_spite_of_the_stamp(root: Path) -> None:
    fresh = Fresh(root, "apt-get")
    fresh.failing = [PLAYWRIGHT]
    browser(fresh.machine)
    fresh.installed.discard("chromium-headless-shell")

    assert browser(fresh.machine) == "the system's headless shell"


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
