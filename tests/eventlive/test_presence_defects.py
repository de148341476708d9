"""Routes that misbehave about who is there, over a real database."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import httpx
import psycopg
import pytest

from eventlive.defects.breaking import broken_routes
from eventlive.defects.choosing import choose
from eventlive.settings import Settings
from eventlive.standin import StandIn, stand_in
from tests.eventlive.calling import Member, Site, Upstream, site_over
from tests.eventlive.people import new_webinar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.anyio

HALL, LOBBY = 920021, 920022
ADA, BEN = "ada@presence.test", "ben@presence.test"


@pytest.fixture(scope="module")
async def local(database_url: str) -> AsyncIterator[StandIn]:
    """The stand-in over the shared database."""
    async with stand_in(Settings(database_url=database_url)) as running:
        yield running


@pytest.fixture(scope="module")
def connection(local: StandIn) -> Iterator[psycopg.Connection[Any]]:
    """The database itself, with two webinars in it."""
    with psycopg.connect(local.database_url, autocommit=True) as connection:
        for webinar in (HALL, LOBBY):
            new_webinar(connection, webinar, is_open=True)
        yield connection
        connection.execute("delete from webinars where id in (%s, %s)", (HALL, LOBBY))


@pytest.fixture(autouse=True)
def nobody_is_there(connection: psycopg.Connection[Any]) -> None:
    """Each test begins with empty webinars."""
    connection.execute("delete from webinar_live_presence")


@asynccontextmanager
async def broken(
    local: StandIn, connection: psycopg.Connection[Any], text: str
) -> AsyncIterator[Site]:
    """EventLive with this defect."""
    upstream = Upstream(httpx.ASGITransport(local.app).handle_async_request)
    routes = broken_routes(choose([text]))
    async with site_over(upstream, local.project, instead=routes) as http:
        yield Site(http=http, upstream=upstream, project=local.project, connection=connection)


def named(member: Member, email: str) -> Member:
    """The same person with an address in the token."""
    claims = {"sub": member.user_id, "role": "authenticated", "aud": "authenticated"}
    token = member.site.project.issue(claims | {"email": email, "exp": 4_000_000_000})
    return replace(member, token=token)


async def came_and_left(member: Member, webinar: int = HALL) -> httpx.Response:
    """What she was told when she left."""
    visit = str(uuid4())
    await member.post(f"/api/webinars/{webinar}/presence/ping", session_id=visit)
    return await member.post(f"/api/webinars/{webinar}/presence/leave", session_id=visit)


async def console(admin: Member, webinar: int = HALL) -> tuple[int, list[str]]:
    """How many are there, and who."""
    told = (await admin.get(f"/api/webinars/{webinar}/stats/access")).json()
    return told["present"], [one["user_id"] for one in told["attendees"]]


def present(site: Site) -> object:
    return site.one("select count(*) from webinar_live_presence")


async def test_whoever_leaves_is_told_so_and_stays_in_the_table(
    local: StandIn, connection: psycopg.Connection[Any]
) -> None:
    async with broken(local, connection, "forget-leave") as site:
        told = await came_and_left(site.member(HALL))

        assert (told.status_code, told.content) == (204, b"")
        assert present(site) == 1


async def test_only_those_whom_a_choice_hits_stay(
    local: StandIn, connection: psycopg.Connection[Any]
) -> None:
    async with broken(local, connection, f"forget-leave,user={ADA}") as site:
        await came_and_left(named(site.member(HALL), BEN))
        assert present(site) == 0
        await came_and_left(named(site.member(HALL), ADA))
        assert present(site) == 1


async def test_the_console_goes_on_showing_those_who_left_the_same_webinar(
    local: StandIn, connection: psycopg.Connection[Any]
) -> None:
    async with broken(local, connection, "stale-admin-roster") as site:
        admin, member = site.member(role="admin"), site.member(HALL)
        await member.post(f"/api/webinars/{HALL}/presence/ping", session_id=str(uuid4()))
        while_she_is_there = await console(admin)
        connection.execute("delete from webinar_live_presence")

        assert while_she_is_there == (1, [member.user_id])
        assert await console(admin) == (1, [member.user_id])
        assert await console(admin, LOBBY) == (0, [])


async def test_a_console_shows_nobody_whom_it_never_showed_and_refuses_whom_it_refuses(
    local: StandIn, connection: psycopg.Connection[Any]
) -> None:
    async with broken(local, connection, "stale-admin-roster") as site:
        member = site.member(HALL)
        await came_and_left(member)

        assert await console(site.member(role="admin")) == (0, [])
        refused = await member.get(f"/api/webinars/{HALL}/stats/access")
        assert refused.status_code == 403


@pytest.mark.parametrize(
    ("event", "email", "is_told"),
    [
        ("session_conflict", ADA, False),
        ("session_conflict", BEN, True),
        ("message", ADA, True),
        ("presence_diff", ADA, True),
    ],
)
def test_only_word_of_another_device_is_kept_from_whom_a_choice_hits(
    event: str, email: str, *, is_told: bool
) -> None:
    told: list[str] = []
    [choice] = choose([f"session-conflict-not-raised,user={ADA}"])
    listener = cast("Any", SimpleNamespace(caller=SimpleNamespace(claims={"email": email})))

    assert choice.defect.deliver is not None
    choice.defect.deliver(
        choice, lambda *said: told.append(said[-1]), listener, cast("Any", None), event
    )

    assert told == [event] * is_told
