"""What a REST query string asks for, as frozen data; `grammar` reads it, `reading` obeys it.

Names and values are exactly the client's text: nothing here has been checked against the
database, and nothing may enter SQL except as a quoted identifier or a bound parameter.
"""

from dataclasses import dataclass
from enum import StrEnum


class Operator(StrEnum):
    """The filter operators we serve (protocol C.2, without full-text search)."""

    EQ = "eq"
    NEQ = "neq"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    LIKE = "like"
    ILIKE = "ilike"
    MATCH = "match"
    IMATCH = "imatch"
    IS = "is"
    IN = "in"
    IS_DISTINCT = "isdistinct"
    CONTAINS = "cs"
    CONTAINED = "cd"
    OVERLAPS = "ov"
    LEFT_OF = "sl"
    RIGHT_OF = "sr"
    NOT_RIGHT_OF = "nxr"
    NOT_LEFT_OF = "nxl"
    ADJACENT = "adj"


class Quantifier(StrEnum):
    """`like(any).{a*,b*}`: the value is an array literal, one or all elements must match."""

    ANY = "any"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One arrow of a JSON path: `->key`, `->0` or `->>key` (as text)."""

    key: str | int
    as_text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column, or a place inside a JSON column."""

    column: str
    path: tuple[Step, ...] = ()

    @property
    def label(self) -> str:
        """The member name in the answer when no alias is given: the path's last key, if any."""
        keys = [step.key for step in self.path if isinstance(step.key, str)]
        return keys[-1] if keys else self.column


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One filter. `value` is a tuple for IN only."""

    field: Field
    operator: Operator
    value: str | tuple[str, ...]
    is_negated: bool = False
    quantifier: Quantifier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Junction:
    """`and(…)` or `or(…)` of conditions and junctions."""

    parts: tuple["Condition | Junction", ...]
    is_conjunction: bool
    is_negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One sort key; `nulls_first` is None when PostgreSQL's default applies."""

    field: Field
    is_descending: bool = False
    nulls_first: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Star:
    """`*`: every column that the caller may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """`alias:column::cast`."""

    field: Field
    alias: str | None = None
    cast: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """`alias:relation!hint!inner(…)`: rows of a table that a foreign key connects."""

    relation: str
    query: "Query"
    alias: str | None = None
    hint: str | None = None
    is_inner: bool = False

    @property
    def label(self) -> str:
        """The member name in the answer, and the prefix of its own filters and order."""
        return self.alias or self.relation


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A whole query string, or the part of it that belongs to one embedding."""

    items: tuple[Star | Selected | Embedding, ...] = (Star(),)
    where: tuple[Condition | Junction, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    columns: tuple[str, ...] | None = None
    on_conflict: tuple[str, ...] = ()

    @property
    def embeddings(self) -> tuple[Embedding, ...]:
        """The embedded resources among the selected items."""
        return tuple(item for item in self.items if isinstance(item, Embedding))
