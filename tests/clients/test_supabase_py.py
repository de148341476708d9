"""supabase-py and realtime-py, which speak version 1 of the protocol and check every message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.clients.served import new_email

if TYPE_CHECKING:
    from tests.clients.places import Process
    from tests.clients.served import EventLive, Person

TEXT = {"text": "안녕"}
DENIED = 'new row violates row-level security policy for table "messages"'


def test_a_new_account_is_signed_in_and_has_a_profile(supabase_py: Process) -> None:
    email = new_email()

    made = supabase_py.play("accounts", "sign_up", email=email, password="correct horse")

    claims = made["claims"]
    assert (claims["sub"], claims["email"], claims["role"]) == (made["id"], email, "authenticated")
    assert made["profile"] == {"display_name": "새 손님"}
    assert (made["again"]["status"], made["again"]["code"]) == (422, "user_already_exists")


def test_a_wrong_password_is_refused(supabase_py: Process, stranger: Person) -> None:
    assert supabase_py.play("accounts", "refused", person=stranger) == {
        "name": "AuthApiError",
        "status": 400,
        "code": "invalid_credentials",
        "message": "Invalid login credentials",
    }


def test_refresh_tokens_rotate_and_an_old_one_ends_the_session(
    supabase_py: Process, eventlive: EventLive, stranger: Person
) -> None:
    rotated = supabase_py.play("accounts", "rotate", person=stranger)
    first, second, third = rotated["tokens"]
    eventlive.age(stranger)

    told = supabase_py.play("accounts", "refresh_all", tokens=[first, third])

    assert len({first, second, third}) == 3
    assert rotated["parent"] == third
    codes = [answer["code"] for answer in told["answers"]]
    assert codes == ["refresh_token_already_used"] * 2


def test_each_scope_of_signing_out_ends_the_sessions_it_names(
    supabase_py: Process, stranger: Person
) -> None:
    assert supabase_py.play("accounts", "sign_out", person=stranger) == {
        "local": [False, True, True],
        "others": [False, True, False],
        "global": [False, False, False],
    }


def test_rows_are_written_found_and_counted(
    supabase_py: Process, webinar: int, member: Person
) -> None:
    told = supabase_py.play("tables", "write_and_read", webinar=webinar, member=member)

    greeting = "안녕하세요! 👋"
    assert told == {
        "inserted": ["once", greeting],
        "repeated": [],
        "found": [{"body": greeting}],
        "limited": [[{"body": "once"}], 2],
        "counted": 2,
        "none": None,
        "called": True,
    }


def test_errors_carry_the_code_of_their_cause(
    supabase_py: Process, webinar: int, member: Person
) -> None:
    told = supabase_py.play("tables", "errors", webinar=webinar, member=member)

    assert told.pop("first") is None
    assert {name: error["code"] for name, error in told.items()} == {
        "duplicate": "23505",
        "single": "PGRST116",
        "column": "42703",
        "table": "PGRST205",
    }


def test_row_level_security_hides_rows_and_refuses_writes(
    supabase_py: Process, webinar: int, member: Person, stranger: Person
) -> None:
    told = supabase_py.play("tables", "security", webinar=webinar, member=member, stranger=stranger)

    assert told == {
        "member": [{"body": "for members"}],
        "stranger": [],
        "stranger writes": {"code": "42501", "message": DENIED},
        "nobody": {"code": "42501", "message": "permission denied for table messages"},
    }


def test_a_broadcast_is_heard_whoever_sent_it_and_how(supabase_py: Process, topic: str) -> None:
    told = supabase_py.play("channels", "broadcasts", topic=topic)

    assert told["heard"] == [
        {"event": "own", "payload": TEXT},
        {"event": "other", "payload": TEXT},
        {"event": "http", "payload": TEXT},
    ]


def test_clients_of_both_languages_hear_each_other(
    supabase_py: Process, node: Process, topic: str
) -> None:
    supabase_py.begin("channels", "answer", topic=topic)

    answered = node.play("broadcast", "ask", topic=topic)

    asked = supabase_py.finish()
    assert asked == {"event": "question", "payload": {"text": "들리세요?"}}
    assert answered == {"event": "answer", "payload": {"text": "네, 들려요"}}


def test_presence_follows_who_comes_changes_and_goes(supabase_py: Process, topic: str) -> None:
    told = supabase_py.play("channels", "presence", topic=topic)

    assert told["states"] == [{}, {"ann": ["calm"]}, {"ann": ["glad"]}, {}]


def test_changes_reach_whom_row_level_security_lets_see_them(
    supabase_py: Process, topic: str, webinar: int, member: Person, stranger: Person
) -> None:
    told = supabase_py.play(
        "channels", "changes", topic=topic, webinar=webinar, member=member, stranger=stranger
    )

    live = {"system": "Subscribed to PostgreSQL"}
    gone = {"change": "DELETE", "row": None, "old": {"id": told["row"]["id"]}}
    assert told["inside"] == [live, {"change": "INSERT", "row": told["row"], "old": None}, gone]
    assert told["outside"] == [live, gone]


def test_a_private_topic_lets_in_members_alone(
    supabase_py: Process, webinar: int, member: Person, stranger: Person
) -> None:
    topic = f"webinar:{webinar}"

    told = supabase_py.play("channels", "door", topic=topic, member=member, stranger=stranger)

    assert told["member"]["status"] == "SUBSCRIBED"
    assert told["stranger"]["status"] == "CHANNEL_ERROR"
    assert "You do not have permissions to read" in told["stranger"]["reason"]
