"""The parts of a merged run: a folder for each of them, as its runner left it, and a manifest.

Each part is a run of its own, with its shards under the seals that its workers gave them; a merged
run has no history but theirs. `houses` says what becomes of their names and times.
"""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import msgspec

from reports.shards import read_headers, shard_path
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from reports.history import Part

MANIFEST = "merged.json"
_RUN_ID = re.compile(r"[\w.-]{1,80}")


class MergeError(ValueError):
    """These folders cannot be put together; the words say which and why."""


class Merged(msgspec.Struct, frozen=True):
    """What a merged run says of itself: its name."""

    run_id: str


def folder_of(number: int) -> str:
    """What the folder of this part is called in a merged run."""
    return f"part-{number:02d}"


def part_folders(run_dir: Path) -> list[Path]:
    """The folders of a merged run's parts, in the order of their numbers; none of any other run."""
    if not (run_dir / MANIFEST).is_file():
        return []
    return sorted(path for path in run_dir.glob("part-*") if path.is_dir())


def shard_files(run_dir: Path) -> list[Path]:
    """Every shard of a run, in its parts' folders where it is a merged one."""
    folders = part_folders(run_dir) or [run_dir]
    return [path for one in folders for path in sorted(one.glob(shard_path(one, "*").name))]


def merged_id(run_dir: Path) -> str:
    """What a merged run is called; empty where its manifest cannot be read."""
    try:
        return msgspec.json.decode((run_dir / MANIFEST).read_bytes(), type=Merged).run_id
    except (ValueError, RecursionError):
        return ""


def merge(folders: Iterable[Path], run_dir: Path) -> None:
    """`run_dir` is a merged run of the parts in `folders`, of which nothing is changed.

    Parts that are missing or do not fit together are for judging to name. Raises MergeError where
    a folder is no part, or one part is there twice, or the run exists.
    """
    if not _RUN_ID.fullmatch(run_dir.name):
        raise MergeError(f"--run-id must be letters, digits, - . and _, got {run_dir.name!r}")
    parts = _by_number(folders)
    try:
        run_dir.mkdir(parents=True)
    except FileExistsError:
        raise MergeError(f"there is a run {run_dir.name} already; choose --run-id") from None
    try:
        for number, folder in parts.items():
            shutil.copytree(folder, run_dir / folder_of(number))
        (run_dir / MANIFEST).write_bytes(msgspec.json.encode(Merged(run_dir.name)) + b"\n")
    except BaseException:
        # Half of a run would be taken for all there is of it.
        shutil.rmtree(run_dir, ignore_errors=True)
        raise


def default_id(folders: Iterable[Path]) -> str:
    """What a merged run is called without a name: after the first of its parts."""
    ids = [header.run_id for folder in folders for header in read_headers(folder)]
    return f"{min(ids, default='')}-merged"


def _by_number(folders: Iterable[Path]) -> Mapping[int, Path]:
    parts: dict[int, Path] = {}
    for folder in folders:
        number = _part_of(folder).number
        if number in parts:
            raise MergeError(
                f"{one_line(str(parts[number]))} and {one_line(str(folder))} are both part {number}"
            )
        parts[number] = folder
    return dict(sorted(parts.items()))


def _part_of(folder: Path) -> Part:
    """The part that the shards in `folder` are of, as the first that knows says."""
    headers = read_headers(folder)
    part = next((header.part for header in headers if header.part), None)
    if part:
        return part
    if (folder / MANIFEST).exists():
        raise MergeError(f"{one_line(str(folder))} is a merged run; give its parts")
    if headers:
        raise MergeError(f"{one_line(str(folder))} is no part: its run had no --shard k/N")
    raise MergeError(
        f"{one_line(str(folder))}: no shard has a header that can be read, so nobody knows which "
        "part it is"
    )
