"""How set-up gets a browser: the commands it would run, in order, and what it says."""

from pathlib import Path

import pytest

from tests.tools.fresh import PLAYWRIGHT, Fresh
from tools.browser import browser
from tools.machine import SetupError


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


def test_a_removed_browser_is_noticed_in_spite_of_the_stamp(root: Path) -> None:
    fresh = Fresh(root, "apt-get")
    fresh.failing = [PLAYWRIGHT]
    browser(fresh.machine)
    fresh.installed.discard("chromium-headless-shell")

    assert browser(fresh.machine) == "the system's headless shell"
