"""From the pairs of a query string to a Query; nonsense is refused with PGRST100."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl

from eventlive.supabase.rest.errors import RestError
from eventlive.supabase.rest.filters import condition, junction
from eventlive.supabase.rest.query import (
    Condition,
    Embedding,
    Field,
    Junction,
    Order,
    Query,
    Selected,
    Star,
)
from eventlive.supabase.rest.scanner import Scanner

_MAX_DEPTH: Final = 8
_CAST: Final = re.compile(r"[A-Za-z_][\w ]*(?:\[\])?", re.ASCII)
_DIRECTION: Final = re.compile(r"\.(asc|desc)(?![\w])")
_NULLS: Final = re.compile(r"\.nulls(first|last)(?![\w])")
_COUNT: Final = re.compile(r"\d{1,18}", re.ASCII)
_RESERVED: Final = frozenset({"select", "order", "limit", "offset", "columns", "on_conflict"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One pair of the query string; `owner` is the path of embeddings that it belongs to."""

    owner: tuple[str, ...]
    name: str
    field: Field
    value: str
    is_negated: bool = False


def pairs_of(query_string: str) -> list[tuple[str, str]]:
    """The decoded pairs in order, blank values kept."""
    return parse_qsl(query_string, keep_blank_values=True)


def parse_query(pairs: Sequence[tuple[str, str]]) -> Query:
    """The Query that these pairs mean. Raises RestError PGRST100 or PGRST108 (400)."""
    parameters = [_parameter(key, value) for key, value in pairs]
    return _assembled(_select(_single(parameters, "select", "*")), parameters)


def _parameter(key: str, value: str) -> Parameter:
    scanner = Scanner(key, "parameter name")
    names = [scanner.name()]
    while scanner.take("."):
        names.append(scanner.name())
    field = Field(column=names[-1], path=scanner.path())
    scanner.end()
    is_negated = names[-1] in ("and", "or") and names[-2:-1] == ["not"]
    owner = tuple(names[:-2] if is_negated else names[:-1])
    return Parameter(owner=owner, name=names[-1], field=field, value=value, is_negated=is_negated)


def _single(parameters: Sequence[Parameter], name: str, default: str) -> str:
    values = [p.value for p in parameters if p.name == name and not p.owner]
    return values[-1] if values else default


def _assembled(
    items: tuple[Star | Selected | Embedding, ...], parameters: Sequence[Parameter]
) -> Query:
    own = [p for p in parameters if not p.owner]
    owners = {item.label for item in items if isinstance(item, Embedding)}
    for parameter in parameters:
        if parameter.owner and parameter.owner[0] not in owners:
            raise _not_embedded(parameter.owner[0])
    return Query(
        items=tuple(_with_parameters(item, parameters) for item in items),
        where=tuple(_where(p) for p in own if p.name not in _RESERVED),
        order=_order(_single(own, "order", "")),
        limit=_count(_single(own, "limit", ""), "limit"),
        offset=_count(_single(own, "offset", ""), "offset") or 0,
        columns=_names(_single(own, "columns", "")) or None,
        on_conflict=_names(_single(own, "on_conflict", "")),
    )


def _with_parameters(
    item: Star | Selected | Embedding, parameters: Sequence[Parameter]
) -> Star | Selected | Embedding:
    if not isinstance(item, Embedding):
        return item
    inner = [replace(p, owner=p.owner[1:]) for p in parameters if p.owner[:1] == (item.label,)]
    return replace(item, query=_assembled(item.query.items, inner))


def _not_embedded(name: str) -> RestError:
    return RestError(
        400,
        "PGRST108",
        f"'{name}' is not an embedded resource in this request",
        hint=f"Verify that '{name}' is included in the 'select' query parameter.",
    )


def _where(parameter: Parameter) -> Condition | Junction:
    if parameter.name in ("and", "or"):
        return junction(
            parameter.value,
            is_conjunction=parameter.name == "and",
            is_negated=parameter.is_negated,
        )
    return condition(parameter.field, parameter.value)


def _select(text: str) -> tuple[Star | Selected | Embedding, ...]:
    scanner = Scanner(text, "select parameter")
    items = _items(scanner, depth=0) if text else ()
    scanner.end()
    return items


def _items(scanner: Scanner, depth: int) -> tuple[Star | Selected | Embedding, ...]:
    if depth > _MAX_DEPTH:
        scanner.fail(f"at most {_MAX_DEPTH} levels of embedding")
    items = [_item(scanner, depth)]
    while scanner.take(","):
        items.append(_item(scanner, depth))
    return tuple(items)


def _item(scanner: Scanner, depth: int) -> Star | Selected | Embedding:
    if scanner.take("*"):
        return Star()
    alias, name = None, scanner.name()
    # One colon ends an alias, two begin a cast.
    if not scanner.text.startswith("::", scanner.at) and scanner.take(":"):
        alias, name = name, scanner.name()
    if scanner.text[scanner.at : scanner.at + 1] in ("(", "!"):
        return _embedding(scanner, alias, name, depth)
    field = Field(column=name, path=scanner.path())
    return Selected(field=field, alias=alias, cast=_cast(scanner))


def _cast(scanner: Scanner) -> str | None:
    if not scanner.take("::"):
        return None
    found = scanner.match(_CAST)
    return found[0].strip() if found is not None else scanner.fail("a type name")


def _embedding(scanner: Scanner, alias: str | None, relation: str, depth: int) -> Embedding:
    hints: list[str] = []
    while scanner.take("!"):
        hints.append(scanner.name())
    scanner.need("(")
    items = () if scanner.take(")") else _items(scanner, depth + 1)
    if items:
        scanner.need(")")
    named = [hint for hint in hints if hint not in ("inner", "left")]
    return Embedding(
        relation=relation,
        query=Query(items=items),
        alias=alias,
        hint=named[0] if named else None,
        is_inner="inner" in hints,
    )


def _order(text: str) -> tuple[Order, ...]:
    if not text:
        return ()
    scanner = Scanner(text, "order")
    keys = [_order_key(scanner)]
    while scanner.take(","):
        keys.append(_order_key(scanner))
    scanner.end()
    return tuple(keys)


def _order_key(scanner: Scanner) -> Order:
    field = scanner.field()
    direction, nulls = scanner.match(_DIRECTION), scanner.match(_NULLS)
    return Order(
        field=field,
        is_descending=direction is not None and direction[1] == "desc",
        nulls_first=None if nulls is None else nulls[1] == "first",
    )


def _count(text: str, what: str) -> int | None:
    if not text:
        return None
    scanner = Scanner(text, what)
    found = scanner.match(_COUNT)
    if found is None:
        scanner.fail("a number that is not negative")
    scanner.end()
    return int(found[0])


def _names(text: str) -> tuple[str, ...]:
    if not text:
        return ()
    scanner = Scanner(text, "list of columns")
    names = [scanner.name()]
    while scanner.take(","):
        names.append(scanner.name())
    scanner.end()
    return tuple(names)
