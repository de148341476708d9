"""The first of many names, in words: whoever reads a sentence wants a few, and how many more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMED_MAX = 3


def first_of(names: Iterable[str], most: int = NAMED_MAX) -> str:
    """`ada, ben, cho and 5 more`: the first names in their order, each on one line."""
    names = list(names)
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(one_line, names[:most])) + more
