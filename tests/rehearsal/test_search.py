"""A capacity search for real: the knee of a target that is slow on purpose, and the end of time."""

from __future__ import annotations

import json
import shutil
import signal
import threading
from time import monotonic
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from fixtures.trials import ENDPOINT, SEARCHES, shown
from reports.runs import RUNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.rehearsal.conftest import Ended, Rehearsal, Served

pytestmark = pytest.mark.real


@pytest.fixture
def search(start_rehearsal: Callable[..., Rehearsal]) -> Iterator[Callable[..., Ended]]:
    """Run a capacity search to its end; all that it stored goes with the test."""
    searches: list[Rehearsal] = []

    def run(*arguments: str, env: dict[str, str] | None = None) -> Ended:
        started = start_rehearsal("--find-capacity", *arguments, path="e2e", env=env)
        searches.append(started)
        ended = started.end()
        assert started.processes() == []
        return ended

    yield run
    for one in searches:
        for folder in [SEARCHES / one.run_id, *RUNS.glob(f"{one.run_id}-*")]:
            shutil.rmtree(folder, ignore_errors=True)


def found_by(ended: Ended) -> dict[str, Any]:
    folder = SEARCHES / ended.folder.name
    return dict(json.loads((folder / "capacity.json").read_text()))


def test_the_knee_of_a_target_that_serves_one_after_the_other_is_found_and_is_the_targets(
    search: Callable[..., Ended],
) -> None:
    ended = search("--users", "5", "--defect", "slow-fan-out", "--gates", "release")

    assert ended.code == 0, ended.output
    found = found_by(ended)
    # The last of four hears after three turns of 0.7 s, and the gate is at 2 s.
    assert [one["users"] for one in found["trials"]] == [2, 4, 3, 4]
    assert {key: found["knee"][key] for key in ("holds", "breaks", "limit", "broken")} == {
        "holds": 3,
        "breaks": 4,
        "limit": "target",
        "broken": 2,
    }
    assert "3 users hold and the target gives way at 4 (2 of 2 trials)" in ended.output
    assert "delivery.latency_ms.p95 <= 2000" in ended.output
    assert (SEARCHES / ended.folder.name / "capacity.html").is_file()


def test_a_search_whose_time_is_over_leaves_nothing_behind(
    search: Callable[..., Ended], serve: Callable[..., Served]
) -> None:
    served = serve()

    # Longer than there is time, however fast people come in.
    limited = served.settings | {"SOUNDCHECK_CAPACITY_S": "8"}
    ended = search("--users", "8", "--hold-s", "60", env=limited)

    assert ended.code == 11, ended.output
    # On a slow machine the first run has not even begun.
    assert "then the time was over" in ended.output or "nothing is known" in ended.output
    with psycopg.connect(served.ready["database_url"]) as connection:
        rows = connection.execute("select count(*) from public.webinar_live_presence").fetchone()
    assert rows == (0,)


def test_a_search_that_is_stopped_says_so_and_what_it_knows(
    start_rehearsal: Callable[..., Rehearsal],
) -> None:
    started = start_rehearsal("--find-capacity", "--users", "2", "--hold-s", "120", path="e2e")
    folder = SEARCHES / started.run_id
    first = RUNS / f"{started.run_id}-01-u0002"
    try:
        await_file(first, "history-shard00.jsonl", started)
        started.process.send_signal(signal.SIGINT)
        ended = started.end()

        assert ended.code == 2, ended.output
        assert "no size of house holds - then it was stopped" in ended.output
        assert json.loads((folder / "capacity.json").read_text())["knee"]["limit"] == "stopped"
        assert started.processes() == []
    finally:
        for one in (folder, first):
            shutil.rmtree(one, ignore_errors=True)


def await_file(folder: Path, name: str, started: Rehearsal) -> None:
    deadline_s, paused = monotonic() + 60, threading.Event()
    while not (folder / name).exists():
        assert started.process.poll() is None, started.end().output
        assert monotonic() < deadline_s, f"no {name}"
        paused.wait(0.1)


def test_a_command_that_is_shown_has_no_secret_of_an_endpoint() -> None:
    secret = "wss://user:word@host:3000/path?token=word"

    told = shown(["-n", "4", ENDPOINT, secret, f"{ENDPOINT}={secret}", "--gates", "smoke"])

    assert told == ["-n", "4", ENDPOINT, "host:3000", f"{ENDPOINT}=host:3000", "--gates", "smoke"]


def test_a_search_over_sessions_that_are_kept_is_refused(
    search: Callable[..., Ended], tmp_path: Path
) -> None:
    file = tmp_path / "kept.toml"
    file.write_text(
        'like = "embedded"\nproduction = false\nurl = "http://127.0.0.1:9"\n'
        'supabase_url = "http://127.0.0.1:9"\n[sign_in]\nhow = "storage"\nis_kept = true\n'
    )
    keys = ("SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY")

    ended = search(
        "--target",
        str(file),
        env={**dict.fromkeys(keys, "key"), "DATABASE_URL": "postgresql://u:p@127.0.0.1:9/d"},
    )

    assert ended.code == 4, ended.output
    assert "sessions: search with a file that does not" in ended.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--shard", "1/2"), "--find-capacity is for one machine, and --shard 1/2 a part"),
        (("--users", "none"), "--users (SOUNDCHECK_USERS) must be a whole number"),
        (("--gates", "no-such"), "no-such"),
    ],
)
def test_what_no_search_can_do_is_refused_before_it(
    search: Callable[..., Ended], arguments: tuple[str, ...], said: str
) -> None:
    ended = search(*arguments)

    assert ended.code == 4, ended.output
    assert said in ended.output
