"""Runs to look at, as folders: whole ones, and what can be wrong with one."""

from __future__ import annotations

from contextlib import closing
from random import Random
from typing import TYPE_CHECKING

from msgspec import structs

from reports.history import HOUSE, Outcome, Promise, Receipt
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
PROMISE = "e2e/chat/test_x.py::test_<b>everybody</b>_hears"
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


def deaf_house(folder: Path, users: int, *, slower_s: float = 0.0, deaf: int = 0) -> Path:
    """Everybody hears everything `slower_s` later; the first `deaf` users hear no greeting.

    Where anybody is deaf, PROMISE is broken as well.
    """
    folder.mkdir(parents=True)
    names = [f"u{number:02}" for number in range(users)]
    ops = [later(op, slower_s) if isinstance(op, Receipt) else op for op in healthy(names)]
    kept = [op for op in ops if not (isinstance(op, Receipt) and is_missed(op, names[:deaf]))]
    promise = Promise(name=PROMISE, outcome=Outcome.FAIL if deaf else Outcome.OK)
    write_ops(folder, {"shard00": names}, [*kept, promise], run_id=folder.name)
    return folder


def is_missed(receipt: Receipt, deaf: list[str]) -> bool:
    """It is of a greeting, at one of the deaf."""
    return receipt.user in deaf and receipt.digest == "digest-0"


def later(receipt: Receipt, by_s: float) -> Receipt:
    """The same, `by_s` seconds later."""
    return structs.replace(receipt, at_ns=receipt.at_ns + round(by_s * 1000) * 1_000_000)
