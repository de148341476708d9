"""A house among several: the ops of one part of a run, in the names and times of the merged run.

Runners know nothing of each other: each has a `shard00`, a message `100` and a clock of its own. In
a merged run shards and messages carry the name of their part, and every part begins at the same
moment, so that times count from its own beginning. Nothing here reads a file or judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from sys import intern
from typing import TYPE_CHECKING, TypeVar, cast

from msgspec.structs import replace

from reports.history import Fault

if TYPE_CHECKING:
    from reports.history import AnyOp, Header, Op

    T = TypeVar("T", bound=Op)

# Members that mean the same in every kind of op that has them: names that only one house knows,
# lists of such names, and moments of its clock.
NAMES = frozenset({"call", "message_id", "shard"})
LISTS = frozenset({"message_ids", "missing", "shards"})
MOMENT = "at_ns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a house stands in a merged run.

    `folder` names its part, `by_ns` is what its clock is put forward by, `users` are all its own.
    """

    folder: str
    by_ns: int
    users: tuple[str, ...]

    def head(self, header: Header) -> Header:
        """The header as the merged run has it. What was broken on purpose was so in one part."""
        defects = [f"{defect} ({self.folder})" for defect in header.defects]
        return replace(self._placed(header), defects=defects)

    def move(self, ops: list[AnyOp]) -> None:
        """All these ops are those of the merged run; one at a time, since there are very many."""
        for place, op in enumerate(ops):
            ops[place] = self._placed(op)

    def _placed(self, op: T) -> T:
        if isinstance(op, Fault) and not op.users:
            # It hit everybody, and that is everybody of this house.
            op = cast("T", replace(op, users=list(self.users)))
        return replace(op, **self._changes(op))

    def _changes(self, op: Op) -> dict[str, object]:
        changes: dict[str, object] = {}
        for field in op.__struct_fields__:
            if field.endswith(MOMENT):
                changes[field] = self._moved(getattr(op, field))
            elif field in NAMES:
                name: str | None = getattr(op, field)
                changes[field] = self._named(name) if name else name
            elif field in LISTS:
                changes[field] = [self._named(name) for name in getattr(op, field)]
        return changes

    def _moved(self, at_ns: int | list[int] | None) -> int | list[int] | None:
        if isinstance(at_ns, list):
            return [one + self.by_ns for one in at_ns]
        return None if at_ns is None else at_ns + self.by_ns

    def _named(self, name: str) -> str:
        return intern(f"{self.folder}/{name}")
