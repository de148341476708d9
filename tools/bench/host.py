"""The machine that figures were measured on, and whether it was busy with something else."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

import psutil

# From here on others take time from what is measured.
BUSY_PER_CORE = 0.3
_CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One machine, and how many of its processes wanted a core in the last minute, per core."""

    processor: str
    cores: int
    memory_mb: int
    system: str
    python: str
    load_per_core: float

    @property
    def warning(self) -> str:
        """What whoever reads the figures must know; empty where the machine was idle."""
        if self.load_per_core < BUSY_PER_CORE:
            return ""
        return f"the machine is busy (load {self.load_per_core:.1f} per core): figures will vary"


def this_host() -> Host:
    """This machine, now."""
    cores = psutil.cpu_count() or 1
    return Host(
        processor=processor_in(_CPUINFO.read_text() if _CPUINFO.exists() else ""),
        cores=cores,
        memory_mb=psutil.virtual_memory().total // 2**20,
        system=platform.platform(),
        python=platform.python_version(),
        load_per_core=round(psutil.getloadavg()[0] / cores, 2),
    )


def processor_in(cpuinfo: str) -> str:
    """The model that a `cpuinfo` of Linux names; anywhere else what Python knows of it."""
    _, _, rest = cpuinfo.partition("model name")
    return rest.partition("\n")[0].strip("\t :") or platform.processor() or platform.machine()
