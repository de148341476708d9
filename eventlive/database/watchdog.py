"""Stops an embedded PostgreSQL whose owner was killed and could not do it.

`guarded` starts this file as a process that waits on a pipe. The owner's end of the pipe closes
with the owner, however it dies; a farewell in the pipe means that there is nothing to do.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

FAREWELL = b"."
STOP_TIMEOUT_S = 30


@contextmanager
def guarded(data_directory: Path, *, throw_away: bool) -> Iterator[None]:
    """If this process dies within the block, the server stops and a throw-away folder goes."""
    # -P: this file's folder must not become a place to import from. A session of its own: the
    # Ctrl-C or the kill that ends the owner's group must not end the guard.
    command = [sys.executable, "-P", __file__, str(data_directory), "remove" if throw_away else ""]
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield
    finally:
        guard.communicate(FAREWELL)


def stop(data_directory: Path) -> None:
    """The server on this folder has stopped, if there was one."""
    lock_file = data_directory / "postmaster.pid"
    if not lock_file.exists():
        return
    with suppress(psutil.NoSuchProcess):
        server = psutil.Process(int(lock_file.read_text().split()[0]))
        if "postgres" in server.name():
            # A descriptor and not psutil's wait: where nobody reaps orphans, as in many
            # containers, the ended server stays a zombie and its number in use.
            ended = os.pidfd_open(server.pid)
            server.send_signal(signal.SIGINT)  # PostgreSQL's word for a fast shutdown
            select.select([ended], [], [], STOP_TIMEOUT_S)


if __name__ == "__main__":
    folder, disposal = Path(sys.argv[1]), sys.argv[2]
    if sys.stdin.buffer.read() != FAREWELL:
        stop(folder)
        if disposal == "remove":
            shutil.rmtree(folder)
