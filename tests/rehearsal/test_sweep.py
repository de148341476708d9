"""What a run that was killed leaves on a target is found again, and removed to the last row."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest
from psycopg import sql

from fixtures import settings as all_settings
from fixtures.identities import Admin
from fixtures.scenes.room import new_room
from fixtures.target.description import load_description
from fixtures.target.sweep import LEFT_OVER, SWEPT, sweep

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.rehearsal.conftest import Ended, Rehearsal, Served

pytestmark = pytest.mark.real

# Slow enough for the test to strike while people chat.
SLOW = {"SOUNDCHECK_SENDS_PER_S": "1", "SOUNDCHECK_HOUSE_TIMEOUT_S": "20"}
KILL_TIMEOUT_S = 30

# Whoever else uses the target, and what looks like the suite's and is not.
OTHERS = """
    insert into auth.users (id, email, raw_app_meta_data) values
        ('00000000-0000-4000-8000-00000000000a', 'somebody@example.com', '{"soundcheck": "x"}'),
        ('00000000-0000-4000-8000-00000000000b', 'tester@soundcheck.test', '{}');
    insert into public.webinars (id, title) values
        (9500000000, 'With a large number'), (149404, 'Soundcheck: is it ready?');
    insert into public.registrations (webinar_id, user_id)
        select 149402, id from public.profiles where role = 'member';
    insert into public.messages (webinar_id, user_id, body, client_id)
        select 149402, id, '안녕하세요!', gen_random_uuid() from public.profiles;
    insert into public.webinar_live_presence (webinar_id, user_id, session_id)
        select 149402, id, gen_random_uuid() from public.profiles;
"""


# A table that keeps its rows and says nothing, as a soft delete does.
KEPT = """
    create function public.keep() returns trigger language plpgsql as 'begin return null; end';
    create trigger keeping before delete on public.registrations
        for each row execute function public.keep();
"""


def test_after_a_sweep_the_database_is_as_it_was_before_the_run_that_was_killed(
    start_rehearsal: Callable[..., Rehearsal],
    rehearse: Callable[..., Ended],
    serve: Callable[..., Served],
    tmp_path: Path,
) -> None:
    served = serve()
    served.execute(OTHERS)
    before = dump(served)
    chat = ("-n", "2", "--users", "3", "--messages", "20")
    kill_in_mid_chat(start_rehearsal(*chat, env={**served.settings, **SLOW}))
    killed = dump(served)
    assert sorted(table for table, rows in killed.items() if rows != before[table]) == [
        "auth.refresh_tokens",
        "auth.sessions",
        "auth.users",
        "public.messages",
        "public.profiles",
        "public.registrations",
        "public.webinar_live_presence",
        "public.webinar_user_sessions",
    ]

    code, shown = swept(served, tmp_path, is_dry=True)

    assert (code, dump(served)) == (SWEPT, killed)
    *found, nothing_was_removed = shown
    assert "3 registrations in webinar 149402 (u000" in found[3]
    emails = [f"u000{number}@soundcheck.test" for number in (1, 2, 3)]
    assert found[4] == f"3 accounts ({', '.join(emails)})"
    assert nothing_was_removed == "nothing was removed; --yes removes it"

    code, removed = swept(served, tmp_path)

    assert removed == [*(f"removed {one}" for one in found), "nothing is left"]
    assert (code, dump(served)) == (SWEPT, before)
    assert rehearse("--users", "3", env=served.settings).code == 0


def test_webinars_of_tests_are_swept_and_accounts_stay(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve()
    served.execute(OTHERS)
    with closing(Admin(served.target)) as admin:
        people = admin.provide(range(2))
        before = dump(served)
        with new_room(admin, "left behind", people) as room:
            _, removed = swept(served, tmp_path, with_accounts=False)

            assert removed == [f"removed 1 webinar of a test ({room})", "nothing is left"]
            assert dump(served) == before
        assert swept(served, tmp_path, with_accounts=False) == (SWEPT, ["nothing is left"])


def test_what_the_target_does_not_let_go_is_said_to_be_still_there(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve()
    served.execute(KEPT)
    with closing(Admin(served.target)) as admin:
        admin.register("149402", admin.provide(range(5)))

    code, said = swept(served, tmp_path, with_accounts=False)

    kept = "5 registrations in webinar 149402 ("
    assert code == LEFT_OVER
    assert [line.partition(kept)[:2] for line in said] == [
        ("removed ", kept),
        ("still there: ", kept),
    ]
    assert all(line.endswith(", …)") for line in said), said


def kill_in_mid_chat(rehearsal: Rehearsal) -> None:
    """The run is dead with all its processes, as after a power cut, while people chat."""
    rehearsal.await_in_history('"number":1')  # the first after the greetings
    os.killpg(rehearsal.process.pid, signal.SIGKILL)
    rehearsal.process.communicate()
    # Browsers end when they miss their driver.
    _, alive = psutil.wait_procs(rehearsal.processes(), timeout=KILL_TIMEOUT_S)
    assert alive == []


def swept(
    served: Served, folder: Path, *, is_dry: bool = False, with_accounts: bool = True
) -> tuple[int, list[str]]:
    """Exit code and words of a sweep."""
    said: list[str] = []
    settings = all_settings.load({}, served.settings, folder / ".env")
    description = load_description(settings.target)
    code = sweep(settings, description, is_dry=is_dry, with_accounts=with_accounts, say=said.append)
    return code, said


def dump(served: Served) -> dict[str, list[str]]:
    """All rows of all tables of the product and of Auth, sorted."""
    with psycopg.connect(served.ready["database_url"]) as connection:
        tables = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname in ('public', 'auth')"
        ).fetchall()
        return {
            f"{schema}.{table}": [
                row
                for (row,) in connection.execute(
                    sql.SQL("select t::text from {} t order by 1").format(
                        sql.Identifier(schema, table)
                    )
                )
            ]
            for schema, table in tables
        }
