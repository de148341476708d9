"""Query strings: what they are read as, and that no part of them reaches SQL as SQL."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive.supabase.rest.catalog import Catalog, ForeignKey, Table
from eventlive.supabase.rest.errors import RestError, status_of
from eventlive.supabase.rest.grammar import pairs_of, parse_query
from eventlive.supabase.rest.payload import parse_rows
from eventlive.supabase.rest.preferences import Count, Resolution, Returning, parse_preferences
from eventlive.supabase.rest.query import (
    Condition,
    Embedding,
    Field,
    Junction,
    Operator,
    Order,
    Quantifier,
    Query,
    Selected,
    Star,
    Step,
)
from eventlive.supabase.rest.reading import read

CATALOG = Catalog(
    tables={
        "messages": Table(name="messages", columns=["id", "body", "user_id"], primary_key=["id"]),
        "profiles": Table(name="profiles", columns=["id"], primary_key=["id"]),
    },
    foreign_keys=[
        ForeignKey(
            name="messages_user_id_fkey",
            source="messages",
            target="profiles",
            source_columns=["user_id"],
            target_columns=["id"],
            is_one_to_one=False,
        )
    ],
)


def sql_of(query: Query) -> str:
    return read(CATALOG, "messages", query, is_counted=True).text.as_string(None)


def values_of(query: Query) -> list[str | int]:
    return list(read(CATALOG, "messages", query, is_counted=True).values.values())


def only_condition(query: Query) -> Condition:
    (found,) = query.where
    assert isinstance(found, Condition)
    return found


def test_the_client_s_list_query_is_read_completely() -> None:
    text = "select=id%2Cbody&room_id=eq.1&id=gt.5&order=created_at.desc&limit=20&offset=40"

    query = parse_query(pairs_of(text))

    assert query == Query(
        items=(Selected(field=Field(column="id")), Selected(field=Field(column="body"))),
        where=(
            Condition(field=Field(column="room_id"), operator=Operator.EQ, value="1"),
            Condition(field=Field(column="id"), operator=Operator.GT, value="5"),
        ),
        order=(Order(field=Field(column="created_at"), is_descending=True),),
        limit=20,
        offset=40,
    )


@pytest.mark.parametrize(
    ("select", "item"),
    [
        ("*", Star()),
        ("name:body", Selected(field=Field(column="body"), alias="name")),
        ("body::text", Selected(field=Field(column="body"), cast="text")),
        ("n:id::int4[]", Selected(field=Field(column="id"), alias="n", cast="int4[]")),
        ('"a,b"', Selected(field=Field(column="a,b"))),
        (
            "data->a->0->>b",
            Selected(
                field=Field(
                    column="data", path=(Step(key="a"), Step(key=0), Step(key="b", as_text=True))
                )
            ),
        ),
    ],
)
def test_a_selected_item_keeps_alias_cast_and_path(select: str, item: Star | Selected) -> None:
    assert parse_query([("select", select)]).items == (item,)


def test_an_embedding_owns_the_parameters_with_its_name() -> None:
    pairs = [
        ("select", "id,author:profiles!user_id!inner(display_name)"),
        ("author.display_name", "eq.Ann"),
        ("author.order", "id.desc.nullslast"),
        ("author.limit", "1"),
    ]

    _, embedding = parse_query(pairs).items

    assert embedding == Embedding(
        relation="profiles",
        alias="author",
        hint="user_id",
        is_inner=True,
        query=Query(
            items=(Selected(field=Field(column="display_name")),),
            where=(
                Condition(field=Field(column="display_name"), operator=Operator.EQ, value="Ann"),
            ),
            order=(Order(field=Field(column="id"), is_descending=True, nulls_first=False),),
            limit=1,
        ),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("eq.a,b", "a,b"),
        ('eq."a"', '"a"'),
        ("in.(1,2)", ("1", "2")),
        ('in.("a,b","c\\"d",)', ("a,b", 'c"d', "")),
        ("in.()", ()),
        ("is.NOT_NULL", "not_null"),
        ("cs.{a,b}", "{a,b}"),
        ("like.*x*", "*x*"),
    ],
)
def test_a_filter_value_is_what_the_client_meant(text: str, value: str | tuple[str, ...]) -> None:
    assert only_condition(parse_query([("body", text)])).value == value


def test_negation_and_quantifier_are_read() -> None:
    condition = only_condition(parse_query([("body", "not.like(any).{a*,b*}")]))

    assert condition.is_negated
    assert condition.quantifier is Quantifier.ANY


def test_logic_nests_and_negates() -> None:
    pairs = [("not.or", '(a.eq.1,not.and(b.is.null,c.in.(1,2)),d.cs.{1,2},e.eq."x,y")')]

    (junction,) = parse_query(pairs).where

    assert isinstance(junction, Junction)
    assert (junction.is_conjunction, junction.is_negated) == (False, True)
    first, inner, array, quoted = junction.parts
    assert isinstance(first, Condition)
    assert isinstance(inner, Junction)
    assert (inner.is_conjunction, inner.is_negated, len(inner.parts)) == (True, True, 2)
    assert isinstance(array, Condition)
    assert isinstance(quoted, Condition)
    assert (first.value, array.value, quoted.value) == ("1", "{1,2}", "x,y")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", "1"),
        ("id", "equals.1"),
        ("id", "is.maybe"),
        ("id", "in.1,2"),
        ("id", "in.(1"),
        ("id", "neq(any).{1}"),
        ("or", "(id.eq.1"),
        ("or", "()"),
        ("or", "(" + "and(" * 40 + "id.eq.1" + ")" * 41),
        ("select", "id,"),
        ("select", "id;drop"),
        ("select", "id::int)"),
        ("select", "profiles("),
        ("select", "count()::"),
        ("select", '"a\0b"'),
        ("order", "id.down"),
        ("order", "id desc; drop table messages"),
        ("limit", "-1"),
        ("limit", "ten"),
        ("offset", "1.5"),
        ("columns", "a,,b"),
        ("on_conflict", "(id)"),
        ("a b)--", "eq.1"),
    ],
)
def test_nonsense_is_refused_as_pgrst100(key: str, value: str) -> None:
    with pytest.raises(RestError) as refused:
        parse_query([(key, value)])

    assert (refused.value.status, refused.value.code) == (400, "PGRST100")


def test_parameters_of_a_resource_that_is_not_embedded_are_refused() -> None:
    with pytest.raises(RestError) as refused:
        parse_query([("profiles.display_name", "eq.Ann")])

    assert refused.value.code == "PGRST108"


@given(
    operator=st.sampled_from([o for o in Operator if o not in (Operator.IN, Operator.IS)]),
    value=st.text(),
    is_negated=st.booleans(),
)
def test_a_filter_value_never_appears_in_sql(
    operator: Operator, value: str, is_negated: bool
) -> None:
    prefix = ("not." if is_negated else "") + operator

    query = parse_query([("body", f"{prefix}.{value}")])

    # The text would differ from that for another value if any part of the value were in it.
    assert sql_of(query) == sql_of(parse_query([("body", f"{prefix}.other")]))
    assert "%" in value or "*" in value or value in values_of(query)


@given(elements=st.lists(st.text(), min_size=1))
def test_list_elements_never_appear_in_sql(elements: list[str]) -> None:
    quoted = (e.replace("\\", "\\\\").replace('"', '\\"') for e in elements)
    value = "in.(" + ",".join(f'"{e}"' for e in quoted) + ")"

    query = parse_query([("body", value)])

    assert only_condition(query).value == tuple(elements)
    assert sql_of(query) == sql_of(parse_query([("body", "in.(other)")]))


@given(value=st.text(st.characters(exclude_characters='"\\')))
def test_a_quoted_value_in_a_logic_tree_never_appears_in_sql(value: str) -> None:
    def written(text: str) -> str:
        return sql_of(parse_query([("or", f'(body.eq."{text}",profiles.is.null)')]))

    assert written(value) == written("other")


@given(name=st.text(string.printable, min_size=1).filter(lambda name: "\\" not in name))
def test_a_column_name_only_appears_as_a_quoted_identifier(name: str) -> None:
    quoted = name.replace('"', '\\"')

    text = sql_of(parse_query([("select", f'"{quoted}"'), ("order", f'"{quoted}".desc')]))

    identifier = '"' + name.replace('"', '""').replace("%", "%%") + '"'
    rest = text.replace(f'"messages".{identifier}', "").replace(f" AS {identifier}", "")
    assert rest == (
        "SELECT coalesce(json_agg(rest_row), '[]')::text, count(*),"
        ' (SELECT count(*) FROM "public"."messages" WHERE TRUE), NULL::bigint FROM'
        ' (SELECT  FROM "public"."messages" WHERE TRUE ORDER BY  DESC'
        " LIMIT %(v0)s OFFSET %(v1)s) AS rest_row"
    )


def test_a_cast_is_a_quoted_type_name() -> None:
    assert 'CAST("messages"."id" AS "int4"[])' in sql_of(parse_query([("select", "id::int[]")]))
    assert 'AS "text or 1"' in sql_of(parse_query([("select", "id::text or 1")]))


def test_an_unknown_relationship_is_refused_and_a_known_one_joined() -> None:
    with pytest.raises(RestError) as refused:
        sql_of(parse_query([("select", "strangers(*)")]))

    assert refused.value.code == "PGRST200"
    joined = sql_of(parse_query([("select", "id,profiles(*)")]))
    assert '"profiles_1"."id" = "messages"."user_id"' in joined


def test_rows_must_have_equal_keys_unless_columns_are_named() -> None:
    body = b'[{"a":1},{"b":2}]'

    with pytest.raises(RestError, match="All object keys must match"):
        parse_rows(body, None)

    assert parse_rows(body, ("a", "b")).keys == ("a", "b")


@pytest.mark.parametrize("body", [b"", b"{", b"1", b'"text"', b"[1]", b"\xff", b'{"a":"\xff"}'])
def test_a_body_that_is_not_rows_is_refused_as_pgrst102(body: bytes) -> None:
    with pytest.raises(RestError) as refused:
        parse_rows(body, None)

    assert refused.value.code == "PGRST102"


def test_preferences_are_read_from_any_spelling_and_echoed() -> None:
    found = parse_preferences(
        ["resolution=merge-duplicates,return=representation", "count=exact, x=1"]
    )

    assert found.resolution is Resolution.MERGE
    assert found.returning is Returning.REPRESENTATION
    assert found.count is Count.EXACT
    assert found.applied("return", "count") == "return=representation, count=exact"


@pytest.mark.parametrize(
    ("sqlstate", "message", "status"),
    [
        ("42501", "permission denied for table messages", 403),
        ("23505", "duplicate key", 409),
        ("23503", "foreign key", 409),
        ("23514", "check", 400),
        ("22P02", "bad literal", 400),
        ("42703", "undefined column", 400),
        ("42P01", "undefined table", 404),
        ("42883", "undefined function", 404),
        ("42P17", "infinite recursion", 500),
        ("25006", "read-only transaction", 405),
        ("25001", "active transaction", 500),
        ("22023", 'role "x" does not exist', 401),
        ("22023", "something else", 400),
        ("21000", "DELETE requires a WHERE clause", 400),
        ("21000", "cardinality", 500),
        ("P0001", "raise exception", 400),
        ("P0002", "no data found", 500),
        ("PT402", "pay first", 402),
        ("53300", "too many connections", 503),
        ("53400", "configuration limit", 500),
        ("57P01", "shutdown", 503),
        ("57014", "statement timeout", 500),
        ("28000", "authorisation", 403),
    ],
)
def test_an_sqlstate_has_the_status_of_the_protocol(
    sqlstate: str, message: str, status: int
) -> None:
    assert status_of(sqlstate, message, is_anonymous=False) == status


def test_a_missing_privilege_is_401_for_anonymous_callers() -> None:
    assert status_of("42501", "permission denied", is_anonymous=True) == 401
