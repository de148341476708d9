"""`python -m eventlive` as another process meets it: the ready line, refusals, and the end."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 60
END_TIMEOUT_S = 3
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A started EventLive, what it said when it was ready, and the PostgreSQL it started."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]

    def postgres(self) -> tuple[psutil.Process, Path]:
        """The embedded server's process and folder."""
        with psycopg.connect(self.ready["database_url"]) as connection:
            row = connection.execute("show data_directory").fetchone()
        assert row is not None
        folder = Path(row[0])
        pid = int((folder / "postmaster.pid").read_text().split()[0])
        return psutil.Process(pid), folder


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """A process on any free port. Only what the test says is in its environment."""
    return subprocess.Popen(
        [sys.executable, "-m", "eventlive", "--port", "0", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")} | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[Running]:
    """An EventLive that is ready; ended with the block if it is not already."""
    with start(*arguments, **environment) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            yield Running(process=process, ready=json.loads(line))
        finally:
            process.terminate()


def refused(*arguments: str, **environment: str) -> str:
    """What a start that must fail says; the exit code is checked."""
    with start(*arguments, **environment) as process:
        said, complaint = process.communicate(timeout=START_TIMEOUT_S)
    assert (process.returncode, said) == (4, ""), complaint
    assert len(complaint.splitlines()) == 1, complaint
    return complaint


def test_the_ready_line_is_enough_to_sign_in_and_use_the_site() -> None:
    with running() as eventlive:
        ready = eventlive.ready
        token = sign_in_as_admin(ready)
        figures = httpx.get(
            f"{ready['base_url']}/api/webinars/{ready['webinar']}/stats/access",
            headers={"Authorization": f"Bearer {token}"},
        )

    assert figures.json() == {"present": 0, "registered": 0, "messages": 0, "attendees": []}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_within_seconds_and_leaves_nothing(number: signal.Signals) -> None:
    with running() as eventlive:
        postgres, folder = eventlive.postgres()

        eventlive.process.send_signal(number)

        assert eventlive.process.wait(END_TIMEOUT_S) == 0
        assert is_gone(postgres)
        assert not folder.exists()


@pytest.mark.parametrize("appeared", ["PG_VERSION", "postmaster.pid"])
def test_a_signal_while_it_starts_leaves_no_server(tmp_path: Path, appeared: str) -> None:
    with start("--data", str(tmp_path)) as process:
        while not (tmp_path / appeared).exists() and process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)

        process.terminate()

        assert process.wait(START_TIMEOUT_S) == 0, process.communicate()[1]
    assert not (tmp_path / "postmaster.pid").exists()


def test_a_full_house_that_ignores_the_close_does_not_delay_the_end() -> None:
    with running() as eventlive, ExitStack() as sockets:
        for _ in range(400):
            sockets.enter_context(open_web_socket(eventlive.ready))

        eventlive.process.terminate()

        assert eventlive.process.wait(END_TIMEOUT_S) == 0


def test_it_ends_with_the_process_that_started_it() -> None:
    with running("--until-stdin-closes") as eventlive:
        postgres, folder = eventlive.postgres()
        assert eventlive.process.stdin is not None

        eventlive.process.stdin.close()

        assert eventlive.process.wait(END_TIMEOUT_S) == 0
        assert is_gone(postgres)
        assert not folder.exists()


def test_a_killed_eventlive_takes_its_postgres_along() -> None:
    with running() as eventlive:
        postgres, folder = eventlive.postgres()
        (guard,) = [
            child
            for child in psutil.Process(eventlive.process.pid).children()
            if any("watchdog" in word for word in child.cmdline())
        ]

        eventlive.process.kill()

        select.select([os.pidfd_open(guard.pid)], [], [], 10)
        assert is_gone(postgres)
        assert not folder.exists()


def test_faults_can_be_set_and_healed_where_they_are_allowed() -> None:
    with running("--allow-faults") as eventlive:
        base_url = eventlive.ready["base_url"]
        faults = f"{base_url}/_eventlive/faults"
        polled = f"{base_url}/api/webinars/149402/messages"

        assert httpx.post(f"{faults}/earthquake").status_code == 404
        assert httpx.get(polled).status_code == 401
        assert httpx.post(f"{faults}/polls-refused").status_code == 204
        assert httpx.get(polled).status_code == 403
        assert httpx.delete(faults).status_code == 204
        assert httpx.get(polled).status_code == 401


def test_a_kept_database_keeps_its_accounts_and_keys(tmp_path: Path) -> None:
    with running("--data", str(tmp_path)) as first:
        first.process.terminate()
        first.process.wait(END_TIMEOUT_S)
    with running("--data", str(tmp_path)) as second:
        assert second.ready["anon_key"] == first.ready["anon_key"]
        assert sign_in_as_admin(second.ready)


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert str(port) in refused("--port", str(port))


def test_a_database_out_of_reach_is_named() -> None:
    assert "database" in refused(DATABASE_URL=NOWHERE)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--port", "abc"], "abc"),
        (["--port", "70000"], "70000"),
        (["--transport", "pigeon"], "broadcast"),
        (["--jwt-expiry", "0"], "0"),
        (["--host", "256.0.0.1"], "256.0.0.1"),
        (["--frobnicate"], "--frobnicate"),
    ],
)
def test_a_bad_argument_is_named(arguments: list[str], named: str) -> None:
    assert named in refused(*arguments)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()

    assert str(tmp_path) in refused("--data", str(tmp_path))


def test_the_project_of_another_application_is_served_without_eventlive(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "2_more.sql").write_text("alter table notes add body text")
    (tmp_path / "migrations" / "1_notes.sql").write_text(
        "create table public.notes (id uuid primary key default extensions.uuid_generate_v4());"
        "grant all on notes to supabase_auth_admin"
    )
    (tmp_path / "seed.sql").write_text("insert into notes (body) values ('hello')")
    log = tmp_path / "gateway.jsonl"

    with running("--project", str(tmp_path), "--gateway-log", str(log)) as standin:
        ready = standin.ready
        headers = {"apikey": ready["service_role_key"]}
        url = f"{ready['supabase_url']}/rest/v1"
        notes = httpx.get(f"{url}/notes?select=body", headers=headers)
        webinars = httpx.get(f"{url}/webinars", headers=headers)

    assert notes.json() == [{"body": "hello"}]
    assert webinars.status_code == 404
    assert (ready["base_url"], ready["webinar"], ready["admin_email"]) == (None, None, None)
    assert "/rest/v1/notes" in log.read_text()


@pytest.mark.parametrize("beside", [["--defect", "duplicate"], ["--allow-faults"]])
def test_what_is_eventlives_cannot_go_with_the_project_of_another(beside: list[str]) -> None:
    assert "--project is the stand-in alone" in refused("--project", ".", *beside)


def test_a_folder_without_migrations_is_named(tmp_path: Path) -> None:
    assert f"expected migrations/*.sql in {tmp_path}" in refused("--project", str(tmp_path))


def test_a_hosted_project_needs_its_keys() -> None:
    assert "SUPABASE_ANON_KEY" in refused(SUPABASE_URL="https://project.example.test")


def test_over_a_hosted_project_pages_are_sent_there_and_nothing_is_started() -> None:
    url, keys = "https://project.example.test", {"SUPABASE_ANON_KEY": "public"}
    with running(SUPABASE_URL=url, SUPABASE_SERVICE_ROLE_KEY="secret", **keys) as eventlive:
        page = httpx.get(eventlive.ready["base_url"])
        children = psutil.Process(eventlive.process.pid).children()

    assert url in page.text
    assert f" {url};" in page.headers["content-security-policy"]
    assert eventlive.ready["database_url"] is None
    assert children == []


def open_web_socket(ready: dict[str, Any]) -> socket.socket:
    """A Realtime WebSocket that never answers anything after its handshake."""
    url = httpx.URL(ready["base_url"])
    opened = socket.create_connection((url.host, url.port or 80))
    opened.sendall(
        f"GET /realtime/v1/websocket?apikey={ready['anon_key']}&vsn=2.0.0 HTTP/1.1\r\n"
        f"Host: {url.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    assert opened.recv(4096).startswith(b"HTTP/1.1 101")
    return opened


def is_gone(process: psutil.Process) -> bool:
    """Ended. In a container nobody may reap an orphan, so it counts as gone when it is a zombie."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def sign_in_as_admin(ready: dict[str, Any]) -> str:
    """An access token, by the password that the ready line gives."""
    answer = httpx.post(
        f"{ready['supabase_url']}/auth/v1/token?grant_type=password",
        json={"email": ready["admin_email"], "password": ready["admin_password"]},
        headers={"apikey": ready["anon_key"]},
    )
    return str(answer.json()["access_token"])
