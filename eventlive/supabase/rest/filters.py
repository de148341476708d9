"""Grammar of filters: `not.eq.5`, `in.(a,"b,c")`, `or=(a.eq.1,and(b.gt.2,c.is.null))`."""

import re
from typing import Final

from eventlive.supabase.rest.query import Condition, Field, Junction, Operator, Quantifier
from eventlive.supabase.rest.scanner import Scanner

# Nobody nests deeper; without a bound a long row of brackets would exhaust the stack.
_MAX_DEPTH: Final = 16
_OPERATOR: Final = re.compile(r"(\w+)(?:\((any|all)\))?\.")
_JUNCTION: Final = re.compile(r"(not\.)?(and|or)(?=\()")
_ELEMENT: Final = re.compile(r"[^,)]*")
_IS_VALUES: Final = ("null", "not_null", "true", "false", "unknown")
_QUANTIFIABLE: Final = frozenset(
    {
        Operator.EQ,
        Operator.GT,
        Operator.GTE,
        Operator.LT,
        Operator.LTE,
        Operator.LIKE,
        Operator.ILIKE,
        Operator.MATCH,
        Operator.IMATCH,
    }
)


def condition(field: Field, text: str) -> Condition:
    """The value side of `column=[not.]operator.value`; the value runs to the end."""
    scanner = Scanner(text, "filter")
    found = _condition(scanner, field, is_nested=False)
    scanner.end()
    return found


def junction(text: str, *, is_conjunction: bool, is_negated: bool) -> Junction:
    """The value side of `and=(…)`, `or=(…)` and their negations."""
    scanner = Scanner(text, "logic tree")
    parts = _parts(scanner, depth=1)
    scanner.end()
    return Junction(parts=parts, is_conjunction=is_conjunction, is_negated=is_negated)


def _parts(scanner: Scanner, depth: int) -> tuple[Condition | Junction, ...]:
    if depth > _MAX_DEPTH:
        scanner.fail(f"at most {_MAX_DEPTH} nested brackets")
    scanner.need("(")
    parts = [_part(scanner, depth)]
    while scanner.take(","):
        parts.append(_part(scanner, depth))
    scanner.need(")")
    return tuple(parts)


def _part(scanner: Scanner, depth: int) -> Condition | Junction:
    if (opened := scanner.match(_JUNCTION)) is not None:
        return Junction(
            parts=_parts(scanner, depth + 1),
            is_conjunction=opened[2] == "and",
            is_negated=opened[1] is not None,
        )
    field = scanner.field()
    scanner.need(".")
    return _condition(scanner, field, is_nested=True)


def _condition(scanner: Scanner, field: Field, *, is_nested: bool) -> Condition:
    is_negated = scanner.take("not.")
    operator, quantifier = _operator(scanner)
    return Condition(
        field=field,
        operator=operator,
        value=_value(scanner, operator, is_nested=is_nested),
        is_negated=is_negated,
        quantifier=quantifier,
    )


def _operator(scanner: Scanner) -> tuple[Operator, Quantifier | None]:
    start = scanner.at
    found = scanner.match(_OPERATOR)
    if found is None or found[1] not in set(Operator):
        scanner.at = start
        scanner.fail(f"operator ({', '.join(Operator)})")
    operator = Operator(found[1])
    if found[2] is None:
        return operator, None
    if operator not in _QUANTIFIABLE:
        scanner.at = start
        scanner.fail(f"an operator that takes any or all ({', '.join(sorted(_QUANTIFIABLE))})")
    return operator, Quantifier(found[2])


def _value(scanner: Scanner, operator: Operator, *, is_nested: bool) -> str | tuple[str, ...]:
    if operator is Operator.IN:
        return _list(scanner)
    value = _nested_value(scanner) if is_nested else scanner.rest()
    if operator is not Operator.IS:
        return value
    if value.lower() not in _IS_VALUES:
        scanner.at -= len(value)
        scanner.fail(f"isVal: ({', '.join(_IS_VALUES)})")
    return value.lower()


def _list(scanner: Scanner) -> tuple[str, ...]:
    scanner.need("(")
    if scanner.take(")"):
        return ()
    elements = [_element(scanner)]
    while scanner.take(","):
        elements.append(_element(scanner))
    scanner.need(")")
    return tuple(elements)


def _element(scanner: Scanner) -> str:
    if (quoted := scanner.quoted()) is not None:
        return quoted
    found = scanner.match(_ELEMENT)
    return found[0] if found is not None else ""


def _nested_value(scanner: Scanner) -> str:
    """Up to the next `,` or `)`, but an array or JSON literal in braces keeps its commas."""
    if (quoted := scanner.quoted()) is not None:
        return quoted
    start, depth = scanner.at, 0
    while scanner.at < len(scanner.text):
        character = scanner.text[scanner.at]
        if depth <= 0 and character in ",)":
            break
        depth += (character == "{") - (character == "}")
        scanner.at += 1
    return scanner.text[start : scanner.at]
