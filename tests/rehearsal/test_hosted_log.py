"""A project whose gateway logs, and whose log an API tells: calls that no browser sees count."""

from __future__ import annotations

import json
import os
import signal
from datetime import UTC, datetime
from threading import Event
from time import monotonic_ns, time_ns
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
import pytest

from fixtures.scenes.leaks import texts_in
from tests.serving import Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.rehearsal.conftest import Ended, Rehearsal, Served

TOKEN = "sbp_canary_of_the_log_3f81"


class Api(Quiet):
    """Tells the calls that stand in `log`, as Supabase's management API does."""

    log: Path
    status = 200
    is_behind = False
    asked: Event

    def do_GET(self) -> None:
        self.asked.set()
        rows: list[dict[str, Any]] = [{"n": 0 if self.is_behind else 1}]
        if "count" not in self.path and "offset+0" in self.path:
            rows = [row_of(json.loads(line)) for line in self.log.read_text().splitlines()]
        text = json.dumps({"result": rows}).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def row_of(line: dict[str, Any]) -> dict[str, str]:
    """A line of the embedded gateway's log as the hosted one has it."""
    at_ns = time_ns() - monotonic_ns() + line["started_at_ns"]
    parts = urlsplit(line["url"])
    client = line["client"].partition(";")[0]
    return {
        "timestamp": datetime.fromtimestamp(at_ns / 1e9, UTC).isoformat(),
        "method": line["method"],
        "path": parts.path,
        "search": f"?{parts.query}" if parts.query else "",
        "status": str(line["status"] or ""),
        "took_ms": str(line["duration_ms"]),
        "client": client,
        "agent": "node" if client == "eventlive" else "Mozilla/5.0",
    }


@pytest.fixture
def served_with_log(serve: Callable[..., Served], tmp_path: Path) -> tuple[Served, type[Api]]:
    """EventLive as on the day of the incident, and the API that tells its gateway's log."""
    log = tmp_path / "gateway.jsonl"
    api = type("Own", (Api,), {"log": log, "asked": Event()})
    return serve("--defect", "continue-after-400", "--gateway-log", str(log)), api


def test_what_only_the_server_was_answered_breaks_the_definition_of_done(
    rehearse: Callable[..., Ended], served_with_log: tuple[Served, type[Api]]
) -> None:
    served, api = served_with_log
    with serving(api) as url:
        env = {**served.settings, "SUPABASE_ACCESS_TOKEN": TOKEN, "SOUNDCHECK_MANAGEMENT_URL": url}
        ended = rehearse("--users", "3", env=env)

    assert ended.code == 10, ended.output
    failed = {one["dod"] for one in ended.summary["dod"] if one["validity"] == "invalid"}
    assert "DoD-1" in failed
    calls = ended.summary["endpoints"]["gateway"]["endpoints"]
    assert {one["serving"] for one in calls} == {"", "server"}
    assert not any(TOKEN in text for text in {**texts_in(ended.folder), "": ended.output}.values())


def test_a_log_that_is_refused_makes_the_run_invalid(
    rehearse: Callable[..., Ended], served_with_log: tuple[Served, type[Api]]
) -> None:
    served, api = served_with_log
    api.status = 403
    with serving(api) as url:
        env = {**served.settings, "SUPABASE_ACCESS_TOKEN": TOKEN, "SOUNDCHECK_MANAGEMENT_URL": url}
        ended = rehearse("--users", "2", env=env)

    assert ended.code == 11, ended.output
    assert "the probe 'hosted gateway log' failed: it answered 403" in ended.output


def test_an_interrupt_while_the_log_is_waited_for_ends_in_a_verdict_and_leaves_no_trace(
    start_rehearsal: Callable[..., Rehearsal], served_with_log: tuple[Served, type[Api]]
) -> None:
    served, api = served_with_log
    api.is_behind = True
    with serving(api) as url:
        env = {**served.settings, "SUPABASE_ACCESS_TOKEN": TOKEN, "SOUNDCHECK_MANAGEMENT_URL": url}
        rehearsal = start_rehearsal("--users", "2", env=env)
        assert api.asked.wait(90)
        os.kill(rehearsal.process.pid, signal.SIGINT)
        ended = rehearsal.end()

    assert ended.code == 11, ended.output
    assert "'hosted gateway log' failed: the wait for it was interrupted" in ended.output
    assert ended.summary["users"]["received"] == {"n": 2, "of": 2}
    with psycopg.connect(served.ready["database_url"]) as connection:
        assert connection.execute("select count(*) from public.messages").fetchone() == (0,)
