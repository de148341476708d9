"""What a channel asked of postgres_changes, and whether a committed change answers it. Pure."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from eventlive.supabase.realtime.filters import Filter, parse_filters

ID_LIMIT = 2**27
EVENTS = ("*", "INSERT", "UPDATE", "DELETE")

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One committed row change, complete; who may see what of it is decided later."""

    schema: str
    table: str
    type: str  # INSERT, UPDATE or DELETE
    committed_at: str  # UTC, milliseconds, Z
    new: Row | None = None
    old: Row | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One entry of `config.postgres_changes`."""

    id: int
    event: str
    schema: str
    table: str | None
    filters: tuple[Filter, ...]

    def matches(self, change: Change, key_columns: frozenset[str]) -> bool:
        """True when the change is asked for; a DELETE is filtered by its key columns only."""
        if self.event not in ("*", change.type) or self.schema != change.schema:
            return False
        if self.table not in (None, "*", change.table):
            return False
        row = change.new
        if row is None:
            row = {name: cell for name, cell in (change.old or {}).items() if name in key_columns}
        return all(condition.matches(row) for condition in self.filters)

    def __str__(self) -> str:
        filters = ",".join(f"{one.column}={one.operator}.{one.value}" for one in self.filters)
        return (
            f"[event: {self.event}, schema: {self.schema}, table: {self.table or '*'}, "
            f"filters: [{filters}], select: ]"
        )


def subscription_id(request: Mapping[str, object]) -> int:
    """Return the id for these parameters: equal for every client, never 0 (A.5, A.19)."""
    text = json.dumps(request, sort_keys=True)
    return zlib.crc32(text.encode()) % (ID_LIMIT - 1) + 1


def parse_subscription(request: Mapping[str, object]) -> Subscription:
    """Return the subscription asked for; raise FilterError for a filter nobody understands."""
    table, filters = request.get("table"), request.get("filter")
    return Subscription(
        id=subscription_id(request),
        event=str(request.get("event", "*")).upper(),
        schema=str(request.get("schema", "public")),
        table=str(table) if table else None,
        filters=parse_filters(str(filters) if filters else None),
    )
