"""The stored runs of a folder, each with what can be told of it at a glance.

Reads each run's `summary.json` and the first lines of its shards, and judges nothing: a run has the
verdict it was last given. A folder that is damaged, or no run at all, is listed with its problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from reports.history import HOUSE
from reports.parts import part_folders, shard_files
from reports.shards import is_closed, read_headers, shard_path
from reports.summary import Word

# Where the runs of this checkout are, and a link to the newest.
RUNS = Path(__file__).parent / "runs"
LATEST = Path(__file__).parent / "latest"

_BYTES_PER_MB = 1_000_000
# A run that was killed never says that it is over. Workers write every second, so one to which
# nothing was written for a day has nobody left who could.
_REST_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """One folder below the runs. `run_id` is its name, by which commands find it.

    `verdict` is None where no summary can be read; `started_at` and `users` are then the shards'
    own. `problem` is empty exactly where everything fits together.
    """

    run_id: str
    started_at: str = ""
    verdict: Word | None = None
    users: int | None = None
    size_mb: float = 0
    problem: str = ""


def list_runs(folder: Path) -> list[StoredRun]:
    """The runs in `folder`, the newest first and those without a date last."""
    if not folder.is_dir():
        return []
    runs = [_stored_run(path) for path in sorted(folder.iterdir()) if path.is_dir()]
    return sorted(runs, key=lambda run: (run.started_at, run.run_id), reverse=True)


def is_run(folder: Path) -> bool:
    """Whether `folder` has a shard to judge, in whatever state."""
    return bool(shard_files(folder))


def make_latest(link: Path, folder: Path) -> None:
    """`link` points at the run in `folder`, wherever the checkout is moved to."""
    link.unlink(missing_ok=True)
    link.symlink_to(folder.relative_to(link.parent))


def is_over(folder: Path) -> bool:
    """Nobody writes this run any more: it was judged after the house was closed, or it rests."""
    house, summary = shard_path(folder, HOUSE), folder / "summary.json"
    if part_folders(folder):
        return summary.is_file()
    if house.is_file() and summary.is_file() and is_closed(house):
        # A summary that is older was asked for by hand, while the run still went on.
        return summary.stat().st_mtime_ns >= house.stat().st_mtime_ns
    return datetime.now(UTC).timestamp() - _last_change_s(folder) > _REST_S


class _Share(msgspec.Struct):
    of: int


class _Users(msgspec.Struct):
    signed_in: _Share


class _Glance(msgspec.Struct):
    """The part of `summary.json` that every version of it has."""

    run_id: str
    started_at: str
    verdict: Word
    users: _Users


def _stored_run(path: Path) -> StoredRun:
    try:
        return _read(path)
    except OSError as error:
        return StoredRun(run_id=path.name, problem=f"cannot be read: {error.strerror}")


def _read(path: Path) -> StoredRun:
    size_mb = _size_mb(path)
    if not is_run(path):
        return StoredRun(run_id=path.name, size_mb=size_mb, problem="no run: it has no shards")
    headers = [one for part in part_folders(path) or [path] for one in read_headers(part)]
    glance = _glance(path / "summary.json")
    first = min(headers, key=lambda header: header.started_at, default=None)
    if isinstance(glance, _Glance):
        return StoredRun(
            run_id=path.name,
            started_at=glance.started_at,
            verdict=glance.verdict,
            users=glance.users.signed_in.of,
            size_mb=size_mb,
            problem=_misplaced(path, glance.run_id),
        )
    return StoredRun(
        run_id=path.name,
        started_at=first.started_at if first else "",
        users=len({user for header in headers for user in header.users}) if first else None,
        size_mb=size_mb,
        problem=glance if first else "damaged: no shard has a header that can be read",
    )


def _misplaced(path: Path, run_id: str) -> str:
    return "" if path.name == run_id else f"its summary is of the run {run_id!r}"


def _glance(path: Path) -> _Glance | str:
    """The summary, or why there is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Glance)
    except FileNotFoundError:
        return "not judged"
    except (ValueError, RecursionError):
        return "damaged: summary.json cannot be read"


def _last_change_s(folder: Path) -> float:
    """When anything in the folder was last written, in seconds since 1970."""
    return max(one.lstat().st_mtime for one in (folder, *folder.rglob("*")))


def _size_mb(path: Path) -> float:
    return sum(one.lstat().st_size for one in path.rglob("*") if one.is_file()) / _BYTES_PER_MB
