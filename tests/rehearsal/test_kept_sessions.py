"""Sessions of one run are those of the next one, which asks Auth for none."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from fixtures.identities import Admin
from fixtures.kept import Kept, kept_of
from fixtures.scenes.leaks import Secrets, texts_in
from fixtures.sessions import bring_session
from fixtures.target.__main__ import main
from fixtures.target.description import SignIn
from scenarios.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from scenarios.identity import Identity
    from tests.rehearsal.conftest import Ended, Served

FILE = """
like = "embedded"
production = false
is_eventlive = false

[sign_in]
how = "storage"
is_kept = true
"""
SESSIONS, TOKENS = "select count(*) from auth.sessions", "select token from auth.refresh_tokens"


@pytest.fixture
def served(serve: Callable[..., Served]) -> Iterator[Served]:
    """A target of which nothing is kept in the end."""
    started = serve()
    yield started
    kept_of(started.target.supabase_url).remove()


def asked(served: Served, query: str) -> list[Any]:
    """What the first column of the answer holds."""
    with psycopg.connect(served.ready["database_url"]) as connection:
        return [one for (one,) in connection.execute(query.encode()).fetchall()]


def test_a_second_run_asks_auth_for_no_session_and_no_file_of_it_holds_one(
    rehearse: Callable[..., Ended],
    served: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "kept.toml"
    file.write_text(FILE)
    env = {key: one for key, one in served.settings.items() if key != "SOUNDCHECK_TARGET"}

    first = rehearse("--users", "3", "--target", str(file), env=env)
    sessions = asked(served, SESSIONS)
    second = rehearse("--users", "3", "--target", str(file), env=env)

    assert (first.code, second.code) == (0, 0), first.output + second.output
    assert (first.summary["sign_ins"]["found"], second.summary["sign_ins"]["found"]) == (0, 3)
    assert "3 users had a session from an earlier run" in second.output
    assert "sign_in" not in second.summary["seconds"]["steps"]
    assert asked(served, SESSIONS) == sessions
    secrets = Secrets.of(served.target, [])
    for number, token in enumerate(asked(served, TOKENS)):
        secrets.know(f"refresh token {number}", token)
    for ended in (first, second):
        left = {**texts_in(ended.folder), "output": ended.output}
        assert secrets.found_in(left) == {}

    for key, one in {**env, "SOUNDCHECK_BASE_URL": served.ready["base_url"]}.items():
        monkeypatch.setenv(key, one)
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", str(file), "--accounts", "--yes"]) == 0
    assert "removed 3 sessions on this machine" in capsys.readouterr().out
    assert kept_of(served.target.supabase_url).total == 0


class Browser:
    """Takes what is brought to it."""

    brought = ""

    async def add_init_script(self, script: str) -> None:
        self.brought = script


@pytest.fixture
def ada(served: Served) -> Identity:
    """Somebody who has an account."""
    admin = Admin(served.target)
    try:
        return admin.provide(range(1))[0]
    finally:
        admin.close()


def brought(served: Served, ada: Identity, kept: Kept) -> tuple[bool, str]:
    """Whether a session was found, and the refresh token of the one that was brought."""
    browser: Any = Browser()
    storage = SignIn(how="storage")
    act = bring_session(browser, served.target, storage, ada, Patience(), kept)
    is_found = asyncio.run(act)
    (_, _, text) = json.loads(browser.brought.rpartition("})(")[2].removesuffix(")"))
    return is_found, json.loads(text)["refresh_token"]


def test_a_session_that_ends_soon_is_refreshed_and_its_successor_kept(
    served: Served, ada: Identity, tmp_path: Path
) -> None:
    kept = kept_of("x", tmp_path)
    _, first = brought(served, ada, kept)
    assert brought(served, ada, kept) == (True, first)
    ending = kept.read(ada.user_id)
    assert ending
    kept.keep(ada.user_id, {**ending, "expires_at": 7})

    is_found, second = brought(served, ada, kept)

    assert (is_found, second != first) == (True, True)
    assert brought(served, ada, kept) == (True, second)
    assert asked(served, SESSIONS) == [1]


@pytest.mark.parametrize("expires_at", [7, 9e9])
def test_a_session_that_auth_knows_no_more_is_asked_for_anew(
    expires_at: float, served: Served, ada: Identity, tmp_path: Path
) -> None:
    kept = kept_of("x", tmp_path)
    _, first = brought(served, ada, kept)
    ending = kept.read(ada.user_id)
    assert ending
    kept.keep(ada.user_id, {**ending, "expires_at": expires_at})
    served.execute("delete from auth.refresh_tokens", "delete from auth.sessions")

    is_found, second = brought(served, ada, kept)

    assert (is_found, second != first) == (False, True)
    assert brought(served, ada, kept) == (True, second)
