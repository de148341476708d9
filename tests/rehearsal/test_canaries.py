"""No file of a run, and nothing it prints, holds a secret or what other people say.

Canaries are planted where a run could pick them up; every byte that it leaves is looked through.
"""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from msgspec import structs

from fixtures.identities import Admin
from fixtures.scenes.leaks import Secrets, texts_in
from tests.rehearsal.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from scenarios.identity import Identity
    from tests.rehearsal.conftest import Ended, Rehearsal, Served

pytestmark = pytest.mark.real

DATABASE_PASSWORD = "canary-of-the-database-7f31"
STRANGER = "canary-of-a-stranger-82c4"
BEFORE, DURING = "canary-said-before-5d0e", "canary-said-during-91ab"
# Somebody who has nothing to do with the run is in the webinar, and says something.
STRANGERS = f"""
    insert into auth.users (id, email, raw_user_meta_data) values
        ('00000000-0000-4000-8000-00000000000c', '{STRANGER}@example.com',
         '{{"display_name": "{STRANGER}"}}');
    insert into public.registrations (webinar_id, user_id)
        select 149402, id from public.profiles where display_name = '{STRANGER}';
    insert into public.webinar_live_presence (webinar_id, user_id, session_id)
        select 149402, id, gen_random_uuid() from public.profiles
        where display_name = '{STRANGER}';
"""
SAYS = """
    insert into public.messages (webinar_id, user_id, body, client_id)
        select 149402, id, '{body}', gen_random_uuid() from public.profiles
        where display_name = '{name}'
"""
# One of the crowd hears nothing, nor does one of the people of a test beside it.
BROKEN = (
    "silent-socket,user=u0001@soundcheck.test",
    "drop-for-one-user,user=alice-gw0@soundcheck.test",
)
# A third person has no account and cannot be given one, which is told with all that was tried.
REFUSED = """
    create function auth.refuse() returns trigger language plpgsql
        as 'begin raise exception $$nobody of this name$$; end';
    create trigger refusing before insert on auth.users for each row
        when (new.email = 'mallory-gw0@soundcheck.test') execute function auth.refuse();
"""
ASKED = (
    *(str(ROOT / "e2e" / path) for path in ("roles/test_registrant.py", "security/test_rows.py")),
    *(
        "-k",
        "full_house or two_people_greet or finds_what_was_said",
        "--users",
        "3",
        "--messages",
        "2",
    ),
)
PATIENCE = {
    "SOUNDCHECK_SENDS_PER_S": "1",
    "SOUNDCHECK_STEP_TIMEOUT_S": "10",
    "SOUNDCHECK_SETTLE_S": "3",
}


def test_nothing_that_a_run_leaves_holds_a_secret_or_what_strangers_say(
    start_rehearsal: Callable[..., Rehearsal],
    serve: Callable[..., Served],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    defects = (argument for defect in BROKEN for argument in ("--defect", defect))
    served = serve("--transport", "database", *defects)
    people = known_to(served)
    served.execute(REFUSED, STRANGERS, SAYS.format(name=STRANGER, body=BEFORE))
    written = tmp_path / "written"
    written.mkdir()

    rehearsal = start_rehearsal(
        *ASKED,
        *("--showlocals", f"--junitxml={written / 'pytest.xml'}"),
        env={
            **served.settings,
            **served.admin,
            **PATIENCE,
            "DATABASE_URL": with_password(served),
            "GITHUB_STEP_SUMMARY": str(written / "job.md"),
        },
    )
    rehearsal.await_in_history('"via":"frame"')
    served.execute(SAYS.format(name=STRANGER, body=DURING))
    ended = rehearsal.end()

    assert shown(ended) == ["alice.png", "alice.txt", "bob.png", "bob.txt", "u0001.png"]
    assert "POST /auth/v1/admin/users answered 500" in ended.output
    assert strangers_heard(ended) == {"frame", "poll"}
    left = {**texts_in(ended.folder), **texts_in(written), "output": ended.output}
    assert {"index.html", "history-house.jsonl", "pytest.xml", "job.md"} <= {*left}
    assert canaries(served, people).found_in(left) == {}


def known_to(served: Served) -> list[Identity]:
    """The people of the run, as it will find or make them."""
    with closing(Admin(served.target)) as admin:
        return [*admin.provide(range(3)), *admin.people(["alice", "bob"])]


def canaries(served: Served, people: list[Identity]) -> Secrets:
    """All of them; sessions are known when they were opened."""
    with psycopg.connect(served.ready["database_url"]) as connection:
        tokens = connection.execute("select token from auth.refresh_tokens").fetchall()
    assert len(tokens) >= len(people)
    target = structs.replace(served.target, database_url=with_password(served))
    secrets = Secrets.of(target, people)
    words = {"a stranger's name": STRANGER, "said before": BEFORE, "said during": DURING}
    for name, word in words.items():
        secrets.know(name, word)
    for number, (token,) in enumerate(tokens):
        secrets.know(f"refresh token {number}", token)
    return secrets


def with_password(served: Served) -> str:
    """The database's address with a password, for which the embedded server does not ask."""
    parts = urlsplit(served.ready["database_url"])
    user, _, host = parts.netloc.partition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{DATABASE_PASSWORD}@{host}"))


def shown(ended: Ended) -> list[str]:
    """The pictures and texts of those for whom something went wrong."""
    found = [one for end in ("png", "txt") for one in ended.folder.rglob(f"*.{end}")]
    return sorted(one.name for one in found)


def strangers_heard(ended: Ended) -> set[str]:
    """The ways by which pages heard of messages that nobody of the run wrote."""
    lines = (ended.folder / "history-shard00.jsonl").read_text().splitlines()
    receipts = (one for one in map(json.loads, lines) if one["op"] == "receipt")
    return {one["via"] for one in receipts if not one["author"]}
