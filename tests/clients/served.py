"""A running EventLive as client tests use it: its addresses and keys, its people and webinars."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict
from uuid import uuid4

import httpx
import psycopg

from eventlive.supabase.keys import Project
from tests.eventlive.people import REGISTER, new_webinar
from tests.eventlive.realtime.lab import token_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]


class Person(TypedDict):
    """An account, in the form in which scripts are given it."""

    id: str
    email: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLive:
    """What the ready line said, and ways to its database and its keys."""

    ready: dict[str, str]
    http: httpx.Client
    database: psycopg.Connection
    project: Project

    @property
    def url(self) -> str:
        """Where the pages and the stand-in are."""
        return self.ready["base_url"]

    @property
    def given(self) -> dict[str, object]:
        """What every script needs to make a client. The key is of the newer, opaque kind."""
        return {
            "url": self.ready["supabase_url"],
            "key": self.ready["publishable_key"],
            "service_role_key": self.ready["service_role_key"],
        }

    def new_person(self, metadata: Mapping[str, str] | None = None) -> Person:
        """A confirmed account, with what its owner says of herself."""
        email, password = new_email(), "correct horse"
        key = self.ready["secret_key"]
        answer = self.http.post(
            "/auth/v1/admin/users",
            json={
                "email": email,
                "password": password,
                "email_confirm": True,
                "user_metadata": metadata or {},
            },
            headers={"apikey": key, "Authorization": f"Bearer {key}"},
        )
        user = answer.raise_for_status().json()
        return Person(id=user["id"], email=email, password=password)

    def new_webinar(self) -> int:
        """An open webinar that no other test uses."""
        webinar = 200_000 + secrets.randbelow(10**9)
        new_webinar(self.database, webinar, is_open=True)
        return webinar

    def register(self, person: Person, webinar: int) -> None:
        """The person is a member of the webinar's audience."""
        self.database.execute(REGISTER, (webinar, person["id"]))

    def age(self, person: Person) -> None:
        """The person's refresh tokens were used longer ago than the interval for mild reuse."""
        self.database.execute(
            "update auth.refresh_tokens set updated_at = updated_at - interval '1 minute'"
            " where user_id = %s",
            (person["id"],),
        )

    def token(self, person: Person, lifetime_s: int) -> str:
        """An access token that Auth never issued, but might have."""
        return token_of(self.project, person["id"], lifetime_s=lifetime_s)


@contextmanager
def serving() -> Iterator[EventLive]:
    """A process of its own for the block, without settings of the developer's."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    command = [sys.executable, "-m", "eventlive", "--port", "0", "--until-stdin-closes"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        ready = json.loads(process.stdout.readline())
        with (
            psycopg.connect(ready["database_url"], autocommit=True) as database,
            httpx.Client(base_url=ready["base_url"], trust_env=False) as http,
        ):
            project = project_in(database)
            yield EventLive(ready=ready, http=http, database=database, project=project)
        process.stdin.close()
        assert process.wait(10) == 0


def project_in(database: psycopg.Connection) -> Project:
    """The keys of the project that keeps its data here."""
    row = database.execute("select seed from standin.project").fetchone()
    assert row is not None
    return Project.from_seed(row[0])


def new_email() -> str:
    """An address that nobody has."""
    return f"{uuid4().hex}@example.test"
