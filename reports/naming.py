"""Names in words: the first of many, and one person at several places.

Whoever reads a sentence wants a few names, and how many more there are. Each page has a user of its
own in the history; where one person has several, the others are called `ada (2)`, `ada (3)`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMED_MAX = 3
_PLACE = re.compile(r" \(\d+\)$")


def first_of(names: Iterable[str], most: int = NAMED_MAX) -> str:
    """`ada, ben, cho and 5 more`: the first names in their order, each on one line."""
    names = list(names)
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(one_line, names[:most])) + more


def at_place(person: str, number: int) -> str:
    """What a person is called at her second place, her third, and so on: `ada (2)`."""
    return f"{person} ({number})"


def person_of(user: str) -> str:
    """Who somebody is wherever she is: `ada` for `ada (2)`."""
    return _PLACE.sub("", user)
