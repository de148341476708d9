"""The refresh grant: rotation, the two mild rules and the strict one (protocol B.4)."""

from __future__ import annotations

from typing import Any

import anyio
import psycopg
import pytest

from tests.eventlive.auth_client import AuthClient, outcome

pytestmark = pytest.mark.anyio


async def test_a_refresh_keeps_the_session_and_changes_the_token(auth: AuthClient) -> None:
    session = await auth.new_session()

    refreshed = (await auth.refresh(session["refresh_token"])).json()

    before = auth.project.verify(session["access_token"])
    after = auth.project.verify(refreshed["access_token"])
    assert refreshed["refresh_token"] != session["refresh_token"]
    assert after["session_id"] == before["session_id"]
    assert after["amr"] == before["amr"]


async def test_the_parent_of_the_current_token_gets_the_current_token(
    auth: AuthClient, database_url: str
) -> None:
    first = (await auth.new_session())["refresh_token"]
    second = (await auth.refresh(first)).json()["refresh_token"]
    await make_older(database_url, first)

    assert (await auth.refresh(first)).json()["refresh_token"] == second


async def test_a_used_token_may_return_within_the_interval(auth: AuthClient) -> None:
    first = (await auth.new_session())["refresh_token"]
    second = (await auth.refresh(first)).json()["refresh_token"]
    third = (await auth.refresh(second)).json()["refresh_token"]

    again = await auth.refresh(first)

    assert again.status_code == 200
    assert again.json()["refresh_token"] not in {first, second, third}


async def test_a_used_token_that_returns_late_revokes_its_family(
    auth: AuthClient, database_url: str
) -> None:
    first = (await auth.new_session())["refresh_token"]
    second = (await auth.refresh(first)).json()["refresh_token"]
    third = (await auth.refresh(second)).json()["refresh_token"]
    await make_older(database_url, first)

    stolen = await auth.refresh(first)

    assert outcome(stolen) == (400, "refresh_token_already_used")
    assert stolen.json()["message"] == "Invalid Refresh Token: Already Used"
    assert outcome(await auth.refresh(third)) == (400, "refresh_token_already_used")


async def test_a_revoked_family_leaves_other_sessions_alone(
    auth: AuthClient, database_url: str
) -> None:
    email = await auth.new_email()
    first = (await auth.sign_in(email)).json()["refresh_token"]
    other = (await auth.sign_in(email)).json()["refresh_token"]
    second = (await auth.refresh(first)).json()["refresh_token"]
    await auth.refresh(second)
    await make_older(database_url, first)

    await auth.refresh(first)

    assert (await auth.refresh(other)).status_code == 200


async def test_tabs_that_refresh_together_all_stay_signed_in(auth: AuthClient) -> None:
    token = (await auth.new_session())["refresh_token"]
    answers: list[Any] = []

    async def refresh() -> None:
        answers.append(await auth.refresh(token))

    async with anyio.create_task_group() as tabs:
        for _ in range(5):
            tabs.start_soon(refresh)

    assert [answer.status_code for answer in answers] == [200] * 5
    # The first tab rotated; the others came with the parent of what is now current.
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("a1b2c3d4e5f6", (400, "refresh_token_not_found")),
        ("too-short", (400, "validation_failed")),
        ("A1B2C3D4E5F6", (400, "validation_failed")),
    ],
)
async def test_a_token_that_was_never_issued_is_refused(
    auth: AuthClient, token: str, expected: tuple[int, str]
) -> None:
    assert outcome(await auth.refresh(token)) == expected


async def test_a_missing_refresh_token_is_refused_in_the_words_of_oauth(auth: AuthClient) -> None:
    answer = await auth.refresh("")

    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_request",
        "error_description": "refresh_token required",
    }


async def make_older(database_url: str, refresh_token: str) -> None:
    """The token was used longer ago than the reuse interval allows."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute(
            "update auth.refresh_tokens set updated_at = updated_at - interval '11 s'"
            " where token = %s",
            (refresh_token,),
        )
