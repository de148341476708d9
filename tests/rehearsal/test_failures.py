"""What breaks while the crowd is at work: the run ends, reports, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest

from reports.judging import judge
from reports.summary import FILES
from tests.serving import Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import psutil

    from tests.rehearsal.conftest import Ended, Rehearsal, Served

pytestmark = pytest.mark.real

# Long enough for a user to stay in her seat until the test has struck.
SLOW = {"SOUNDCHECK_SENDS_PER_S": "1", "SOUNDCHECK_HOUSE_TIMEOUT_S": "20"}
# A restart takes 2.3 s on an idle machine; nobody is to speak meanwhile, as nobody could be heard.
BETWEEN_SENDS = {"SOUNDCHECK_SENDS_PER_S": "0.1"}

# What breaks the run from within: source of a pytest plugin that every process of it loads.
IN_WORKER_1 = """
import os
import threading

def pytest_configure(config):
    if getattr(config, "workerinput", {}).get("workerid") == "gw1":
"""
AT_THE_GREETING = """
import os

def pytest_runtest_logreport(report):
    at_work = "PYTEST_XDIST_WORKER" in os.environ and report.when == "call"
    if at_work and "greeting" in report.nodeid and "[shard01]" in report.nodeid:
        os._exit(3)
"""
# Every interpreter runs this at its start; the first worker gets by, the second does not.
IN_SECOND_INTERPRETER = """
import os
import sys
import threading
from pathlib import Path

if any("sys.stdin.readline" in argument for argument in sys.orig_argv):
    try:
        Path(__file__).with_name("first").touch(exist_ok=False)
    except FileExistsError:
"""
EXITS = "        os._exit(3)"
RAISES = "        raise RuntimeError('broken')"
HANGS = "        threading.Event().wait()"
CTRL_C = """
import os
import signal
import threading

def ctrl_c(*_):
    os.killpg(os.getpgrp(), signal.SIGINT)
    threading.Event().wait()
"""
WHILE_PREPARING = f"""{CTRL_C}
from fixtures.identities import Admin

Admin.provide = ctrl_c
"""
WHILE_WORKERS_START = f"""{CTRL_C}
def pytest_xdist_newgateway(gateway):
    if gateway.id == "gw1":
        ctrl_c()
"""
# Ten times what two idle workers need to start.
PATIENCE_S = "20"
CUT = "'run' failed: it was stopped before its end (KeyboardInterrupt)"
DIED = "'worker gw1' failed: it died (Not properly terminated)"
BROKE_DOWN = "'run' failed: pytest broke down (INTERNALERROR)"
LATE = f"failed: it had not started within {PATIENCE_S} s (SOUNDCHECK_HOUSE_TIMEOUT_S)"


@pytest.mark.parametrize(
    ("workers", "strike"), [("0", os.killpg), ("2", os.killpg), ("2", os.kill)]
)
def test_an_interrupt_makes_the_run_invalid_and_removes_the_traces(
    start_rehearsal: Callable[..., Rehearsal],
    serve: Callable[..., Served],
    workers: str,
    strike: Callable[[int, int], None],
) -> None:
    served = serve()
    rehearsal = start_rehearsal(
        "-n", workers, "--users", "4", "--messages", "20", env={**served.settings, **SLOW}
    )
    rehearsal.await_in_history('"op":"receipt"')

    # Ctrl-C reaches everybody; a supervisor may strike the first process only.
    strike(rehearsal.process.pid, signal.SIGINT)
    ended = rehearsal.end()

    _require_invalid(ended, CUT)
    assert "nobody was let in" not in ended.output
    assert ended.summary["users"]["signed_in"] == {"n": 4, "of": 4}
    assert rehearsal.processes() == []
    assert _traces(served) == 0


def test_an_interrupt_while_workers_start_is_no_different(
    rehearse: Callable[..., Ended], serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve()
    env = {**served.settings, **_breaking(tmp_path, plugin=WHILE_WORKERS_START)}

    ended = rehearse("-n", "2", "--users", "4", env=env)

    _require_invalid(ended, f"{CUT}, so nobody was let in")
    assert _traces(served) == 0


def test_an_interrupt_before_there_is_anything_to_judge_keeps_pytests_exit_code(
    rehearse: Callable[..., Ended], tmp_path: Path
) -> None:
    env = _breaking(tmp_path, plugin=WHILE_PREPARING)

    ended = rehearse("-n", "2", "--users", "4", env=env)

    assert ended.code == 2, ended.output
    assert [name for name in FILES if (ended.folder / name).exists()] == []


@pytest.mark.parametrize("by_itself", [True, False], ids=["os._exit", "SIGKILL"])
def test_a_worker_that_dies_makes_the_run_invalid_and_the_others_finish(
    start_rehearsal: Callable[..., Rehearsal], tmp_path: Path, by_itself: bool
) -> None:
    env = _breaking(tmp_path, plugin=AT_THE_GREETING) if by_itself else SLOW
    rehearsal = start_rehearsal("-n", "2", "--users", "4", "--messages", "2", env=env)
    if not by_itself:
        rehearsal.await_in_history('"op":"receipt"')
        _worker_of(rehearsal, shard="shard01").kill()
    ended = rehearsal.end()

    _require_invalid(ended, "failed: it died and took shard01 with it (Not properly terminated)")
    assert "nobody was let in" not in ended.output
    outcomes = {name: row["outcome"] for name, row in ended.users.items()}
    lost, whole = "evidence lost", "received"
    assert outcomes == {"u0001": whole, "u0002": lost, "u0003": whole, "u0004": lost}
    assert rehearsal.processes() == []


@pytest.mark.parametrize(
    ("plugin", "interpreter", "said"),
    [
        pytest.param(IN_WORKER_1 + EXITS, "", DIED, id="exits"),
        pytest.param(IN_WORKER_1 + RAISES, "", DIED, id="raises"),
        pytest.param(IN_WORKER_1 + HANGS, "", f"'worker gw1' {LATE}", id="hangs"),
        pytest.param("", IN_SECOND_INTERPRETER + EXITS, BROKE_DOWN, id="exits before it speaks"),
        pytest.param("", IN_SECOND_INTERPRETER + HANGS, f"'run' {LATE}", id="never speaks"),
    ],
)
def test_a_worker_that_never_starts_is_not_waited_for_and_makes_the_run_invalid(
    rehearse: Callable[..., Ended], tmp_path: Path, plugin: str, interpreter: str, said: str
) -> None:
    env = _breaking(tmp_path, plugin=plugin, interpreter=interpreter)

    ended = rehearse(
        "-n", "2", "--users", "4", env={**env, "SOUNDCHECK_HOUSE_TIMEOUT_S": PATIENCE_S}
    )

    _require_invalid(ended, f"{said}, so nobody was let in")
    assert "'worker gw0'" not in ended.output
    assert {row["outcome"] for row in ended.users.values()} == {"evidence lost"}


@pytest.mark.parametrize(
    ("hangs", "said"),
    [(False, "answers 500"), (True, "did not answer within 10 s")],
    ids=["answers 500", "hangs"],
)
def test_a_site_that_does_not_work_is_told_before_anybody_comes(
    rehearse: Callable[..., Ended], serve: Callable[..., Served], hangs: bool, said: str
) -> None:
    served = serve()
    with _broken_site(hangs=hangs) as base_url:
        env = {**served.settings, "SOUNDCHECK_BASE_URL": base_url}

        ended = rehearse("-n", "2", "--users", "2", env=env)

    assert ended.code == 4, ended.output
    assert said in ended.output
    assert not (ended.folder / "summary.json").exists()


def test_a_target_that_dies_in_mid_run_ends_in_a_report(
    start_rehearsal: Callable[..., Rehearsal], serve: Callable[..., Served]
) -> None:
    served = serve()
    env = {**served.settings, **SLOW, "SOUNDCHECK_STEP_TIMEOUT_S": "3", "SOUNDCHECK_SETTLE_S": "2"}
    rehearsal = start_rehearsal("-n", "2", "--users", "4", "--messages", "5", env=env)
    rehearsal.await_in_history('"op":"receipt"')

    served.process.terminate()
    ended = rehearsal.end()

    assert ended.code == 11, ended.output
    gaps = ended.summary["evidence"]["gaps"]
    assert any("the database could not be read" in gap for gap in gaps), gaps
    assert "Traceback" not in ended.output
    assert rehearsal.processes() == []


def test_a_server_that_is_restarted_in_mid_chat_costs_nobody_a_message(
    start_rehearsal: Callable[..., Rehearsal], serve: Callable[..., Served], tmp_path: Path
) -> None:
    kept = ("--data", str(tmp_path / "data"))
    served = serve(*kept)
    options = ("--users", "3", "--messages", "1")
    rehearsal = start_rehearsal(*options, env={**served.settings, **BETWEEN_SENDS})
    rehearsal.await_in_history('"number":1')  # the first after the greetings

    served.process.terminate()
    served.process.wait()
    serve(*kept, "--port", served.ready["base_url"].rpartition(":")[2])
    ended = rehearsal.end()

    assert ended.code == 0, ended.output
    assert ended.summary["deliveries"]["received"] == {"n": 18, "of": 18}
    asked = {one["check"]: one["validity"] for one in ended.summary["checks"]}
    assert asked["recovery"] == "valid"


def _breaking(folder: Path, *, plugin: str = "", interpreter: str = "") -> dict[str, str]:
    """The environment of a run that these sources break."""
    (folder / "breaks.py").write_text(plugin)
    (folder / "sitecustomize.py").write_text(interpreter)
    return {"PYTHONPATH": str(folder), "PYTEST_PLUGINS": "breaks"}


def _require_invalid(ended: Ended, said: str) -> None:
    """The verdict is INVALID for everybody who asks, says why, and stays when judged again."""
    assert ended.code == 11, ended.output
    assert len(re.findall(r"^=+ rehearsal =+$", ended.output, re.MULTILINE)) == 1, ended.output
    assert said in ended.output, ended.output
    assert (ended.folder / "summary.md").read_text().startswith("## Soundcheck: INVALID")
    assert [name for name in FILES if not (ended.folder / name).exists()] == []
    assert judge(ended.folder).exit_code == 11


def _worker_of(rehearsal: Rehearsal, *, shard: str) -> psutil.Process:
    """The worker process that writes this shard."""
    name = f"history-{shard}.jsonl"
    return next(
        process
        for process in rehearsal.processes()
        if any(file.path.endswith(name) for file in process.open_files())
    )


def _traces(served: Served) -> int:
    """How many rows of the run are left, in all the tables that it writes to."""
    tables = ("messages", "registrations", "webinar_live_presence", "webinar_user_sessions")
    counts = " + ".join(f"(select count(*) from public.{table})" for table in tables)
    with psycopg.connect(served.ready["database_url"]) as connection:
        return int(connection.execute(f"select {counts}").fetchall()[0][0])


@contextmanager
def _broken_site(*, hangs: bool) -> Iterator[str]:
    """A site that answers everything with 500, or nothing at all."""
    released = threading.Event()

    class Broken(Quiet):
        def do_GET(self) -> None:
            if hangs:
                released.wait()
            else:
                self.send_error(500)

    with serving(Broken) as url:
        try:
            yield url
        finally:
            released.set()
