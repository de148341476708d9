"""What row level security lets each kind of person do, asked in the database itself."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import dict_row

from eventlive.database.pool import impersonate
from tests.eventlive.people import REGISTER, new_user, new_webinar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.anyio

OPEN, CLOSED = 910001, 910002
TABLES = [
    "webinars",
    "profiles",
    "registrations",
    "messages",
    "webinar_live_presence",
    "webinar_user_sessions",
    "entrances",
    "chat",
    "live_attendees",
]
WRITE = (
    "insert into messages (webinar_id, user_id, body, client_id)"
    " values (%s, %s, %s, gen_random_uuid()) returning id"
)
SEND = "insert into realtime.messages (topic, extension, private) values (%s, %s, true)"

Connection = psycopg.AsyncConnection[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """One of each kind: two registered for both webinars, one for none, one admin."""

    database_url: str
    registrant: str
    fellow: str
    foreigner: str
    admin: str

    @asynccontextmanager
    async def acting(self, user_id: str | None, **settings: str) -> AsyncIterator[Connection]:
        """A transaction in the role of a user (None: signed out), undone at its end."""
        claims: dict[str, object] = {"role": "anon"}
        if user_id is not None:
            claims = {"role": "authenticated", "sub": user_id}
        connection = await Connection.connect(self.database_url, row_factory=dict_row)
        async with connection, connection.transaction(force_rollback=True):
            await impersonate(connection, claims, **settings)
            yield connection


@pytest.fixture(scope="module")
def cast(database_url: str) -> Iterator[Cast]:
    """The people of these tests, and one message by the registrant in the open webinar."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        new_webinar(connection, OPEN, is_open=True)
        new_webinar(connection, CLOSED, is_open=False)
        cast = Cast(
            database_url=database_url,
            registrant=new_user(connection),
            fellow=new_user(connection),
            foreigner=new_user(connection),
            admin=new_user(connection, role="admin"),
        )
        for user_id in (cast.registrant, cast.fellow):
            for webinar_id in (OPEN, CLOSED):
                connection.execute(REGISTER, (webinar_id, user_id))
        connection.execute(WRITE, (OPEN, cast.registrant, "seen"))
        yield cast
        connection.execute("delete from webinars where id in (%s, %s)", (OPEN, CLOSED))


def signed_in(user_id: str) -> dict[str, object]:
    """The claims of somebody who has just signed in (protocol B.3)."""
    return {"role": "authenticated", "sub": user_id, "session_id": str(uuid4())}


async def rows(connection: Connection, query: str, *values: object) -> list[dict[str, Any]]:
    return await (await connection.execute(query, values)).fetchall()


@pytest.mark.parametrize("table", TABLES)
async def test_nobody_signed_out_reads_anything(cast: Cast, table: str) -> None:
    async with cast.acting(None) as connection:
        with pytest.raises(InsufficientPrivilege):
            await connection.execute(f"select * from {table}")


async def test_a_profile_takes_its_role_from_what_only_admins_can_write(cast: Cast) -> None:
    async with cast.acting(cast.admin) as connection:
        found = await rows(connection, "select id::text, role from profiles")

    roles = {row["id"]: row["role"] for row in found}
    # Every one of them claims to be an admin in the metadata that users write themselves.
    assert (roles[cast.registrant], roles[cast.admin]) == ("member", "admin")


async def test_a_foreigner_finds_an_empty_chat(cast: Cast) -> None:
    async with cast.acting(cast.foreigner) as connection:
        assert await rows(connection, "select * from chat where webinar_id = %s", OPEN) == []


async def test_a_foreigner_cannot_write(cast: Cast) -> None:
    async with cast.acting(cast.foreigner) as connection:
        with pytest.raises(InsufficientPrivilege):
            await connection.execute(WRITE, (OPEN, cast.foreigner, "let me in"))


async def test_a_registrant_reads_a_fellow_by_name(cast: Cast) -> None:
    async with cast.acting(cast.fellow) as connection:
        (message,) = await rows(connection, "select author, body from chat")

    assert message == {"author": cast.registrant, "body": "seen"}


async def test_a_foreigner_learns_no_attendees_name(cast: Cast) -> None:
    async with cast.acting(cast.foreigner) as connection:
        found = await rows(connection, "select id::text from profiles where role = 'member'")

    assert found == [{"id": cast.foreigner}]


async def test_nobody_writes_in_somebody_elses_name(cast: Cast) -> None:
    async with cast.acting(cast.registrant) as connection:
        with pytest.raises(InsufficientPrivilege):
            await connection.execute(WRITE, (OPEN, cast.fellow, "forged"))


async def test_nobody_chooses_the_time_of_a_message(cast: Cast) -> None:
    async with cast.acting(cast.registrant) as connection:
        with pytest.raises(InsufficientPrivilege):
            await connection.execute(
                "insert into messages (webinar_id, user_id, body, client_id, created_at)"
                " values (%s, %s, 'old', gen_random_uuid(), '2020-01-01')",
                (OPEN, cast.registrant),
            )


async def test_a_hidden_message_is_gone_for_everybody_but_admins(cast: Cast) -> None:
    async with cast.acting(cast.admin) as connection:
        hidden = await rows(
            connection,
            "update messages set hidden_at = now() where webinar_id = %s returning hidden_at",
            OPEN,
        )
        await impersonate(connection, {"role": "authenticated", "sub": cast.registrant})
        seen_by_author = await rows(connection, "select * from messages")

    assert len(hidden) == 1
    assert seen_by_author == []


async def test_a_registrant_hides_nothing(cast: Cast) -> None:
    async with cast.acting(cast.registrant) as connection:
        changed = await rows(connection, "update messages set hidden_at = now() returning id")

    assert changed == []


async def test_entering_an_open_webinar_twice_is_one_registration(cast: Cast) -> None:
    async with cast.acting(cast.foreigner) as connection:
        for _ in range(2):
            await connection.execute(REGISTER, (OPEN, cast.foreigner))
        mine = await rows(connection, "select webinar_id from registrations")

    assert mine == [{"webinar_id": OPEN}]


async def test_a_closed_webinar_stays_closed_to_a_foreigner(cast: Cast) -> None:
    async with cast.acting(cast.foreigner) as connection:
        with pytest.raises(InsufficientPrivilege):
            await connection.execute(REGISTER, (CLOSED, cast.foreigner))


async def test_a_closed_webinar_lets_its_registrant_in_again(cast: Cast) -> None:
    async with cast.acting(cast.registrant) as connection:
        await connection.execute(REGISTER, (CLOSED, cast.registrant))


async def test_a_registration_cannot_be_moved_to_a_closed_webinar(cast: Cast) -> None:
    async with cast.acting(cast.foreigner) as connection:
        await connection.execute(REGISTER, (OPEN, cast.foreigner))
        with pytest.raises(InsufficientPrivilege):
            await connection.execute("update registrations set webinar_id = %s", (CLOSED,))


@pytest.mark.parametrize(
    ("who", "is_present"), [("registrant", True), ("admin", True), ("foreigner", False)]
)
async def test_presence_is_for_those_who_may_be_there(
    cast: Cast, who: str, is_present: bool
) -> None:
    ping = "insert into webinar_live_presence values (%s, %s, gen_random_uuid())"
    user_id = getattr(cast, who)
    async with cast.acting(user_id) as connection:
        if is_present:
            await connection.execute(ping, (OPEN, user_id))
        else:
            with pytest.raises(InsufficientPrivilege):
                await connection.execute(ping, (OPEN, user_id))


async def test_the_door_tells_of_ones_own_visits_elsewhere_and_of_nobody_elses(
    cast: Cast,
) -> None:
    door = "select visits_elsewhere from entrances where webinar_id = %s"
    visit = "insert into webinar_user_sessions (id, webinar_id, user_id) values (%s, %s, %s)"
    async with cast.acting(None) as connection:
        mine, seen = str(uuid4()), {}
        await impersonate(connection, signed_in(cast.registrant))
        await connection.execute(visit, (mine, OPEN, cast.registrant))
        for who in (cast.registrant, cast.fellow, cast.admin):
            await impersonate(connection, signed_in(who))
            [seen[who]] = await rows(connection, door, OPEN)

    assert [str(one) for one in seen.pop(cast.registrant)["visits_elsewhere"]] == [mine]
    assert [one["visits_elsewhere"] for one in seen.values()] == [[], []]


@pytest.mark.parametrize(
    "claim",
    [
        "insert into webinar_user_sessions (id, webinar_id, user_id, auth_session_id)"
        " values (gen_random_uuid(), 910001, auth.uid(), gen_random_uuid())",
        "update webinar_user_sessions set auth_session_id = gen_random_uuid()",
        "update webinar_user_sessions set started_at = now()",
    ],
)
async def test_nobody_claims_another_sign_in_or_chooses_when_she_came(
    cast: Cast, claim: str
) -> None:
    async with cast.acting(cast.registrant) as connection:
        with pytest.raises(InsufficientPrivilege):
            await connection.execute(claim)


@pytest.mark.parametrize(
    ("who", "topic", "is_received"),
    [
        ("registrant", f"webinar:{OPEN}", True),
        ("admin", f"webinar:{OPEN}", True),
        ("foreigner", f"webinar:{OPEN}", False),
        ("registrant", "webinar:1", False),
        ("registrant", "elsewhere", False),
        ("admin", "elsewhere", False),
        ("registrant", f"webinar:{'9' * 40}", False),
    ],
)
async def test_a_topic_is_received_by_its_webinars_people(
    cast: Cast, who: str, topic: str, is_received: bool
) -> None:
    settings = {"realtime.topic": topic}
    async with cast.acting(None) as connection:
        await connection.execute("reset role")
        await connection.execute(SEND, (topic, "broadcast"))
        claims: dict[str, object] = {"role": "authenticated", "sub": getattr(cast, who)}
        await impersonate(connection, claims, **settings)
        received = await rows(connection, "select topic from realtime.messages")

    assert bool(received) is is_received


@pytest.mark.parametrize(
    ("who", "extension", "may_send"),
    [
        ("registrant", "presence", True),
        ("admin", "presence", True),
        ("foreigner", "presence", False),
        ("registrant", "broadcast", False),
        ("admin", "broadcast", False),
    ],
)
async def test_pages_track_presence_and_never_broadcast(
    cast: Cast, who: str, extension: str, may_send: bool
) -> None:
    topic = f"webinar:{OPEN}"
    async with cast.acting(getattr(cast, who), **{"realtime.topic": topic}) as connection:
        if may_send:
            await connection.execute(SEND, (topic, extension))
        else:
            with pytest.raises(InsufficientPrivilege):
                await connection.execute(SEND, (topic, extension))


@pytest.mark.parametrize(
    ("transport", "announced"), [("database", 1), ("broadcast", 0), ("postgres_changes", 0)]
)
async def test_only_the_database_transport_sends_from_the_database(
    cast: Cast, transport: str, announced: int
) -> None:
    topic = f"webinar:{OPEN}"
    async with cast.acting(cast.admin) as connection:
        await connection.execute("reset role")
        await connection.execute("select app.set_transport(%s)", (transport,))
        (message,) = await rows(connection, WRITE, OPEN, cast.registrant, "hello")
        sent = await rows(
            connection, "select payload, event from realtime.messages where topic = %s", topic
        )

    assert len(sent) == announced
    for each in sent:
        assert each["event"] == "message"
        assert set(each["payload"]) == {
            "id", "webinar_id", "user_id", "author", "kind", "body", "client_id", "created_at"
        }  # fmt: skip
        assert (each["payload"]["id"], each["payload"]["author"]) == (
            message["id"],
            cast.registrant,
        )


async def test_no_api_role_reads_the_installations_settings(cast: Cast) -> None:
    async with cast.acting(cast.admin) as connection:
        with pytest.raises(InsufficientPrivilege):
            await connection.execute("select seed from standin.project")
