"""SQL of fields, filters and sort keys."""

from collections.abc import Sequence
from typing import Final

from psycopg import sql

from eventlive.supabase.rest.query import (
    Condition,
    Field,
    Junction,
    Operator,
    Order,
    Step,
)
from eventlive.supabase.rest.statement import Values, array_literal, name

_SQL: Final = {
    Operator.EQ: sql.SQL("="),
    Operator.NEQ: sql.SQL("<>"),
    Operator.GT: sql.SQL(">"),
    Operator.GTE: sql.SQL(">="),
    Operator.LT: sql.SQL("<"),
    Operator.LTE: sql.SQL("<="),
    Operator.LIKE: sql.SQL("LIKE"),
    Operator.ILIKE: sql.SQL("ILIKE"),
    Operator.MATCH: sql.SQL("~"),
    Operator.IMATCH: sql.SQL("~*"),
    Operator.IS_DISTINCT: sql.SQL("IS DISTINCT FROM"),
    Operator.CONTAINS: sql.SQL("@>"),
    Operator.CONTAINED: sql.SQL("<@"),
    Operator.OVERLAPS: sql.SQL("&&"),
    Operator.LEFT_OF: sql.SQL("<<"),
    Operator.RIGHT_OF: sql.SQL(">>"),
    Operator.NOT_RIGHT_OF: sql.SQL("&<"),
    Operator.NOT_LEFT_OF: sql.SQL("&>"),
    Operator.ADJACENT: sql.SQL("-|-"),
}
_IS: Final = {
    "null": sql.SQL("NULL"),
    "not_null": sql.SQL("NOT NULL"),
    "true": sql.SQL("TRUE"),
    "false": sql.SQL("FALSE"),
    "unknown": sql.SQL("UNKNOWN"),
}
_NULLS: Final = {
    None: sql.SQL(""),
    True: sql.SQL(" NULLS FIRST"),
    False: sql.SQL(" NULLS LAST"),
}


def field_sql(values: Values, relation: str, field: Field) -> sql.Composable:
    """The column of `relation`, followed along its JSON path."""
    # Qualified always: PostgreSQL's own complaint then reads `column messages.foo does not exist`.
    column = name(relation, field.column)
    if not field.path:
        return column
    steps = [_step(values, step) for step in field.path]
    return sql.SQL("(to_jsonb({}){})").format(column, sql.SQL("").join(steps))


def _step(values: Values, step: Step) -> sql.Composable:
    arrow = sql.SQL("->>") if step.as_text else sql.SQL("->")
    # Without the cast PostgreSQL could not tell an array index from a key.
    kind = sql.SQL("::int") if isinstance(step.key, int) else sql.SQL("::text")
    return arrow + values.bind(step.key) + kind


def where_sql(values: Values, relation: str, parts: Sequence[Condition | Junction]) -> sql.Composed:
    """All of `parts`, as an expression that is TRUE when there are none."""
    conditions = [_part(values, relation, part) for part in parts]
    return sql.SQL(" AND ").join(conditions or [sql.SQL("TRUE")])


def _part(values: Values, relation: str, part: Condition | Junction) -> sql.Composable:
    if isinstance(part, Condition):
        found = _condition(values, relation, part)
    else:
        joint = sql.SQL(" AND ") if part.is_conjunction else sql.SQL(" OR ")
        inner = joint.join(_part(values, relation, inner) for inner in part.parts)
        found = sql.SQL("({})").format(inner)
    return sql.SQL("NOT {}").format(found) if part.is_negated else found


def _condition(values: Values, relation: str, condition: Condition) -> sql.Composable:
    left = field_sql(values, relation, condition.field)
    if condition.operator is Operator.IS:
        return sql.SQL("{} IS {}").format(left, _IS[str(condition.value)])
    if isinstance(condition.value, tuple):
        return sql.SQL("{} = ANY ({})").format(left, values.bind(array_literal(condition.value)))
    value = values.bind(_pattern(condition.operator, condition.value))
    if condition.quantifier is not None:
        quantifier = sql.SQL("ANY") if condition.quantifier == "any" else sql.SQL("ALL")
        value = sql.SQL("{} ({})").format(quantifier, value)
    return sql.SQL("{} {} {}").format(left, _SQL[condition.operator], value)


def _pattern(operator: Operator, value: str) -> str:
    """In URLs `*` stands for `%`, which would have to be escaped there."""
    if operator in (Operator.LIKE, Operator.ILIKE):
        return value.replace("*", "%")
    return value


def order_sql(values: Values, relation: str, keys: Sequence[Order]) -> sql.Composable:
    """An ORDER BY clause, or nothing."""
    if not keys:
        return sql.SQL("")
    return sql.SQL(" ORDER BY ") + sql.SQL(", ").join(_key(values, relation, k) for k in keys)


def _key(values: Values, relation: str, key: Order) -> sql.Composable:
    direction = sql.SQL(" DESC") if key.is_descending else sql.SQL("")
    return field_sql(values, relation, key.field) + direction + _NULLS[key.nulls_first]
