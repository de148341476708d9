"""A deployment that is not the embedded one, with nothing but a file that describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from fixtures.database import Database
from fixtures.target.description import load_description

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.rehearsal.conftest import Ended, Served

# The same chat under other names: an application whose tables are not called as EventLive's are.
OTHER_NAMES = """
    create view chat_lines with (security_invoker = true) as
        select id as line, webinar_id as room, user_id as speaker, body as words, created_at as said
        from messages;
    create view guests with (security_invoker = true) as
        select webinar_id as room, user_id as guest from registrations;
    create view seats with (security_invoker = true) as
        select webinar_id as room, user_id as guest from webinar_live_presence;
    grant select, insert, delete on chat_lines, guests, seats to service_role;
"""
FILE = """
like = "embedded"
production = false
is_eventlive = false
url = "{base_url}"
supabase_url = "{supabase_url}"

[sign_in]
how = "storage"

[database]
messages = '''
    select line::text, speaker::text, words, said::text from chat_lines
    where room::text = %(webinar)s and speaker::text = any(%(users)s) order by chat_lines.line
'''
present = '''
    select guest::text from seats where room::text = %(webinar)s and guest::text = any(%(users)s)
'''

[registration_table]
table = "guests"
webinar = "room"
user = "guest"

[[removals]]
table = "chat_lines"
column = "line"
of = "messages"
webinar = "room"

[[removals]]
table = "seats"
column = "guest"
of = "users"
webinar = "room"
"""
TABLES = ("messages", "registrations", "webinar_live_presence")


def test_an_application_of_other_names_needs_a_file_only(
    rehearse: Callable[..., Ended], serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve("--defect", "text-frames-v1")
    with psycopg.connect(served.ready["database_url"]) as connection:
        connection.execute(OTHER_NAMES)
    file = tmp_path / "other.toml"
    file.write_text(FILE.format(**served.ready))

    ended = rehearse("-n", "2", "--users", "4", "--target", str(file), env=served.secrets)

    assert ended.code == 0, ended.output
    assert f"{served.ready['base_url']} (other, no production)" in ended.output
    assert "first answer of the application: after 0." in ended.output
    assert ended.summary["deliveries"]["received"] == {"n": 32, "of": 32}
    assert "heartbeat" in ended.summary["not_asked"]
    with psycopg.connect(served.ready["database_url"]) as connection:
        left = [connection.execute(f"select count(*) from {table}") for table in TABLES]
        assert [one.fetchone() for one in left] == [(0,)] * 3


REST = """
like = "embedded"
production = false
rows = "rest"
"""
ABSENT = REST.replace('"rest"', '"absent"')


def test_what_is_stored_is_told_by_postgrest_where_the_database_is_out_of_reach(
    rehearse: Callable[..., Ended], serve: Callable[..., Served], tmp_path: Path
) -> None:
    ended = rehearse("--users", "3", *_pointed(tmp_path, REST), env=_unreachable(serve()))

    assert ended.code == 0, ended.output
    assert ended.summary["messages"]["stored"] == {"n": 6, "of": 6}


def test_a_verdict_without_a_witness_says_so(
    rehearse: Callable[..., Ended], serve: Callable[..., Served], tmp_path: Path
) -> None:
    target = ["--gates", "frames", *_pointed(tmp_path, ABSENT)]

    ended = rehearse("-n", "2", "--users", "4", *target, env=_unreachable(serve()))

    assert ended.code == 0, ended.output
    assert "nobody was asked what is stored" in ended.output
    assert ended.summary["deliveries"]["received"] == {"n": 32, "of": 32}
    assert "witnesses agree" in ended.summary["not_asked"]
    assert "messages stay" in ended.output


def _pointed(folder: Path, text: str) -> list[str]:
    file = folder / "t.toml"
    file.write_text(text)
    return ["--target", str(file)]


def _unreachable(served: Served) -> dict[str, str]:
    """The settings that lead to it, but for its database."""
    env = {key: value for key, value in served.settings.items() if key != "SOUNDCHECK_TARGET"}
    return {**env, "DATABASE_URL": ""}


def test_messages_are_told_from_the_oldest_on(serve: Callable[..., Served]) -> None:
    url, webinar = serve().ready["database_url"], "149402"
    with psycopg.connect(url) as connection:
        user = connection.execute("select id::text from auth.users limit 1").fetchall()[0][0]
        # The hundredth comes after the ninety-ninth, and as text before it.
        said = [(webinar, user, str(number)) for number in range(1, 103)]
        connection.cursor().executemany(
            "insert into messages (webinar_id, user_id, body, client_id)"
            " values (%s, %s, %s, gen_random_uuid())",
            said,
        )

    stored = Database(url, load_description("embedded").database).messages(webinar, [user])

    assert [one.body for one in stored] == [body for _, _, body in said]


def test_a_run_that_cannot_be_prepared_registers_nobody(
    rehearse: Callable[..., Ended], serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve()
    file = tmp_path / "other.toml"
    head, removal = (
        FILE.partition("[sign_in]")[0],
        '[[removals]]\ntable = "nothing"\ncolumn = "id"\n',
    )
    file.write_text(f'{head}{removal}of = "users"\n'.format(**served.ready))

    ended = rehearse("--users", "2", "--target", str(file), env=served.secrets)

    assert ended.code == 4, ended.output
    assert "/rest/v1/nothing" in ended.output
    with psycopg.connect(served.ready["database_url"]) as connection:
        asked = (
            "select count(*) from registrations join auth.users on id = user_id where email like %s"
        )
        assert connection.execute(asked, ["u%@soundcheck.test"]).fetchall() == [(0,)]
