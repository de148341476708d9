"""What kind of process somebody is, as the command line tells, and the CPU that each kind takes.

A census looks at a group's processes every now and then. Whoever ended keeps the seconds of the
last look; what came after it is of no kind, and where the kernel counts the whole group it shows
as the difference.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath
from time import monotonic_ns
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tools.bench.groups import Group

INTERVAL_S = 0.5
# A fresh process still looks like the one it was forked from.
SETTLED_LOOKS = 3


class Kind(StrEnum):
    """Kinds of processes, as the table names them."""

    CONTROLLER = "pytest"
    WORKER = "workers"
    DRIVER = "drivers"
    BROWSER = "browsers"
    RENDERER = "renderers"
    HELPER = "helpers"  # of a browser: GPU, network, zygotes
    TARGET = "target"
    DATABASE = "database"
    OTHER = "other"
    UNSEEN = "unseen"  # what those who ended took after the last look


def kind_of(command: Sequence[str]) -> Kind:
    """What a process with this command line is."""
    if not command:
        return Kind.OTHER
    name = PurePath(command[0]).name
    # Chromium and PostgreSQL write their own command lines, as one word.
    words = " ".join(command).split()
    if "--type=renderer" in words:
        return Kind.RENDERER
    if any(word.startswith("--type=") for word in words):
        return Kind.HELPER
    if "chrom" in name or "headless" in name:
        return Kind.BROWSER
    if name.startswith("node"):
        return Kind.DRIVER
    if name.startswith(("postgres", "initdb", "pg_ctl")):
        return Kind.DATABASE
    return _kind_of_python(words) if name.startswith("python") else Kind.OTHER


def _kind_of_python(words: Sequence[str]) -> Kind:
    arguments = words[1:]
    if "eventlive" in arguments or any(one.endswith("watchdog.py") for one in arguments):
        return Kind.TARGET
    # execnet, by which xdist starts its workers, hands them their program on stdin.
    if "-c" in arguments or any(PurePath(one).name == "locust" for one in arguments):
        return Kind.WORKER
    return Kind.CONTROLLER if "pytest" in arguments else Kind.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """CPU-seconds by kind since the begin, at one time of the monotonic clock."""

    at_ns: int
    cpu_s: Mapping[Kind, float]


@dataclass(slots=True, kw_only=True)
class _Seen:
    process: psutil.Process
    kind: Kind = Kind.OTHER
    looks: int = 0
    cpu_s: float = 0.0


@dataclass(slots=True)
class Census:
    """Looks at a group from `__enter__` to `__exit__`; `free_mb_least` is the machine's memory."""

    group: Group
    looks: list[Look] = field(default_factory=list)
    free_mb_least: int = 2**62
    _seen: dict[int, _Seen] = field(default_factory=dict)
    _gone: defaultdict[Kind, float] = field(default_factory=lambda: defaultdict(float))
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Census:
        self.look()
        self._thread = threading.Thread(target=self._look_until_stopped, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        assert self._thread is not None
        self._stopping.set()
        self._thread.join()
        self.look()

    def look(self) -> None:
        """One look at everybody."""
        self.free_mb_least = min(self.free_mb_least, free_mb())
        there = set(self.group.pids())
        for pid in self._seen.keys() - there:
            self._bury(pid)
        for pid in there:
            self._look_at(pid)
        total_s = self.group.cpu_s()
        cpu_s = self._gone.copy()
        for one in self._seen.values():
            cpu_s[one.kind] += one.cpu_s
        if total_s is not None:
            # Two clocks tick differently: a little less than nothing is nothing.
            cpu_s[Kind.UNSEEN] = max(0.0, total_s - sum(cpu_s.values()))
        self.looks.append(Look(at_ns=monotonic_ns(), cpu_s=dict(cpu_s)))

    def _look_at(self, pid: int) -> None:
        try:
            if pid not in self._seen:
                self._seen[pid] = _Seen(process=psutil.Process(pid))
            seen = self._seen[pid]
            times = seen.process.cpu_times()
            seen.cpu_s = times.user + times.system
            if seen.looks < SETTLED_LOOKS:
                seen.looks += 1
                seen.kind = kind_of(seen.process.cmdline() or [seen.process.name()])
        except psutil.Error:
            self._bury(pid)

    def _bury(self, pid: int) -> None:
        if gone := self._seen.pop(pid, None):
            self._gone[gone.kind] += gone.cpu_s

    def _look_until_stopped(self) -> None:
        while not self._stopping.wait(INTERVAL_S):
            self.look()


def free_mb() -> int:
    """Memory of this machine that could be had."""
    return int(psutil.virtual_memory().available // 2**20)
