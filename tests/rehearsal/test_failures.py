"""What breaks while the crowd is at work: the run ends, reports, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psutil

    from tests.rehearsal.conftest import Ended, Rehearsal, Served

pytestmark = pytest.mark.real

# Long enough for a user to stay in her seat until the test has struck.
SLOW = {"SOUNDCHECK_SENDS_PER_S": "1", "SOUNDCHECK_HOUSE_TIMEOUT_S": "20"}


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_interrupt_keeps_the_history_and_removes_the_traces(
    start_rehearsal: Callable[..., Rehearsal], serve: Callable[..., Served], workers: str
) -> None:
    served = serve()
    rehearsal = start_rehearsal(
        "-n", workers, "--users", "4", "--messages", "20", env={**served.settings, **SLOW}
    )
    _await_in_history(rehearsal, '"op":"receipt"')

    os.killpg(rehearsal.process.pid, signal.SIGINT)
    ended = rehearsal.end()

    assert ended.code == 2, ended.output
    assert ended.summary["verdict"] != "GO"
    assert ended.summary["users"]["signed_in"] == {"n": 4, "of": 4}
    assert rehearsal.processes() == []
    assert _messages(served) == 0


def test_a_killed_worker_makes_the_run_invalid_and_the_others_finish(
    start_rehearsal: Callable[..., Rehearsal],
) -> None:
    rehearsal = start_rehearsal("-n", "2", "--users", "4", "--messages", "20", env=SLOW)
    _await_in_history(rehearsal, '"op":"receipt"')

    _worker_of(rehearsal, shard="shard01").kill()
    ended = rehearsal.end()

    assert ended.code == 11, ended.output
    assert ended.summary["verdict"] == "INVALID"
    lost = [name for name, row in ended.users.items() if row["outcome"] == "evidence lost"]
    assert lost == ["u0002", "u0004"]
    assert ended.users["u0001"]["outcome"] == "received"
    assert rehearsal.processes() == []


@pytest.mark.parametrize("hangs", [False, True], ids=["answers 500", "hangs"])
def test_a_site_that_does_not_work_ends_in_a_report(
    rehearse: Callable[..., Ended], serve: Callable[..., Served], hangs: bool
) -> None:
    served = serve()
    with _broken_site(hangs=hangs) as base_url:
        env = {**served.settings, "SOUNDCHECK_BASE_URL": base_url}

        ended = rehearse("-n", "2", "--users", "2", env={**env, "SOUNDCHECK_STEP_TIMEOUT_S": "3"})

    assert ended.code == 11, ended.output
    assert "nothing was sent" in ended.summary["evidence"]["gaps"]
    assert all("sign_in" in row["reason"] for row in ended.users.values()), ended.users


def test_a_target_that_dies_in_mid_run_ends_in_a_report(
    start_rehearsal: Callable[..., Rehearsal], serve: Callable[..., Served]
) -> None:
    served = serve()
    env = {**served.settings, **SLOW, "SOUNDCHECK_STEP_TIMEOUT_S": "3", "SOUNDCHECK_SETTLE_S": "2"}
    rehearsal = start_rehearsal("-n", "2", "--users", "4", "--messages", "5", env=env)
    _await_in_history(rehearsal, '"op":"receipt"')

    served.process.terminate()
    ended = rehearsal.end()

    assert ended.code == 11, ended.output
    gaps = ended.summary["evidence"]["gaps"]
    assert any("the database could not be read" in gap for gap in gaps), gaps
    assert "Traceback" not in ended.output
    assert rehearsal.processes() == []


def _await_in_history(rehearsal: Rehearsal, text: str, *, timeout_s: float = 90) -> None:
    """Every shard's file holds this text."""
    deadline_s = monotonic() + timeout_s
    paused = threading.Event()
    while monotonic() < deadline_s:
        shards = list(rehearsal.folder.glob("history-shard*.jsonl"))
        if shards and all(text in shard.read_text() for shard in shards):
            return
        assert rehearsal.process.poll() is None, rehearsal.end().output
        paused.wait(0.1)
    pytest.fail(f"{text} never came into the history")


def _worker_of(rehearsal: Rehearsal, *, shard: str) -> psutil.Process:
    """The worker process that writes this shard."""
    name = f"history-{shard}.jsonl"
    return next(
        process
        for process in rehearsal.processes()
        if any(file.path.endswith(name) for file in process.open_files())
    )


def _messages(served: Served) -> int:
    with psycopg.connect(served.ready["database_url"]) as connection:
        return int(connection.execute("select count(*) from public.messages").fetchall()[0][0])


@contextmanager
def _broken_site(*, hangs: bool) -> Iterator[str]:
    """A site that answers everything with 500, or nothing at all."""
    released = threading.Event()

    class Broken(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if hangs:
                released.wait()
            else:
                self.send_error(500)

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    server.daemon_threads = True
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        released.set()
        server.shutdown()
        serving.join()
        server.server_close()
