"""One's own account, signing up and signing out (protocol B.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from eventlive.settings import Settings
from tests.eventlive.auth_client import PASSWORD, AuthClient, outcome, serving_auth

if TYPE_CHECKING:
    from eventlive.supabase.keys import Project

pytestmark = pytest.mark.anyio


async def test_the_user_is_told_as_long_as_the_session_exists(auth: AuthClient) -> None:
    session = await auth.new_session()

    assert await auth.user_status(session) == (200, "")
    await auth.call("POST", "/logout", bearer=session["access_token"])
    assert await auth.user_status(session) == (403, "session_not_found")


async def test_a_key_is_not_a_user(auth: AuthClient) -> None:
    assert outcome(await auth.call("GET", "/user")) == (403, "bad_jwt")


async def test_an_expired_access_token_is_refused_without_leeway(
    project: Project, database_url: str
) -> None:
    async with serving_auth(project, database_url, Settings(jwt_expiry_s=-1)) as auth:
        session = await auth.new_session()

        answer = await auth.call("GET", "/user", bearer=session["access_token"])

    assert outcome(answer) == (403, "bad_jwt")
    assert answer.json()["message"].endswith("token has invalid claims: token is expired")


async def test_no_bearer_token_at_all_is_refused(auth: AuthClient) -> None:
    answer = await auth.call("GET", "/user", headers={"Authorization": "Basic x"})

    assert outcome(answer) == (401, "no_authorization")


async def test_a_deleted_user_is_not_found(auth: AuthClient) -> None:
    session = await auth.new_session()
    await auth.as_admin("DELETE", f"/admin/users/{session['user']['id']}")

    assert await auth.user_status(session) == (403, "user_not_found")
    assert outcome(await auth.refresh(session["refresh_token"])) == (400, "refresh_token_not_found")


async def test_metadata_changes_member_by_member(auth: AuthClient) -> None:
    email = await auth.new_email(user_metadata={"display_name": "Ann", "old": 1})
    bearer = (await auth.sign_in(email)).json()["access_token"]

    answer = await auth.call("PUT", "/user", bearer=bearer, json={"data": {"new": 2, "old": None}})

    assert answer.status_code == 200
    metadata = answer.json()["user_metadata"]
    assert metadata == {"display_name": "Ann", "email_verified": True, "new": 2}


async def test_a_new_password_ends_the_other_sessions(auth: AuthClient) -> None:
    email = await auth.new_email()
    mine, other = [(await auth.sign_in(email)).json() for _ in range(2)]

    body = {"password": "battery staple"}
    changed = await auth.call("PUT", "/user", bearer=mine["access_token"], json=body)

    assert changed.status_code == 200
    assert await auth.user_status(mine) == (200, "")
    assert await auth.user_status(other) == (403, "session_not_found")
    assert outcome(await auth.sign_in(email)) == (400, "invalid_credentials")
    assert (await auth.sign_in(email, "battery staple")).status_code == 200


async def test_the_same_password_is_no_change(auth: AuthClient) -> None:
    bearer = (await auth.new_session())["access_token"]

    answer = await auth.call("PUT", "/user", bearer=bearer, json={"password": PASSWORD})

    assert outcome(answer) == (422, "same_password")


async def test_an_address_that_is_taken_cannot_be_taken_again(auth: AuthClient) -> None:
    taken, bearer = await auth.new_email(), (await auth.new_session())["access_token"]

    answer = await auth.call("PUT", "/user", bearer=bearer, json={"email": taken})

    assert outcome(answer) == (422, "email_exists")


async def test_a_sign_up_is_signed_in_at_once(auth: AuthClient) -> None:
    email = f"{uuid4().hex}@example.test"
    body = {"email": email, "password": PASSWORD, "data": {"display_name": "Ann"}}

    answer = await auth.call("POST", "/signup", json=body)

    session = answer.json()
    assert answer.status_code == 200
    assert session["user"]["user_metadata"] == {
        "display_name": "Ann",
        "email": email,
        "email_verified": True,
        "phone_verified": False,
        "sub": session["user"]["id"],
    }
    assert await auth.user_status(session) == (200, "")


async def test_nobody_signs_up_twice(auth: AuthClient) -> None:
    body = {"email": await auth.new_email(), "password": PASSWORD}

    answer = await auth.call("POST", "/signup", json=body)

    assert outcome(answer) == (422, "user_already_exists")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"email": "new@example.test", "password": "short"}, (422, "weak_password")),
        ({"email": "new@example.test"}, (400, "validation_failed")),
        ({"email": "new@example.test", "password": "x" * 73}, (400, "validation_failed")),
        ({"email": "not an address", "password": PASSWORD}, (400, "validation_failed")),
        ({"email": ["list"], "password": PASSWORD}, (400, "validation_failed")),
        ({}, (422, "anonymous_provider_disabled")),
    ],
)
async def test_a_sign_up_without_what_it_needs_is_refused(
    auth: AuthClient, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert outcome(await auth.call("POST", "/signup", json=body)) == expected


async def test_a_weak_password_says_why(auth: AuthClient) -> None:
    body = {"email": "new@example.test", "password": "short"}

    answer = await auth.call("POST", "/signup", json=body)

    assert answer.json()["weak_password"] == {"reasons": ["length"]}


@pytest.mark.parametrize(
    ("scope", "mine_lives", "other_lives"),
    [("global", False, False), ("local", False, True), ("others", True, False)],
)
async def test_a_sign_out_ends_the_sessions_in_its_scope(
    auth: AuthClient, scope: str, mine_lives: bool, other_lives: bool
) -> None:
    email = await auth.new_email()
    mine, other = [(await auth.sign_in(email)).json() for _ in range(2)]

    answer = await auth.call("POST", f"/logout?scope={scope}", bearer=mine["access_token"])

    assert (answer.status_code, answer.content) == (204, b"")
    for session, lives in ((mine, mine_lives), (other, other_lives)):
        assert (await auth.user_status(session))[0] == (200 if lives else 403)
        # The token itself stays good: only Auth looks at the session (protocol H.20).
        assert auth.project.verify(session["access_token"])


async def test_an_unknown_sign_out_scope_is_refused(auth: AuthClient) -> None:
    bearer = (await auth.new_session())["access_token"]

    answer = await auth.call("POST", "/logout?scope=all", bearer=bearer)

    assert outcome(answer) == (400, "validation_failed")
