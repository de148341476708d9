"""Runs to look at, as folders: whole ones, and what can be wrong with one."""

from __future__ import annotations

from contextlib import closing
from random import Random
from typing import TYPE_CHECKING

from reports.history import HOUSE, Receipt
from reports.shards import ShardWriter, read_shard
from tests.reports.histories import header, healthy, write_shard
from tests.reports.histories import write_run as write_ops
from tools.synthetic import write_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

USERS = 400
SENDS = 2
LOST = 20_000
SILENT, DEAF = "u0042", "u0300"


def full_house(folder: Path, users: int = USERS) -> Path:
    """A run in which everybody received everything."""
    folder.mkdir(parents=True)
    write_run(folder, users=users, sends_per_user=SENDS)
    return folder


def lossy_house(folder: Path) -> Path:
    """LOST deliveries of a full house never came: all that SILENT said, all that DEAF should have
    heard, and the others here and there.
    """
    full_house(folder)
    whole = 2 * USERS * SENDS - SENDS  # a row and a column, which meet in one pair
    share = (LOST - whole) / (USERS * USERS * SENDS - whole)
    draw = Random(6).random
    lose(folder, lambda one: one.author == SILENT or one.user == DEAF or draw() < share)
    return folder


def lose(folder: Path, is_lost: Callable[[Receipt], bool]) -> None:
    """The receipts of which `is_lost` says so are in no shard any more, and all are sealed."""
    for path in sorted(folder.glob("history-*.jsonl")):
        shard = read_shard(path)
        assert shard.header is not None
        path.unlink()
        with closing(ShardWriter(path, shard.header)) as writer:
            for op in shard.ops:
                if not (isinstance(op, Receipt) and is_lost(op)):
                    writer.append(op)


def torn_house(folder: Path) -> Path:
    """A worker died: its shard ends in the middle of a line."""
    full_house(folder, users=8)
    path = min(folder.glob("history-shard*.jsonl"))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return folder


def empty_house(folder: Path) -> Path:
    """A run that was stopped before anybody came."""
    folder.mkdir(parents=True)
    write_shard(folder, header([], HOUSE), [])
    return folder


def house_of_one(folder: Path) -> Path:
    """One user, who hears herself."""
    folder.mkdir(parents=True)
    write_ops(folder, {"shard00": ["ada"]}, healthy(["ada"]))
    return folder
