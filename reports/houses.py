"""A house among several: the ops of one part of a run, in the names and times of the merged run.

Each runner has a `shard00` and a clock of its own and, where it was a house of its own, a message
`100`. In a merged run shards and such messages carry the name of their part, and the clocks of all
parts are put where that of the first is. Nothing here reads a file or judges.
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

# Members that mean the same in every kind of op that has them: names that only one runner knows,
# lists of such names, names that only one house knows, and moments of a runner's clock.
NAMES = frozenset({"call", "shard"})
LISTS = frozenset({"missing", "shards"})
MESSAGES = frozenset({"message_id", "message_ids"})
MOMENT = "at_ns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a part stands in a merged run.

    `folder` names it, `by_ns` is what its clock is put forward by, `users` are all its own. Parts
    that are `one_house` have the same messages, and any other part has none but its own.
    """

    folder: str
    by_ns: int
    users: tuple[str, ...]
    one_house: bool = False

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
            elif field in NAMES | LISTS or (field in MESSAGES and not self.one_house):
                changes[field] = self._renamed(getattr(op, field))
        return changes

    def _moved(self, at_ns: int | list[int] | None) -> int | list[int] | None:
        if isinstance(at_ns, list):
            return [one + self.by_ns for one in at_ns]
        return None if at_ns is None else at_ns + self.by_ns

    def _renamed(self, named: str | list[str] | None) -> str | list[str] | None:
        if isinstance(named, list):
            return [self._named(name) for name in named]
        return self._named(named) if named else named

    def _named(self, name: str) -> str:
        return intern(f"{self.folder}/{name}")
