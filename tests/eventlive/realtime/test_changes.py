"""postgres_changes (protocol A.14)."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest

from tests.eventlive.realtime.lab import NOTES, new_note, token_of
from tests.eventlive.realtime.phoenix import Client, Server, follow_notes

pytestmark = pytest.mark.anyio


async def test_an_insert_is_shown_to_those_whom_the_policies_let_see_it(
    server: Server, database: psycopg.Connection, ann: Client, bob: Client, room: str
) -> None:
    owner = str(uuid4())
    await follow_notes(ann, room, token_of(server.project, owner))
    await follow_notes(bob, room, token_of(server.project, str(uuid4())))

    note = new_note(database, owner)

    data = (await ann.until("postgres_changes")).payload["data"]
    assert data["type"] == "INSERT"
    assert data["errors"] is None
    assert data["columns"] == [
        {"name": "id", "type": "int8"},
        {"name": "owner", "type": "uuid"},
        {"name": "body", "type": "text"},
        {"name": "tags", "type": "_text"},
        {"name": "written_at", "type": "timestamptz"},
    ]
    assert data["record"] == {
        "id": note,
        "owner": owner,
        "body": "hi",
        "tags": ["a"],
        "written_at": data["record"]["written_at"],
    }
    assert data["record"]["written_at"].endswith("+00:00")
    assert data["commit_timestamp"].endswith("Z")
    assert "postgres_changes" not in [frame.event for frame in await bob.drained()]


async def test_updates_and_deletes_carry_only_the_key_of_the_old_row(
    server: Server, database: psycopg.Connection, ann: Client, room: str
) -> None:
    owner = str(uuid4())
    note = new_note(database, owner)
    await follow_notes(ann, room, token_of(server.project, owner))

    database.execute("update lab.notes set body = 'new' where id = %s", (note,))
    database.execute("delete from lab.notes where id = %s", (note,))

    # The row is gone when the update is looked at or it is not; the delete comes either way.
    deleted = await ann.until(
        "postgres_changes", lambda frame: frame.payload["data"]["type"] == "DELETE"
    )
    assert deleted.payload["data"]["old_record"] == {"id": note}
    assert "record" not in deleted.payload["data"]


async def test_an_update_shows_the_new_row(
    server: Server, database: psycopg.Connection, ann: Client, room: str
) -> None:
    owner = str(uuid4())
    note = new_note(database, owner)
    await follow_notes(ann, room, token_of(server.project, owner), event="UPDATE")

    database.execute("update lab.notes set body = 'new' where id = %s", (note,))

    data = (await ann.until("postgres_changes")).payload["data"]
    assert (data["record"]["body"], data["old_record"]) == ("new", {"id": note})


async def test_a_filter_selects_rows_and_ids_name_the_matching_requests(
    server: Server, database: psycopg.Connection, ann: Client, room: str
) -> None:
    wanted = [NOTES | {"filter": f"body=eq.{word}"} for word in ("one", "two")] + [NOTES]
    token = server.project.service_role_key
    answer = await ann.join(room, token, postgres_changes=wanted)
    await ann.until("system")

    new_note(database, str(uuid4()), "two")

    change = await ann.until("postgres_changes")
    echo = answer["response"]["postgres_changes"]
    assert change.payload["ids"] == [echo[1]["id"], echo[2]["id"]]
    assert change.payload["data"]["record"]["secret"] == "s"


async def test_changes_arrive_in_commit_order(
    server: Server, database: psycopg.Connection, database_url: str, ann: Client, room: str
) -> None:
    await follow_notes(ann, room, server.project.service_role_key)
    with psycopg.connect(database_url) as slow:
        first_id = new_note(slow, str(uuid4()))
        second_id = new_note(database, str(uuid4()))
        slow.commit()

    changes = [await ann.until("postgres_changes") for _ in range(2)]

    seen = [change.payload["data"]["record"]["id"] for change in changes]
    assert seen == [second_id, first_id]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"table": "members"}, "Unable to subscribe to changes with given parameters."),
        ({"filter": "nowhere=eq.1"}, "Unable to subscribe to changes with given parameters."),
        ({"filter": "id=about.1"}, "Error parsing `filter` params:"),
    ],
    ids=["unpublished", "column", "operator"],
)
async def test_an_impossible_subscription_is_told_and_the_channel_stays(
    ann: Client, wanted: dict[str, str], message: str, room: str
) -> None:
    answer = await ann.join(room, postgres_changes=[NOTES | wanted])

    told = await ann.until("system")

    assert answer["status"] == "ok"
    assert (told.payload["extension"], told.payload["status"]) == ("postgres_changes", "error")
    assert told.payload["message"].startswith(message)


@pytest.mark.parametrize("application_name", ["realtime feed", "realtime"])
async def test_a_lost_database_connection_loses_no_change(
    server: Server, database: psycopg.Connection, ann: Client, room: str, application_name: str
) -> None:
    await follow_notes(ann, room, server.project.service_role_key)

    database.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s",
        (application_name,),
    )
    notes = [new_note(database, str(uuid4())) for _ in range(3)]

    changes = [await ann.until("postgres_changes") for _ in notes]
    assert [change.payload["data"]["record"]["id"] for change in changes] == notes
