"""Whether a history fits into this machine's memory: asked before any of it is read.

The kernel kills a process that takes more than there is, and what is killed says nothing. Knows the
files' sizes and what the kernel says is available; a container's own limit is not seen.
"""

from __future__ import annotations

from pathlib import Path

from reports.parts import shard_files

# Bytes of memory at the peak of the costliest command, per byte of history. Measured on healthy
# runs of 146 to 553 MB (1,000,000 to 4,000,000 receipts): 2.2 for `judge` with its page
# (`make bench`), 1.5 for `show` and `explain`, 2.3 to 2.6 for `compare`. Cases come on top, and so
# a run in which every delivery is wrong takes more: `judge` up to 4.3.
MEMORY_PER_BYTE = 2.6
_MEMINFO = Path("/proc/meminfo")
_BYTES_PER_KB = 2**10
_BYTES_PER_GB = 2**30


class HistoryTooLargeError(MemoryError):
    """There is not enough memory for a history; the words say how much, and what to do."""


def require_memory(*run_dirs: Path) -> None:
    """The histories in `run_dirs` fit into the available memory, all of them together.

    Raises HistoryTooLargeError where they do not. Where nobody tells what is available (systems
    other than Linux), nothing is refused.
    """
    size = sum(map(_size_of, run_dirs))
    needed, available = round(size * MEMORY_PER_BYTE), available_bytes()
    if available is not None and needed > available:
        raise HistoryTooLargeError(
            f"{_gb(size)} of history need about {_gb(needed)} of memory, and {_gb(available)} are "
            "available: use another machine, or give this one more memory"
        )


def available_bytes() -> int | None:
    """The memory that can be had without taking any from others; None where nobody tells."""
    try:
        lines = _MEMINFO.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    told = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(told[0]) * _BYTES_PER_KB if told else None


def _size_of(run_dir: Path) -> int:
    return sum(path.stat().st_size for path in shard_files(run_dir))


def _gb(size: int) -> str:
    return f"{size / _BYTES_PER_GB:,.1f} GB"
