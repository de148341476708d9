"""Pieces of SQL: quoted names, bound values, and a finished statement.

Only these two ways lead from a request into SQL: `name` for identifiers, `Values.bind` for
everything else. Numbers and texts alike are bound as untyped text, so that PostgreSQL casts
them to the column's type and complains in its own words (22P02) when it cannot.
"""

from dataclasses import dataclass, field

from psycopg import sql


def name(*parts: str) -> sql.Composable:
    """A quoted, possibly qualified identifier."""
    # psycopg reads % in the finished text as the start of a placeholder; doubled, it is itself.
    return sql.Identifier(*(part.replace("%", "%%") for part in parts))


@dataclass(slots=True)
class Values:
    """The values of one statement, by placeholder name."""

    bound: dict[str, str | int] = field(default_factory=dict)

    def bind(self, value: str | int) -> sql.Composable:
        """A placeholder for `value`; a str has no type yet, an int is an integer."""
        key = f"v{len(self.bound)}"
        self.bound[key] = value
        return sql.Placeholder(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """SQL whose single row is (body text, rows in it, total or None, rows inserted or None)."""

    text: sql.Composed
    values: dict[str, str | int]


def array_literal(elements: tuple[str, ...]) -> str:
    """PostgreSQL's text form of an array, to be cast to the column's array type."""
    quoted = (element.replace("\\", "\\\\").replace('"', '\\"') for element in elements)
    return "{" + ",".join(f'"{element}"' for element in quoted) + "}"
