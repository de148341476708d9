"""EventLive's routes over a real database: what they answer, and what they cost upstream."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from eventlive.settings import Settings
from eventlive.standin import StandIn, stand_in
from eventlive.supabase.keys import Project
from tests.eventlive.calling import CLOSED, OPEN, Member, Site, Upstream, site_over, token_for
from tests.eventlive.people import new_webinar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def local(database_url: str) -> AsyncIterator[StandIn]:
    """The stand-in over the shared database."""
    async with stand_in(Settings(database_url=database_url)) as running:
        yield running


@pytest.fixture(scope="module")
def connection(local: StandIn) -> Iterator[psycopg.Connection[Any]]:
    """The database itself, with one open and one closed webinar in it."""
    with psycopg.connect(local.database_url, autocommit=True) as connection:
        new_webinar(connection, OPEN, is_open=True)
        new_webinar(connection, CLOSED, is_open=False)
        yield connection
        connection.execute("delete from webinars where id in (%s, %s)", (OPEN, CLOSED))


@pytest.fixture
async def site(local: StandIn, connection: psycopg.Connection[Any]) -> AsyncIterator[Site]:
    """EventLive over the stand-in."""
    upstream = Upstream(httpx.ASGITransport(local.app).handle_async_request)
    async with site_over(upstream, local.project) as http:
        yield Site(http=http, upstream=upstream, project=local.project, connection=connection)


async def test_entering_an_open_webinar_registers_and_tells_where_the_chat_is(site: Site) -> None:
    member = site.member()

    answer = await member.track()

    assert answer.status_code == 200
    assert answer.json() == {
        "webinar": {"id": OPEN, "title": f"웨비나 {OPEN}"},
        "user": {"id": member.user_id, "display_name": member.user_id, "role": "member"},
        "transport": "broadcast",
        "topic": f"webinar:{OPEN}",
    }
    assert registrations_of(member) == [OPEN]


async def test_entry_costs_three_rest_calls(site: Site) -> None:
    await site.member().track()

    assert site.upstream.taken() == [
        "GET /rest/v1/entrances 200",
        "POST /rest/v1/registrations 201",
        "POST /rest/v1/webinar_user_sessions 201",
    ]


async def test_a_heartbeat_costs_two_rest_calls_and_never_registers(site: Site) -> None:
    registrant, foreigner = site.member(OPEN), site.member()

    assert (await registrant.track(event="heartbeat")).status_code == 200
    assert len(site.upstream.taken()) == 2
    assert (await foreigner.track(event="heartbeat")).status_code == 403
    assert registrations_of(foreigner) == []


async def test_simultaneous_entries_of_one_user_meet_no_conflict(site: Site) -> None:
    member = site.member()

    answers = await asyncio.gather(*(member.track() for _ in range(12)))

    assert {answer.status_code for answer in answers} == {200}
    assert not [call for call in site.upstream.taken() if call.endswith("409")]
    assert registrations_of(member) == [OPEN]


async def test_a_closed_webinar_refuses_who_is_not_registered(site: Site) -> None:
    foreigner, registrant = site.member(), site.member(CLOSED)

    refused = await foreigner.track(CLOSED)

    assert (refused.status_code, refused.json()["error"]) == (403, "not_registered")
    assert registrations_of(foreigner) == []
    assert (await registrant.track(CLOSED)).status_code == 200


async def test_an_admin_enters_everywhere_and_is_not_counted_as_registered(site: Site) -> None:
    admin = site.member(role="admin")

    answer = await admin.track(CLOSED)

    assert answer.json()["user"]["role"] == "admin"
    assert registrations_of(admin) == []


@pytest.mark.parametrize("webinar_id", [1, 2**63, 10**40])
async def test_a_webinar_that_does_not_exist_is_not_found(site: Site, webinar_id: int) -> None:
    assert (await site.member().track(webinar_id)).status_code == 404


async def test_a_ping_is_one_upsert(site: Site) -> None:
    member, path = site.member(OPEN), f"/api/webinars/{OPEN}/presence/ping"
    session_id = str(uuid4())

    answers = [await member.post(path, session_id=session_id) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert [call.split()[1] for call in site.upstream.taken()] == [
        "/rest/v1/webinar_live_presence"
    ] * 2


async def test_a_ping_registers_nobody(site: Site) -> None:
    foreigner = site.member()

    answer = await foreigner.post(f"/api/webinars/{OPEN}/presence/ping", session_id=str(uuid4()))

    assert answer.status_code == 403
    assert len(site.upstream.taken()) == 1
    assert registrations_of(foreigner) == []


async def test_a_beacon_ends_the_session_with_the_token_in_its_body(site: Site) -> None:
    member = site.member(OPEN)
    session_id = await member.sits_down()

    beacon = {"session_id": session_id, "access_token": member.token}
    answer = await site.http.post(f"/api/webinars/{OPEN}/presence/leave", json=beacon)

    assert answer.status_code == 204
    assert (seats(site, session_id), is_over(site, session_id)) == (0, True)


async def test_whoever_comes_in_at_another_device_is_out_at_the_first(site: Site) -> None:
    member = site.member(OPEN)
    first = await member.sits_down()

    second = await member.at_another_device().sits_down()

    assert [is_over(site, visit) for visit in (first, second)] == [True, False]
    assert [seats(site, visit) for visit in (first, second)] == [0, 1]


async def test_the_first_devices_page_is_told_and_nothing_more_is_said(site: Site) -> None:
    member = site.member(OPEN)
    first = await member.sits_down()
    site.upstream.taken()

    await member.at_another_device().track()

    assert site.upstream.taken() == [
        "GET /rest/v1/entrances 200",
        "POST /rest/v1/registrations 200",
        "POST /rest/v1/webinar_user_sessions 201",
        "PATCH /rest/v1/webinar_user_sessions 204",
        "DELETE /rest/v1/webinar_live_presence 204",
        f"POST /realtime/v1/api/broadcast/webinar%3A{OPEN}/events/session_conflict 202",
    ]
    assert json.loads(site.upstream.content) == {"visits": [first]}


async def test_another_tab_is_no_conflict_and_costs_nothing_more(site: Site) -> None:
    member = site.member(OPEN)
    first = await member.sits_down()
    site.upstream.taken()

    await member.track()

    assert len(site.upstream.taken()) == 3
    assert (is_over(site, first), seats(site, first)) == (False, 1)


async def test_another_device_at_another_webinar_is_no_conflict(site: Site) -> None:
    member = site.member(OPEN, CLOSED)
    first = await member.sits_down()
    site.upstream.taken()

    await member.at_another_device().track(CLOSED)

    assert len(site.upstream.taken()) == 3
    assert not is_over(site, first)


async def test_a_heartbeat_sends_nobody_away(site: Site) -> None:
    member = site.member(OPEN)
    first, other = await member.sits_down(), member.at_another_device()

    await other.track(event="heartbeat")

    assert not is_over(site, first)


async def test_an_admin_may_be_at_many_devices(site: Site) -> None:
    admin = site.member(role="admin")
    first = await admin.sits_down()

    await admin.at_another_device().track()

    assert not is_over(site, first)


async def test_a_page_that_is_long_gone_is_told_nothing(site: Site) -> None:
    member = site.member(OPEN)
    first = await member.sits_down()
    long_gone = "update webinar_user_sessions set last_track_at = now() - interval '7 min'"
    site.connection.execute(f"{long_gone} where id = %s", (first,))

    await member.at_another_device().track()

    assert not is_over(site, first)
    assert "session_conflict" not in " ".join(site.upstream.taken())


@pytest.mark.parametrize("event", ["heartbeat", "enter"])
async def test_a_visit_that_has_ended_is_not_taken_up_again(site: Site, event: str) -> None:
    member = site.member(OPEN)
    first = await member.sits_down()
    await member.at_another_device().track()

    answer = await member.track(event=event, visit=first)

    assert (answer.status_code, answer.json()["error"]) == (409, "session_conflict")
    assert is_over(site, first)


async def test_a_ping_that_comes_after_its_visit_takes_no_seat(site: Site) -> None:
    member = site.member(OPEN)
    first = await member.sits_down()
    await member.at_another_device().track()

    answer = await member.post(f"/api/webinars/{OPEN}/presence/ping", session_id=first)

    assert answer.status_code == 403
    assert seats(site, first) == 0


async def test_whoever_comes_in_is_in_even_if_her_other_page_cannot_be_told(
    local: StandIn, connection: psycopg.Connection[Any]
) -> None:
    supabase = httpx.ASGITransport(local.app)

    async def voiceless(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/realtime/"):
            return httpx.Response(503)
        return await supabase.handle_async_request(request)

    upstream = Upstream(voiceless)
    async with site_over(upstream, local.project) as http:
        site = Site(http=http, upstream=upstream, project=local.project, connection=connection)
        member = site.member(OPEN)
        first = await member.sits_down()

        assert (await member.at_another_device().track()).status_code == 200
        assert is_over(site, first)


async def test_a_message_is_stored_answered_and_broadcast(site: Site) -> None:
    member, client_id = site.member(OPEN), str(uuid4())

    answer = await member.write("안녕하세요! 👋", kind="greeting", client_id=client_id)

    assert answer.status_code == 201
    message = answer.json()
    assert message == {
        "id": site.one("select id from messages where client_id = %s", client_id),
        "webinar_id": OPEN,
        "user_id": member.user_id,
        "author": member.user_id,
        "kind": "greeting",
        "body": "안녕하세요! 👋",
        "client_id": client_id,
        "created_at": message["created_at"],
    }
    assert datetime.fromisoformat(message["created_at"]).tzinfo is not None
    broadcast = f"POST /realtime/v1/api/broadcast/webinar%3A{OPEN}/events/message 202"
    assert site.upstream.taken() == [
        "POST /rest/v1/messages 201",
        "GET /rest/v1/chat 200",
        broadcast,
    ]
    await member.write("again")
    assert site.upstream.taken() == ["POST /rest/v1/messages 201", broadcast]


async def test_a_repeated_message_is_the_same_and_broadcast_once(site: Site) -> None:
    member, client_id = site.member(OPEN), str(uuid4())

    first = await member.write("once", client_id=client_id)
    site.upstream.taken()
    second = await member.write("once", client_id=client_id)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert not [call for call in site.upstream.taken() if "broadcast" in call]


@pytest.mark.parametrize(
    "wrong",
    [
        {"body": ""},
        {"body": "  \n "},
        {"body": "가" * 2001},
        {"body": "a\x00b"},
        {"body": 5},
        {"kind": "shout"},
        {"client_id": "7"},
        {"client_id": None},
    ],
)
async def test_a_message_that_cannot_be_stored_is_refused_before_any_call(
    site: Site, wrong: dict[str, object]
) -> None:
    answer = await site.member(OPEN).write(**({"body": "fine"} | wrong))  # type: ignore[arg-type]

    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")
    assert site.upstream.taken() == []


async def test_a_foreigner_cannot_write_and_reads_nothing(site: Site) -> None:
    await site.member(OPEN).write("for attendees")
    foreigner = site.member()

    refused = await foreigner.write("hello?")
    read = await foreigner.get(f"/api/webinars/{OPEN}/messages")

    assert (refused.status_code, refused.json()["error"]) == (403, "not_registered")
    assert read.json() == {"messages": []}


async def test_history_is_the_newest_and_polling_goes_on_from_an_id(site: Site) -> None:
    member = site.member(OPEN)
    ids = [(await member.write(f"number {n}")).json()["id"] for n in range(4)]
    path = f"/api/webinars/{OPEN}/messages"

    newest = (await member.get(f"{path}?limit=2")).json()["messages"]
    site.upstream.taken()
    later = (await member.get(f"{path}?after={ids[0]}&limit=2")).json()["messages"]

    assert [message["id"] for message in newest] == ids[2:]
    assert [message["id"] for message in later] == ids[1:3]
    assert site.upstream.taken() == ["GET /rest/v1/chat 200"]


@pytest.mark.parametrize("query", ["after=x", "after=-1", "limit=1e3", f"after={2**63}"])
async def test_a_wrong_number_in_the_query_is_refused(site: Site, query: str) -> None:
    answer = await site.member(OPEN).get(f"/api/webinars/{OPEN}/messages?{query}")

    assert answer.status_code == 400


async def test_a_hidden_message_stays_visible_to_admins_only(site: Site) -> None:
    member, admin = site.member(OPEN), site.member(role="admin")
    message_id = (await member.write("off topic")).json()["id"]
    hide, path = (
        f"/api/webinars/{OPEN}/messages/{message_id}/hide",
        f"/api/webinars/{OPEN}/messages",
    )

    assert (await member.post(hide)).json()["error"] == "admins_only"
    assert (await admin.post(hide)).status_code == 204

    assert site.upstream.taken()[-1].startswith("POST /realtime/v1/api/broadcast/")
    seen = [each["id"] for each in (await member.get(path)).json()["messages"]]
    (hidden,) = [
        each for each in (await admin.get(path)).json()["messages"] if each["id"] == message_id
    ]
    assert message_id not in seen
    assert hidden["hidden_at"] is not None
    assert (await admin.post(f"{path}/999999/hide")).status_code == 404


async def test_names_come_in_one_answer_and_only_of_fellow_attendees(site: Site) -> None:
    member, fellow, foreigner = site.member(OPEN), site.member(OPEN), site.member()
    others = [str(uuid4()) for _ in range(150)]

    answer = await member.post(
        "/api/profiles/batch", ids=[fellow.user_id, foreigner.user_id, *others]
    )

    assert answer.json() == {"profiles": [{"id": fellow.user_id, "display_name": fellow.user_id}]}
    assert len(site.upstream.taken()) == 2


async def test_statistics_count_people_and_not_tabs(site: Site) -> None:
    member, admin, path = site.member(CLOSED), site.member(role="admin"), f"/api/webinars/{CLOSED}"
    for _ in range(2):
        await member.post(f"{path}/presence/ping", session_id=str(uuid4()))
    await member.write("hello", CLOSED)
    site.upstream.taken()

    figures = (await admin.get(f"{path}/stats/access")).json()

    assert len(site.upstream.taken()) == 4
    (attendee,) = figures.pop("attendees")
    assert (attendee["user_id"], attendee["display_name"]) == (member.user_id, member.user_id)
    assert figures["present"] == 1
    assert figures["messages"] == site.one(
        "select count(*) from messages where webinar_id = %s", CLOSED
    )
    assert figures["registered"] == site.one(
        "select count(*) from registrations where webinar_id = %s", CLOSED
    )


async def test_statistics_are_for_admins(site: Site) -> None:
    answer = await site.member(OPEN).get(f"/api/webinars/{OPEN}/stats/access")

    assert (answer.status_code, answer.json()["error"]) == (403, "admins_only")


async def test_a_caller_without_a_good_token_is_asked_to_sign_in(site: Site) -> None:
    member = site.member(OPEN)
    expired = token_for(site.project, member.user_id, expires_in_s=-1)
    forged = token_for(Project.new(), member.user_id)
    path = f"/api/webinars/{OPEN}/messages"

    for token in ("", "x", "a.b.c", expired, forged, site.project.anon_key):
        answer = await site.http.get(path, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["error"]) == (401, "sign_in_required")
    assert (await site.http.get(path)).status_code == 401


async def test_auth_is_asked_for_its_keys_once_and_for_no_user(site: Site) -> None:
    member = site.member(OPEN)

    for _ in range(3):
        await member.get(f"/api/webinars/{OPEN}/messages")

    assert [call for call in site.upstream.calls if "/auth/" in call] == [
        "GET /auth/v1/.well-known/jwks.json 200"
    ]


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"[1]", 400), (b"\xff", 400), (b"[" * 60_000, 400), (b"1" * 70_000, 413)],
)
async def test_a_body_that_no_page_sends_is_refused(
    site: Site, content: bytes, status: int
) -> None:
    path, member = f"/api/webinars/{OPEN}/presence/ping", site.member(OPEN)

    answer = await site.http.post(path, content=content, headers=member.headers)

    assert answer.status_code == status


def is_over(site: Site, visit: str) -> object:
    """Whether the visit has ended."""
    return site.one("select ended_at is not null from webinar_user_sessions where id = %s", visit)


def seats(site: Site, visit: str) -> object:
    """How many seats the visit holds."""
    return site.one("select count(*) from webinar_live_presence where session_id = %s", visit)


def registrations_of(member: Member) -> list[int]:
    """The webinars that the database says this person is registered for."""
    query = "select webinar_id from registrations where user_id = %s order by 1"
    found = member.site.connection.execute(query, (member.user_id,)).fetchall()
    return [webinar_id for (webinar_id,) in found]
