"""Filters of postgres_changes: `column=op.value`, commas meaning AND (A.14). Pure.

A row's cells are JSON values. The text of a filter is read as the type of the cell it meets, so
`id=eq.07` matches the number 7 and not the string "7".
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

MAX_IN_VALUES = 100


class FilterError(ValueError):
    """A filter that Realtime would refuse."""


Operation = Callable[[object, str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One condition on one column."""

    column: str
    operator: str
    value: str
    is_negated: bool = False

    def matches(self, row: Mapping[str, object]) -> bool:
        """True when the cell satisfies the condition; a null cell only ever satisfies `is`."""
        cell = row.get(self.column)
        if cell is None and self.operator not in NULL_SAFE:
            return False
        try:
            return OPERATIONS[self.operator](cell, self.value) is not self.is_negated
        except (InvalidOperation, TypeError):
            return False  # the text is no value of the column's type, or types do not compare


def parse_filters(text: str | None) -> tuple[Filter, ...]:
    """Return the conditions in `text`; raise FilterError naming what is allowed."""
    if not text:
        return ()
    return tuple(_parse(part) for part in _CONDITION_START.split(text))


def _parse(part: str) -> Filter:
    match = _CONDITION.fullmatch(part)
    if match is None:
        raise FilterError(f"expected column=op.value with op one of {_NAMES}, got {part!r}")
    column, negation, name, value = match.groups()
    if name == "in":
        _check_list(value)
    return Filter(column=column, operator=name, value=value, is_negated=bool(negation))


def _check_list(value: str) -> None:
    if not (value.startswith("(") and value.endswith(")")):
        raise FilterError(f"expected in.(a,b), got in.{value}")
    if len(_listed(value)) > MAX_IN_VALUES:
        raise FilterError(f"in takes at most {MAX_IN_VALUES} values, got {len(_listed(value))}")


def _listed(value: str) -> list[str]:
    return [item.strip().strip('"') for item in value[1:-1].split(",")]


def _as_type_of(cell: object, text: str) -> object:
    match cell:
        case bool():
            return text.lower() in ("t", "true")
        case int() | float():
            return Decimal(text)
    return text


def _comparison(compare: Callable[[object, object], bool]) -> Operation:
    def operation(cell: object, text: str) -> bool:
        # Decimal(str(0.1)) is 0.1; Decimal(0.1) would not equal the filter's text.
        left = Decimal(str(cell)) if type(cell) in (int, float) else cell
        return compare(left, _as_type_of(cell, text))

    return operation


def _is_in(cell: object, text: str) -> bool:
    return any(_equal(cell, item) for item in _listed(text))


def _is(cell: object, text: str) -> bool:
    return {"null": cell is None, "true": cell is True, "false": cell is False}.get(
        text.lower(), False
    )


def _is_distinct(cell: object, text: str) -> bool:
    return text != "null" if cell is None else not _equal(cell, text)


def _like(flags: int) -> Operation:
    def operation(cell: object, text: str) -> bool:
        # PostgREST's spelling: * may stand for %, which needs escaping in a URL.
        wild = re.escape(text.replace("*", "%")).replace("%", ".*").replace("_", ".")
        return re.fullmatch(wild, str(cell), flags | re.DOTALL) is not None

    return operation


def _regex(flags: int) -> Operation:
    def operation(cell: object, text: str) -> bool:
        return re.search(text, str(cell), flags) is not None

    return operation


_equal = _comparison(operator.eq)

OPERATIONS: Mapping[str, Operation] = {
    "eq": _equal,
    "neq": _comparison(operator.ne),
    "lt": _comparison(operator.lt),  # type: ignore[arg-type]  # TypeError is caught by matches()
    "lte": _comparison(operator.le),  # type: ignore[arg-type]
    "gt": _comparison(operator.gt),  # type: ignore[arg-type]
    "gte": _comparison(operator.ge),  # type: ignore[arg-type]
    "in": _is_in,
    "is": _is,
    "isdistinct": _is_distinct,
    "like": _like(0),
    "ilike": _like(re.IGNORECASE),
    "match": _regex(0),
    "imatch": _regex(re.IGNORECASE),
}
NULL_SAFE = frozenset({"is", "isdistinct"})
_NAMES = ", ".join(OPERATIONS)
_ONE_OF = "|".join(sorted(OPERATIONS, key=len, reverse=True))
_CONDITION = re.compile(rf"([^=]+)=(not\.)?({_ONE_OF})\.(.*)", re.DOTALL)
# A comma separates conditions only where another one begins; values may hold commas.
_CONDITION_START = re.compile(rf",(?=[^=,()]+=(?:not\.)?(?:{_ONE_OF})\.)")
