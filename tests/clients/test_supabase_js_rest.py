"""supabase-js and PostgREST: rows, filters, counts, single objects, errors, row level security."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.clients.places import Json, Place
    from tests.clients.served import EventLive, Person

DENIED = 'new row violates row-level security policy for table "messages"'
NOT_GRANTED = "permission denied for table messages"
NOT_ONE = "Cannot coerce the result to a single JSON object"
SEVERAL = "JSON object requested, multiple (or no) rows returned"


@pytest.fixture
def play(supabase_js: Place, webinar: int, member: Person) -> Callable[..., Json]:
    """Plays a function of rest.mjs for a member of a new webinar."""

    def play(name: str, **given: object) -> Json:
        return supabase_js.play("rest", name, webinar=webinar, member=member, **given)

    return play


def test_rows_are_written_and_come_back_as_asked(play: Callable[..., Json]) -> None:
    written = play("write")

    assert written["silent"] == {"status": 201, "data": None}
    assert written["single"] == {"status": 201, "data": {"body": "one"}}
    assert written["present"] == {"status": 201, "data": None}
    assert written["moved"] == rows({"last_seen_at": "2026-01-01T00:00:00+00:00"})
    assert written["left"] == {"status": 204, "data": None}
    assert written["leftAgain"] == {"status": 204, "data": None, "count": 0}


def test_a_member_missing_in_one_of_several_rows_is_null_unless_told_otherwise(
    play: Callable[..., Json],
) -> None:
    written = play("write")

    assert (written["unequal"]["status"], written["unequal"]["code"]) == (400, "23502")
    both = [{"body": "a", "kind": "chat"}, {"body": "b", "kind": "greeting"}]
    assert written["defaulted"] == {"status": 201, "data": both}


def test_an_upsert_merges_or_ignores_a_repeated_row(play: Callable[..., Json]) -> None:
    assert play("upsert") == {
        "merged": rows({"last_entered_at": "2026-01-01T00:00:00+00:00"}),
        "sent": {"status": 201, "data": [{"body": "once"}]},
        "repeated": {"status": 201, "data": []},
    }


def test_filters_find_what_they_say(play: Callable[..., Json]) -> None:
    assert play("filters") == {
        "eq": "c",
        "neq": "e",
        "between": "bc",
        "in": "be",
        "like": "e",
        "ilike": "a",
        "is": "ab",
        "not": "de",
        "or": "ad",
        "match": "d",
        "page": "bc",
        "order": "ea",
    }


def test_a_count_comes_with_rows_without_rows_and_for_none(play: Callable[..., Json]) -> None:
    counted = play("counts")

    beyond = counted.pop("beyond")
    assert counted == {
        "limited": {"status": 206, "data": [{"body": "a"}, {"body": "b"}], "count": 5},
        "head": {"status": 200, "data": None, "count": 5},
        "nothing": {"status": 200, "data": [], "count": 0},
    }
    assert (beyond["status"], beyond["code"]) == (416, "PGRST103")


def test_one_row_is_an_object_and_any_other_number_is_not(play: Callable[..., Json]) -> None:
    one = {"status": 200, "data": {"body": "a"}}

    assert play("single") == {
        "one": one,
        "none": {"status": 406, "code": "PGRST116", "message": NOT_ONE},
        "maybeOne": one,
        "maybeNone": {"status": 200, "data": None},
        # Made up by the client: it asked for a list.
        "maybeSeveral": {"status": 406, "code": "PGRST116", "message": SEVERAL},
    }


def test_errors_carry_the_status_and_code_of_their_cause(
    play: Callable[..., Json], eventlive: EventLive, member: Person
) -> None:
    # PostgREST alone tolerates half a minute of skew.
    told = play("errors", expired_token=eventlive.token(member, -60))

    assert {name: (error["status"], error["code"]) for name, error in told.items()} == {
        "duplicate": (409, "23505"),
        "check": (400, "23514"),
        "literal": (400, "22P02"),
        "filtered": (400, "42703"),
        "written": (400, "PGRST204"),
        "table": (404, "PGRST205"),
        "procedure": (404, "PGRST202"),
        "token": (401, "PGRST303"),
    }
    assert told["token"]["message"] == "JWT expired"


def test_row_level_security_hides_rows_and_refuses_writes(
    play: Callable[..., Json], stranger: Person
) -> None:
    denied = {"status": 403, "code": "42501", "message": DENIED}
    not_granted = {"status": 401, "code": "42501", "message": NOT_GRANTED}

    assert play("security", stranger=stranger) == {
        "member": rows({"body": "for members"}),
        "memberAsAnother": denied,
        "memberHides": rows(),
        "stranger": rows(),
        "strangerWrites": denied,
        "nobody": not_granted,
        "nobodyWrites": not_granted,
    }


def test_functions_are_called_and_related_rows_embedded(
    play: Callable[..., Json], webinar: int, member: Person
) -> None:
    told = play("related")

    denied = told.pop("denied")
    assert told == {
        "posted": {"status": 200, "data": True},
        "got": {"status": 200, "data": True},
        "rows": {"status": 200, "data": [member["id"]]},
        "embedded": {
            "status": 200,
            "data": {
                "body": "hello",
                "author": {"display_name": member["email"].partition("@")[0]},
                "webinars": {"title": f"웨비나 {webinar}"},
            },
        },
    }
    assert (denied["status"], denied["code"]) == (401, "42501")


def rows(*found: dict[str, object]) -> dict[str, object]:
    """The answer to a request that found these rows."""
    return {"status": 200, "data": list(found)}
