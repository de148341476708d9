"""supabase-js and Auth: accounts, rotation of refresh tokens, and the scopes of signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.clients.served import new_email

if TYPE_CHECKING:
    from tests.clients.places import Place
    from tests.clients.served import EventLive, Person

WRONG = {
    "name": "AuthApiError",
    "status": 400,
    "code": "invalid_credentials",
    "message": "Invalid login credentials",
}
USED = {
    "name": "AuthApiError",
    "status": 400,
    "code": "refresh_token_already_used",
    "message": "Invalid Refresh Token: Already Used",
}
MISSING = "Auth session missing!"


def test_a_new_account_is_signed_in_and_has_a_profile(supabase_js: Place) -> None:
    email = new_email()

    made = supabase_js.play("auth", "signUp", email=email, password="correct horse")

    claims = made["claims"]
    assert made["algorithm"] == "ES256"
    assert (claims["sub"], claims["email"], claims["role"]) == (made["id"], email, "authenticated")
    assert made["profile"] == [{"display_name": "새 손님"}]


def test_a_taken_address_and_a_weak_password_are_refused(supabase_js: Place) -> None:
    made = supabase_js.play("auth", "signUp", email=new_email(), password="correct horse")

    assert made["again"] == {
        "name": "AuthApiError",
        "status": 422,
        "code": "user_already_exists",
        "message": "User already registered",
    }
    weak = made["weak"]
    assert (weak["name"], weak["code"]) == ("AuthWeakPasswordError", "weak_password")
    assert weak["reasons"] == ["length"]


def test_a_wrong_password_and_an_unknown_address_are_told_the_same(
    supabase_js: Place, stranger: Person
) -> None:
    told = supabase_js.play("auth", "refused", person=stranger)

    assert told["password"] == told["address"] == WRONG


def test_a_key_of_another_project_is_refused(supabase_js: Place, stranger: Person) -> None:
    told = supabase_js.play("auth", "refused", person=stranger)

    assert told["key"]["status"] == 401


def test_the_parent_of_the_current_token_gets_the_current_token(
    supabase_js: Place, stranger: Person
) -> None:
    rotated = supabase_js.play("auth", "rotate", person=stranger)

    assert len(set(rotated["tokens"])) == 3
    assert rotated["parent"] == rotated["tokens"][-1]


def test_an_old_token_ends_its_session_and_no_other(
    supabase_js: Place, eventlive: EventLive, stranger: Person
) -> None:
    rotated = supabase_js.play("auth", "rotate", person=stranger)
    eventlive.age(stranger)
    first, *_, current = rotated["tokens"]
    unknown = "a" * 12

    told = supabase_js.play(
        "auth", "refreshAll", tokens=[first, current, rotated["other"], unknown]
    )

    *known, never_issued = told["answers"]
    assert known == [USED, USED, None]
    assert never_issued["code"] == "refresh_token_not_found"


def test_each_scope_of_signing_out_ends_the_sessions_it_names(
    supabase_js: Place, stranger: Person
) -> None:
    out = supabase_js.play("auth", "signOut", person=stranger)

    assert out == {
        "local": [MISSING, None, None, None],
        "others": [MISSING, None, MISSING, MISSING],
        "global": [MISSING] * 4,
    }


def test_an_application_is_told_of_each_change_and_a_new_password_counts(
    supabase_js: Place, stranger: Person
) -> None:
    told = supabase_js.play("auth", "events", person=stranger)

    assert told == {
        "heard": [
            "INITIAL_SESSION",
            "SIGNED_IN",
            "TOKEN_REFRESHED",
            "USER_UPDATED",
            "SIGNED_OUT",
            "SIGNED_IN",
        ],
        "seat": 7,
        "error": None,
    }


def test_only_an_administrator_administers(supabase_js: Place, stranger: Person) -> None:
    email = new_email()

    done = supabase_js.play(
        "auth", "administer", email=email, password="correct horse", person=stranger
    )

    assert (done["listed"], done["seats"]) == ([email], [7, 7])
    assert done["deleted"]["code"] == "user_not_found"
    assert (done["member"]["status"], done["member"]["code"]) == (403, "not_admin")
