"""Tables, policies and people of the Realtime tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    import psycopg

    from eventlive.supabase.keys import Project

# A schema of its own, so that promises about the application's tables are not touched.
LAB = """
create schema lab;
grant usage on schema lab to anon, authenticated, service_role;
create table lab.members (user_id uuid, topic text, may_send boolean default false);
create table lab.notes (
    id bigint generated always as identity primary key,
    owner uuid, body text, tags text[], secret text, written_at timestamptz default now()
);
alter table lab.notes enable row level security;
grant select on lab.members to authenticated;
grant select (id, owner, body, tags, written_at) on lab.notes to anon, authenticated;
grant select on lab.notes to service_role;
create policy "own notes" on lab.notes for select to authenticated
using (owner = (select auth.uid()));
create policy "lab members receive" on realtime.messages for select to authenticated
using (exists (
    select from lab.members
    where user_id = (select auth.uid()) and topic = (select realtime.topic())
));
create policy "lab speakers send" on realtime.messages for insert to authenticated
with check (exists (
    select from lab.members
    where user_id = (select auth.uid()) and topic = (select realtime.topic()) and may_send
));
alter publication supabase_realtime add table lab.notes;
"""
NO_LAB = """
drop policy "lab members receive" on realtime.messages;
drop policy "lab speakers send" on realtime.messages;
drop schema lab cascade;
delete from realtime.messages;
"""


def token_of(project: Project, user_id: str, *, lifetime_s: int = 600, **claims: object) -> str:
    """A user token as Auth issues it; `claims` make otherwise equal tokens differ."""
    expires_at = int(datetime.now(UTC).timestamp()) + lifetime_s
    return project.issue({"sub": user_id, "role": "authenticated", "exp": expires_at, **claims})


def new_member(database: psycopg.Connection, topic: str, *, may_send: bool = False) -> str:
    """A new user who may receive, and perhaps send, on the private topic."""
    user_id = str(uuid4())
    database.execute("insert into lab.members values (%s, %s, %s)", (user_id, topic, may_send))
    return user_id


def new_note(database: psycopg.Connection, owner: str, body: str = "hi") -> int:
    """A new row in the published table."""
    row = database.execute(
        "insert into lab.notes (owner, body, tags, secret) values (%s, %s, '{a}', 's')"
        " returning id",
        (owner, body),
    ).fetchone()
    assert row is not None
    return int(row[0])


NOTES = {"event": "*", "schema": "lab", "table": "notes"}
