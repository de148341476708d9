"""The `Prefer` header: how much to return, what to do with conflicts, whether to count."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

Choice = TypeVar("Choice", bound=StrEnum)


class Returning(StrEnum):
    """What a write answers with."""

    MINIMAL = "minimal"
    HEADERS_ONLY = "headers-only"
    REPRESENTATION = "representation"


class Resolution(StrEnum):
    """What an upsert does with rows that exist."""

    MERGE = "merge-duplicates"
    IGNORE = "ignore-duplicates"


class Missing(StrEnum):
    """What an inserted row gets for a column that only other rows name; without it, null."""

    DEFAULT = "default"


class Count(StrEnum):
    """How the total is found; we always count exactly, which the estimates approximate."""

    EXACT = "exact"
    PLANNED = "planned"
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """The preferences of one request; None where none was expressed."""

    returning: Returning | None = None
    resolution: Resolution | None = None
    missing: Missing | None = None
    count: Count | None = None

    def applied(self, *names: str) -> str:
        """The `Preference-Applied` value: those expressed among `names`."""
        expressed = {
            "return": self.returning,
            "resolution": self.resolution,
            "missing": self.missing,
            "count": self.count,
        }
        return ", ".join(f"{n}={expressed[n]}" for n in names if expressed[n] is not None)


def parse_preferences(headers: Iterable[str]) -> Preferences:
    """Read all `Prefer` headers; a preference or value we do not know is ignored (RFC 7240)."""
    parts = [part.strip() for header in headers for part in header.split(",")]
    return Preferences(
        returning=_chosen(Returning, parts, "return"),
        resolution=_chosen(Resolution, parts, "resolution"),
        missing=_chosen(Missing, parts, "missing"),
        count=_chosen(Count, parts, "count"),
    )


def _chosen(kind: type[Choice], parts: list[str], name: str) -> Choice | None:
    found = [choice for choice in kind if f"{name}={choice}" in parts]
    return found[0] if found else None
