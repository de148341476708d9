"""A chat of another shape than EventLive's, with the target's file of one not written here.

What `stranger/` holds is small and ours; the application itself is rehearsed by hand, by the steps
of `targets/slack-clone.md`.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from fixtures.target import tryout
from fixtures.target.__main__ import main
from tests.serving import Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.rehearsal.conftest import Ended, Served

STRANGER = Path(__file__).with_name("stranger")
CLIENT = (
    Path(__file__)
    .parents[2]
    .joinpath(
        *(
            "eventlive",
            "site",
            "node_modules",
            "@supabase",
            "supabase-js",
            "dist",
            "umd",
            "supabase.js",
        )
    )
)
LATE_S = 0.5
POLICY = 'alter policy "those signed in" on messages using '


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    """The stand-in with the stranger's project, and nothing of EventLive."""
    return serve("--project", str(STRANGER / "supabase"))


def test_a_chat_of_another_shape_needs_a_file_only(
    served: Served, rehearse: Callable[..., Ended]
) -> None:
    ended = _rehearsed(served, rehearse, SOUNDCHECK_FILL="3")

    assert ended.code == 0, ended.output
    assert ended.summary["deliveries"]["received"] == {"n": 32, "of": 32}
    assert ended.summary["fill"]["deliveries"] == {"n": 24, "of": 24}
    assert ended.summary["messages"]["stored"] == {"n": 8, "of": 8}
    assert ended.summary["endpoints"]["endpoints"]
    assert {"presence", "heartbeat"} <= set(ended.summary["not_asked"])
    with psycopg.connect(served.ready["database_url"]) as connection:
        assert connection.execute("select count(*) from messages").fetchone() == (0,)


def test_what_its_policies_hide_from_readers_is_lost(
    served: Served, rehearse: Callable[..., Ended]
) -> None:
    served.execute(f"{POLICY} (auth.uid() = user_id)")

    ended = _rehearsed(served, rehearse, SOUNDCHECK_SETTLE_S="3")

    assert ended.code == 10, ended.output
    assert ended.summary["deliveries"]["received"] == {"n": 8, "of": 32}
    assert "stored but not delivered: messages 8, deliveries 24" in ended.output


def test_a_table_that_is_not_published_is_told_before_anybody_sends(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served.execute("alter publication supabase_realtime drop table messages")
    monkeypatch.setattr(tryout, "PATIENCE_S", 4.0)

    with _at(served) as env:
        for key, value in env.items():
            monkeypatch.setenv(key, value)
        assert main(["check", "slack-clone"]) == 4

    said = capsys.readouterr().out
    assert "WRONG  seat         targets/slack-clone.toml:" in said
    assert "no readiness on Realtime; last: realtime:public:messages errored Unable to" in said


def _rehearsed(served: Served, rehearse: Callable[..., Ended], **settings: str) -> Ended:
    with _at(served) as env:
        target = ["--target", "slack-clone", "--users", "4"]
        return rehearse("-n", "2", *target, env={**env, **settings})


@contextmanager
def _at(served: Served) -> Iterator[dict[str, str]]:
    """The settings that lead to the stranger's page over this project, for the block."""
    ready = served.ready
    page = (STRANGER / "page.html").read_text(encoding="utf-8")
    page = page.replace("{url}", ready["supabase_url"]).replace("{key}", ready["anon_key"])

    class Pages(Quiet):
        def do_GET(self) -> None:
            is_script = self.path == "/supabase.js"
            if is_script:  # it comes later than anybody could see the form
                threading.Event().wait(LATE_S)
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript" if is_script else "text/html")
            self.end_headers()
            self.wfile.write(CLIENT.read_bytes() if is_script else page.encode())

    with serving(Pages) as url:
        yield {
            "SOUNDCHECK_BASE_URL": url,
            "SUPABASE_URL": ready["supabase_url"],
            "SOUNDCHECK_WEBINAR": "1",
            **served.secrets,
        }
