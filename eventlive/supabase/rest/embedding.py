"""Which foreign key an embedded resource means, and how its rows connect."""

from collections.abc import Sequence
from dataclasses import dataclass

from eventlive.supabase.rest.catalog import SCHEMA, Catalog, ForeignKey
from eventlive.supabase.rest.errors import RestError
from eventlive.supabase.rest.query import Embedding


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """How rows of `target` belong to one row of the table that embeds them."""

    target: str
    own_columns: Sequence[str]
    target_columns: Sequence[str]
    is_single: bool
    constraint: str


def relationship(catalog: Catalog, table: str, embedding: Embedding) -> Relationship:
    """The one relationship meant. Raises RestError PGRST200 for none, PGRST201 for several."""
    found = [r for r in _all(catalog, table) if _is_meant(r, embedding)]
    if not found:
        raise _none(table, embedding)
    if len(found) > 1:
        raise _several(table, embedding, found)
    return found[0]


def _all(catalog: Catalog, table: str) -> list[Relationship]:
    outward = [_outward(key) for key in catalog.foreign_keys if key.source == table]
    inward = [_inward(key) for key in catalog.foreign_keys if key.target == table]
    return outward + inward


def _outward(key: ForeignKey) -> Relationship:
    return Relationship(
        target=key.target,
        own_columns=key.source_columns,
        target_columns=key.target_columns,
        is_single=True,
        constraint=key.name,
    )


def _inward(key: ForeignKey) -> Relationship:
    return Relationship(
        target=key.source,
        own_columns=key.target_columns,
        target_columns=key.source_columns,
        is_single=key.is_one_to_one,
        constraint=key.name,
    )


def _is_meant(candidate: Relationship, embedding: Embedding) -> bool:
    """By table, by constraint, or by the single column that refers to the other table."""
    names = {candidate.target, candidate.constraint}
    if len(candidate.own_columns) == 1 and candidate.is_single:
        names.add(candidate.own_columns[0])
    hints = {candidate.constraint, *candidate.own_columns, *candidate.target_columns}
    return embedding.relation in names and (embedding.hint is None or embedding.hint in hints)


def _none(table: str, embedding: Embedding) -> RestError:
    hint = f" using the hint '{embedding.hint}'" if embedding.hint else ""
    pair = f"'{table}' and '{embedding.relation}'"
    return RestError(
        400,
        "PGRST200",
        f"Could not find a relationship between {pair} in the schema cache",
        details=f"Searched for a foreign key relationship between {pair}{hint} "
        f"in the schema '{SCHEMA}', but no matches were found.",
    )


def _several(table: str, embedding: Embedding, found: Sequence[Relationship]) -> RestError:
    choices = ", ".join(f"'{embedding.relation}!{r.constraint}'" for r in found)
    return RestError(
        300,
        "PGRST201",
        "Could not embed because more than one relationship was found for "
        f"'{table}' and '{embedding.relation}'",
        hint=f"Try changing '{embedding.relation}' to one of the following: {choices}.",
    )
