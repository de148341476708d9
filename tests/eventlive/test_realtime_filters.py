"""Filters and subscriptions of postgres_changes (protocol A.14)."""

import pytest

from eventlive.supabase.realtime.filters import FilterError, parse_filters
from eventlive.supabase.realtime.subscriptions import (
    Change,
    parse_subscription,
    subscription_id,
)

ROW = {"id": 7, "body": "a,b", "price": 0.1, "done": False, "gone": None, "name": "Ann"}


def is_match(text: str) -> bool:
    return all(condition.matches(ROW) for condition in parse_filters(text))


@pytest.mark.parametrize(
    "text",
    [
        "id=eq.7",
        "id=eq.07",
        "id=neq.8",
        "id=gt.6",
        "id=gte.7,id=lte.7",
        "id=in.(1,7)",
        "id=not.in.(1,2)",
        "body=eq.a,b",
        "price=eq.0.1",
        "done=eq.false",
        "done=is.false",
        "gone=is.null",
        "id=not.is.null",
        "gone=isdistinct.7",
        "name=like.A%",
        "name=ilike.a*",
        "name=match.^A",
        "name=imatch.^a.n$",
        "name=lt.Bob",
    ],
)
def test_a_row_is_matched(text: str) -> None:
    assert is_match(text)


@pytest.mark.parametrize(
    "text",
    [
        "id=eq.8",
        "id=gt.7",
        "id=eq.seven",
        "id=eq.7,name=eq.Bob",
        "gone=eq.7",
        "gone=neq.7",
        "gone=not.eq.7",
        "missing=eq.1",
        "name=like.a%",
        "name=like.A",
        "done=eq.true",
    ],
)
def test_a_row_is_not_matched(text: str) -> None:
    assert not is_match(text)


@pytest.mark.parametrize(
    "text", ["id", "id=7", "id=about.7", "id=in.7", "id=in.(" + "1," * 100 + "1)"]
)
def test_a_filter_that_nobody_understands_is_an_error(text: str) -> None:
    with pytest.raises(FilterError):
        parse_filters(text)


def change(kind: str) -> Change:
    row = {"id": 7, "body": "x"}
    return Change(
        schema="public",
        table="messages",
        type=kind,
        committed_at="2026-11-19T00:00:00.000Z",
        new=None if kind == "DELETE" else row,
        old=None if kind == "INSERT" else row,
    )


@pytest.mark.parametrize(
    ("request_", "kinds"),
    [
        ({"event": "*", "schema": "public"}, ["INSERT", "UPDATE", "DELETE"]),
        ({"event": "insert", "schema": "public", "table": "messages"}, ["INSERT"]),
        ({"event": "*", "schema": "public", "filter": "body=eq.x"}, ["INSERT", "UPDATE"]),
        ({"event": "*", "schema": "public", "filter": "id=eq.7"}, ["INSERT", "UPDATE", "DELETE"]),
        ({"event": "*", "schema": "public", "table": "other"}, []),
        ({"event": "*", "schema": "other"}, []),
    ],
    ids=["schema", "event", "non-key", "key", "table", "other schema"],
)
def test_a_subscription_selects_changes(request_: dict[str, str], kinds: list[str]) -> None:
    subscription = parse_subscription(request_)

    matched = [
        kind
        for kind in ("INSERT", "UPDATE", "DELETE")
        if subscription.matches(change(kind), frozenset({"id"}))
    ]

    assert matched == kinds


def test_an_id_depends_on_the_parameters_alone() -> None:
    one = {"event": "*", "schema": "public"}

    assert subscription_id(one) == subscription_id(dict(reversed(one.items())))
    assert subscription_id(one) != subscription_id(one | {"table": "messages"})
