"""Users as the service key manages them (protocol B.5)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.eventlive.auth_client import PASSWORD, AuthClient, outcome

pytestmark = pytest.mark.anyio

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin/users"),
        ("POST", "/admin/users"),
        ("GET", f"/admin/users/{NOBODY}"),
        ("PUT", f"/admin/users/{NOBODY}"),
        ("DELETE", f"/admin/users/{NOBODY}"),
    ],
)
async def test_only_the_service_key_manages_users(auth: AuthClient, method: str, path: str) -> None:
    signed_in = (await auth.new_session())["access_token"]

    assert outcome(await auth.call(method, path)) == (403, "not_admin")
    assert outcome(await auth.call(method, path, bearer=signed_in)) == (403, "not_admin")


async def test_the_legacy_service_key_manages_users_too(auth: AuthClient) -> None:
    answer = await auth.call("GET", "/admin/users", key=auth.project.service_role_key)

    assert answer.status_code == 200


async def test_a_created_user_is_what_was_asked_for(auth: AuthClient) -> None:
    wanted, email = str(uuid4()), f"{uuid4().hex}@Example.test"
    body = {
        "id": wanted,
        "email": email,
        "password": PASSWORD,
        "email_confirm": True,
        "user_metadata": {"display_name": "Ann"},
        "app_metadata": {"role": "admin"},
    }

    created = (await auth.as_admin("POST", "/admin/users", json=body)).json()

    read = (await auth.as_admin("GET", f"/admin/users/{wanted}")).json()
    assert read == created
    assert created["id"] == wanted
    assert created["email"] == email.lower()
    assert created["app_metadata"] == {"provider": "email", "providers": ["email"], "role": "admin"}
    assert created["user_metadata"] == {"display_name": "Ann", "email_verified": True}
    assert "last_sign_in_at" not in created


async def test_an_address_belongs_to_one_user(auth: AuthClient) -> None:
    body = {"email": await auth.new_email(), "password": PASSWORD}

    answer = await auth.as_admin("POST", "/admin/users", json=body)

    assert outcome(answer) == (422, "email_exists")


async def test_a_user_needs_an_address(auth: AuthClient) -> None:
    answer = await auth.as_admin("POST", "/admin/users", json={"password": PASSWORD})

    assert outcome(answer) == (400, "validation_failed")


async def test_a_user_created_without_a_password_cannot_sign_in(auth: AuthClient) -> None:
    email = await auth.new_email(password=None)

    assert outcome(await auth.sign_in(email, "")) == (400, "invalid_credentials")


async def test_a_page_of_users_comes_with_the_total(auth: AuthClient) -> None:
    newest = [await auth.new_email() for _ in range(3)][::-1]

    answer = await auth.as_admin("GET", "/admin/users?page=1&per_page=2")

    total = int(answer.headers["x-total-count"])
    assert [user["email"] for user in answer.json()["users"]] == newest[:2]
    assert answer.json()["aud"] == "authenticated"
    assert total >= 3
    assert '</admin/users?page=2&per_page=2>; rel="next"' in answer.headers["link"]
    assert (
        f'</admin/users?page={(total + 1) // 2}&per_page=2>; rel="last"' in answer.headers["link"]
    )


@pytest.mark.parametrize("query", ["page=0", "page=x", "per_page=-1", "page=²"])
async def test_a_page_that_cannot_be_is_refused(auth: AuthClient, query: str) -> None:
    answer = await auth.as_admin("GET", f"/admin/users?{query}")

    assert outcome(answer) == (400, "validation_failed")


async def test_an_update_changes_what_it_names_and_ends_sessions(auth: AuthClient) -> None:
    session = await auth.new_session()
    path = f"/admin/users/{session['user']['id']}"
    body = {"password": "battery staple", "app_metadata": {"role": "admin"}}

    updated = (await auth.as_admin("PUT", path, json=body)).json()

    assert updated["app_metadata"]["role"] == "admin"
    assert updated["email"] == session["user"]["email"]
    assert await auth.user_status(session) == (403, "session_not_found")
    assert (await auth.sign_in(updated["email"], "battery staple")).status_code == 200


async def test_a_banned_user_neither_signs_in_nor_refreshes_until_the_ban_is_lifted(
    auth: AuthClient,
) -> None:
    session = await auth.new_session()
    email, path = session["user"]["email"], f"/admin/users/{session['user']['id']}"

    banned = await auth.as_admin("PUT", path, json={"ban_duration": "1h30m"})

    assert "banned_until" in banned.json()
    assert outcome(await auth.sign_in(email)) == (400, "user_banned")
    assert outcome(await auth.refresh(session["refresh_token"])) == (400, "user_banned")
    await auth.as_admin("PUT", path, json={"ban_duration": "none"})
    assert (await auth.refresh(session["refresh_token"])).status_code == 200


@pytest.mark.parametrize("duration", ["forever", "1d", "-1h", "9" * 30 + "h"])
async def test_a_ban_needs_a_length(auth: AuthClient, duration: str) -> None:
    path = f"/admin/users/{(await auth.new_session())['user']['id']}"

    answer = await auth.as_admin("PUT", path, json={"ban_duration": duration})

    assert outcome(answer) == (400, "validation_failed")


async def test_a_deleted_user_is_gone(auth: AuthClient) -> None:
    session = await auth.new_session()
    path = f"/admin/users/{session['user']['id']}"

    deleted = await auth.as_admin("DELETE", path, json={"should_soft_delete": False})

    assert (deleted.status_code, deleted.json()) == (200, {})
    assert outcome(await auth.as_admin("GET", path)) == (404, "user_not_found")
    assert outcome(await auth.sign_in(session["user"]["email"])) == (400, "invalid_credentials")


async def test_an_id_that_is_none_is_refused(auth: AuthClient) -> None:
    answer = await auth.as_admin("GET", "/admin/users/149402")

    assert outcome(answer) == (404, "validation_failed")
