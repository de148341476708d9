"""supabase-js and Realtime: broadcasts in both protocol versions, presence, and table changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.clients.places import Place
    from tests.clients.served import Person

TEXT = {"text": "안녕"}


def test_a_broadcast_returns_to_its_sender_only_when_asked(supabase_js: Place, topic: str) -> None:
    told = supabase_js.play("broadcast", "echo", topic=topic)

    assert (told["acknowledged"], told["unacknowledged"]) == ("ok", "ok")
    assert events(told["ann"]) == ["first", "second", "third"]
    assert events(told["bob"]) == ["first", "third"]


def test_both_protocol_versions_hear_every_way_to_send(supabase_js: Place, topic: str) -> None:
    told = supabase_js.play("broadcast", "forms", topic=topic)

    assert payloads(told["recent"]) == {
        "old": TEXT,
        "recent": TEXT,
        "bytes": [0, 127, 255],
        "batch": TEXT,
        "single": TEXT,
        "octets": list(b"42"),
        "end": {},
    }
    # Version 1 has no form for bytes.
    assert payloads(told["old"]) == {
        "old": TEXT,
        "recent": TEXT,
        "batch": TEXT,
        "single": TEXT,
        "end": {},
    }


def test_one_topic_carries_text_and_binary_frames(supabase_js: Place, topic: str) -> None:
    told = supabase_js.play("broadcast", "forms", topic=topic)

    assert dict(zip(events(told["recent"]), told["frames"], strict=True)) == {
        "old": "text",
        "recent": "binary",
        "bytes": "binary",
        "batch": "text",
        "single": "binary",
        "octets": "binary",
        "end": "binary",
    }


def test_presence_follows_who_comes_changes_and_goes(supabase_js: Place, topic: str) -> None:
    told = supabase_js.play("presence", "diffs", topic=topic)

    assert (told["tracked"], told["untracked"]) == ("ok", "ok")
    assert told["heard"] == [
        {"status": "SUBSCRIBED"},
        {"here": {}},
        {"join": "ann"},
        {"here": {"ann": ["calm"]}},
        # A change is a join and a leave in one.
        {"join": "ann"},
        {"leave": "ann"},
        {"here": {"ann": ["glad"]}},
        {"leave": "ann"},
        {"here": {}},
    ]
    assert told["late"][:3] == [
        {"status": "SUBSCRIBED"},
        {"join": "ann"},
        {"here": {"ann": ["glad"]}},
    ]


def test_somebody_with_two_tabs_is_there_until_the_last_is_gone(
    supabase_js: Place, topic: str
) -> None:
    assert supabase_js.play("presence", "tabs", topic=topic) == {
        "both": {"ann": ["left", "right"]},
        "one": {"ann": ["right"]},
        "none": {},
    }


def test_changes_reach_whom_row_level_security_lets_see_them(
    supabase_js: Place, topic: str, webinar: int, member: Person, stranger: Person
) -> None:
    told = supabase_js.play(
        "changes", "visibility", topic=topic, webinar=webinar, member=member, stranger=stranger
    )

    row, key = told["row"], {"id": told["row"]["id"]}
    gone = {"change": "DELETE", "row": {}, "old": key, "errors": None}
    assert told["inside"] == [
        {"change": "INSERT", "row": row, "old": {}, "errors": None},
        {"change": "UPDATE", "row": row | {"body": "changed"}, "old": key, "errors": None},
        gone,
    ]
    assert told["outside"] == [gone]


def test_a_channel_follows_its_client_into_the_session(
    supabase_js: Place, topic: str, webinar: int, member: Person
) -> None:
    told = supabase_js.play("changes", "renewal", topic=topic, webinar=webinar, member=member)

    live = "Subscribed to PostgreSQL"
    assert told["heard"] == ["SUBSCRIBED", live, live, "hello"]


def test_changes_of_an_unpublished_table_are_refused(supabase_js: Place, topic: str) -> None:
    told = supabase_js.play("changes", "unpublished", topic=topic)

    assert told["system"].startswith("Unable to subscribe to changes with given parameters.")
    assert "[event: *, schema: public, table: webinars," in told["system"]


def events(heard: list[dict[str, Any]]) -> list[str]:
    """The names of broadcasts, in order."""
    return [entry["event"] for entry in heard]


def payloads(heard: list[dict[str, Any]]) -> dict[str, object]:
    """Name to payload of broadcasts, each of which must have come once."""
    assert len({entry["event"] for entry in heard}) == len(heard)
    return {entry["event"]: entry["payload"] for entry in heard}
