"""Signing in, and what the Auth service says to everybody (protocol B.1, B.5, B.8, B.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventlive.settings import Limits, Settings
from tests.eventlive.auth_client import AuthClient, outcome, serving_auth

if TYPE_CHECKING:
    from eventlive.supabase.keys import Project

pytestmark = pytest.mark.anyio


async def test_a_password_grant_answers_a_whole_session(auth: AuthClient) -> None:
    email = await auth.new_email(user_metadata={"display_name": "Ann"})

    answer = await auth.sign_in(email)

    session = answer.json()
    claims = auth.project.verify(session["access_token"])
    user = session["user"]
    assert answer.status_code == 200
    assert session["token_type"] == "bearer"
    assert session["expires_at"] == claims["exp"]
    assert claims["sub"] == user["id"] == answer.headers["sb-auth-user-id"]
    assert claims["session_id"] == answer.headers["sb-auth-session-id"]
    assert claims["role"] == "authenticated"
    assert claims["aud"] == "authenticated"
    assert user["email"] == email
    assert user["user_metadata"]["display_name"] == "Ann"
    assert user["identities"][0]["identity_data"]["sub"] == user["id"]
    assert user["last_sign_in_at"].endswith("Z")
    assert "banned_until" not in user


async def test_the_email_address_is_compared_without_case(auth: AuthClient) -> None:
    email = await auth.new_email()

    assert (await auth.sign_in(email.upper())).status_code == 200


@pytest.mark.parametrize("password", ["wrong", "", "x" * 100])
async def test_a_wrong_password_is_refused(auth: AuthClient, password: str) -> None:
    email = await auth.new_email()

    assert outcome(await auth.sign_in(email, password)) == (400, "invalid_credentials")


async def test_an_unknown_user_is_refused_like_a_wrong_password(auth: AuthClient) -> None:
    wrong = await auth.sign_in(await auth.new_email(), "wrong")
    unknown = await auth.sign_in("nobody@example.test")

    assert unknown.json() == wrong.json()


async def test_an_unconfirmed_address_is_refused(auth: AuthClient) -> None:
    email = await auth.new_email(email_confirm=False)

    assert outcome(await auth.sign_in(email)) == (400, "email_not_confirmed")


async def test_errors_have_the_form_that_the_client_version_asks_for(auth: AuthClient) -> None:
    path, body = "/token?grant_type=password", {"email": "nobody@example.test", "password": "x"}

    new = await auth.call("POST", path, json=body)
    old = await auth.call("POST", path, json=body, headers={"X-Supabase-Api-Version": ""})

    message = "Invalid login credentials"
    assert new.json() == {"code": "invalid_credentials", "message": message}
    assert new.headers["x-supabase-api-version"] == "2024-01-01"
    assert old.json() == {"code": 400, "error_code": "invalid_credentials", "msg": message}
    assert "x-supabase-api-version" not in old.headers


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff"])
async def test_a_body_that_is_no_json_object_is_refused(auth: AuthClient, raw: bytes) -> None:
    answer = await auth.call("POST", "/token?grant_type=password", content=raw)

    assert outcome(answer) == (400, "bad_json")


async def test_an_unknown_grant_is_refused(auth: AuthClient) -> None:
    answer = await auth.call("POST", "/token?grant_type=magic", json={})

    assert answer.json()["message"] == "unsupported_grant_type"


async def test_an_unknown_path_answers_in_the_error_form_of_auth(auth: AuthClient) -> None:
    answer = await auth.call("GET", "/magic")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


async def test_both_grants_share_one_bucket_when_limits_are_on(
    project: Project, database_url: str
) -> None:
    settings = Settings(limits=Limits(token_burst=2, token_per_s=0.001))
    async with serving_auth(project, database_url, settings) as auth:
        session = await auth.new_session()
        await auth.refresh(session["refresh_token"])

        refused = await auth.refresh(session["refresh_token"])

    assert outcome(refused) == (429, "over_request_rate_limit")


async def test_a_faithful_limit_lets_thirty_in_at_once(project: Project, database_url: str) -> None:
    async with serving_auth(project, database_url, Settings(limits=Limits.faithful())) as auth:
        codes = [(await auth.refresh("a1b2c3d4e5f6")).status_code for _ in range(31)]

    assert codes == [400] * 30 + [429]


async def test_settings_and_health_need_only_a_key(auth: AuthClient) -> None:
    settings, health = await auth.call("GET", "/settings"), await auth.call("GET", "/health")

    assert settings.json()["mailer_autoconfirm"] is True
    assert health.json()["name"] == "GoTrue"


async def test_the_public_keys_need_no_key(auth: AuthClient) -> None:
    answer = await auth.http.get("/auth/v1/.well-known/jwks.json")

    assert answer.json() == auth.project.jwks()
    assert answer.headers["cache-control"] == "public, max-age=600"
