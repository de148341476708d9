"""Whose CPU and memory is measured: everything that is started within a block, and all it starts.

Where Linux lets us make a control group (cgroup v2), that group counts, and those who have ended
are counted too. Anywhere else processes are told by their parents and by a mark in their
environment, which also finds those that went to the background, and looks from time to time count.
"""

from __future__ import annotations

import os
import secrets
import signal
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "BENCH_GROUP"  # no setting of the suite, which refuses those it does not know
END_TIMEOUT_S = 20.0
END_INTERVAL_S = 0.05
US_PER_S = 1_000_000
_MOUNTS, _MEMBERSHIP = Path("/proc/self/mountinfo"), Path("/proc/self/cgroup")


@contextmanager
def new_group() -> Iterator[Group]:
    """A group for the block; nothing of it runs afterwards."""
    group = _control_group() or Kin(secrets.token_hex(8))
    try:
        yield group
    finally:
        _end(group)
        if isinstance(group, ControlGroup):
            group.remove()


class ControlGroup:
    """A group that the kernel keeps."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def joined(self) -> Iterator[None]:
        """What is started within the block belongs to the group, with all that it starts."""
        _enter(self._folder)
        try:
            yield
        finally:
            _enter(self._folder.parent)

    def pids(self) -> list[int]:
        """Those that run now."""
        own = os.getpid()
        listed = (self._folder / "cgroup.procs").read_text().split()
        return [pid for pid in map(int, listed) if pid != own]

    def cpu_s(self) -> float:
        """CPU-seconds of all that ever belonged to it."""
        return cpu_s_in((self._folder / "cpu.stat").read_text())

    def peak_mb(self) -> int | None:
        """The most memory that it ever held; None where its parent's memory is not divided."""
        with suppress(OSError):
            return int((self._folder / "memory.peak").read_text()) // 2**20
        return None

    def remove(self) -> None:
        """The kernel has forgotten the group; a process that cannot be ended keeps it."""
        deadline_s = monotonic() + END_TIMEOUT_S
        while not self._is_removed() and monotonic() < deadline_s:
            threading.Event().wait(END_INTERVAL_S)

    def _is_removed(self) -> bool:
        # Who is about to end is listed no more, and keeps the group for a moment.
        with suppress(OSError):
            self._folder.rmdir()
        return not self._folder.exists()


class Kin:
    """A group told by parents and by a mark in the environment."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._ours: dict[int, psutil.Process] = {}
        self._strangers: set[int] = set()

    @contextmanager
    def joined(self) -> Iterator[None]:
        """What is started within the block carries the mark."""
        self._strangers = set(psutil.pids())
        before = os.environ.get(MARK)
        os.environ[MARK] = self._mark
        try:
            yield
        finally:
            os.environ.pop(MARK)
            if before is not None:
                os.environ[MARK] = before

    def pids(self) -> list[int]:
        """Those that run now."""
        there = psutil.pids()
        self._strangers.intersection_update(there)
        for pid in there:
            if pid not in self._ours and pid not in self._strangers:
                self._look_at(pid)
        return [pid for pid, process in self._ours.items() if process.is_running()]

    def cpu_s(self) -> None:
        """Nobody counts those who have ended."""

    def peak_mb(self) -> None:
        """Nobody counts it."""

    def _look_at(self, pid: int) -> None:
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            is_child = process.ppid() in self._ours
            if is_child or process.environ().get(MARK) == self._mark:
                self._ours[pid] = process
                return
        self._strangers.add(pid)


Group = ControlGroup | Kin


def own_folder(mounts: str, membership: str) -> Path | None:
    """Where this process's own control group is, from `mountinfo` and `cgroup` of proc(5).

    None where there is no cgroup v2, or where it is out of this process's sight.
    """
    lines = (line.partition("::") for line in membership.splitlines() if line.startswith("0::"))
    own = next((Path(path) for _, _, path in lines), None)
    for line in mounts.splitlines():
        place, _, kind = line.partition(" - ")
        if own and kind.startswith("cgroup2 "):
            root, mounted_at = place.split()[3:5]
            if own.is_relative_to(root):
                return Path(mounted_at) / own.relative_to(root)
    return None


def cpu_s_in(stat: str) -> float:
    """The CPU-seconds that a `cpu.stat` names."""
    figures = dict(line.split() for line in stat.splitlines() if line.count(" ") == 1)
    return int(figures["usage_usec"]) / US_PER_S


def _control_group() -> ControlGroup | None:
    """A new group below our own; None where there is none to be had, or we may not go there."""
    try:
        own = own_folder(_MOUNTS.read_text(), _MEMBERSHIP.read_text())
        if own is None:
            return None
        folder = own / f"soundcheck-bench-{secrets.token_hex(4)}"
        folder.mkdir()
    except OSError:
        return None
    group = ControlGroup(folder)
    try:
        with group.joined():
            group.cpu_s()
    except OSError:
        group.remove()
        return None
    return group


def _enter(folder: Path) -> None:
    (folder / "cgroup.procs").write_text(str(os.getpid()))


def _end(group: Group) -> None:
    """Everything that still belongs to the group is ended, with whatever it starts meanwhile."""
    over = threading.Event()
    deadline_s = monotonic() + END_TIMEOUT_S
    while (left := group.pids()) and monotonic() < deadline_s:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        over.wait(END_INTERVAL_S)
