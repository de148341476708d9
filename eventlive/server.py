"""The process behind `python -m eventlive`: one port, from the ready line to a clean end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import threading
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import uvicorn

from eventlive.deployment import over_hosted, over_project, over_stand_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from eventlive.defects.defect import Choice
    from eventlive.deployment import Deployment, Ready
    from eventlive.settings import Settings

BACKLOG = 2048  # a full house may knock within one second
GRACE_S = 1  # for open WebSockets; with PostgreSQL's own stop the whole end stays below 3 s


class PortError(Exception):
    """The address cannot be listened on; the message says which and why."""


async def serve(
    settings: Settings,
    *,
    allow_faults: bool = False,
    defects: Sequence[Choice] = (),
    gateway_log: Path | None = None,
    until_stdin_closes: bool = False,
) -> None:
    """Run EventLive until SIGINT, SIGTERM or, if wanted, the end of stdin.

    Nothing that was started here is left afterwards. Raises PortError, and what the deployment
    raises when it cannot start.
    """
    ending = Ending()
    ending.watch_signals()
    if until_stdin_closes:
        ending.watch_stdin()
    with claim(settings.host, settings.port) as listener:
        settings = replace(settings, port=listener.getsockname()[1])
        if settings.supabase_url:
            deployment = over_hosted(settings)
        elif settings.project:
            deployment = over_project(settings, gateway_log=gateway_log)
        else:
            deployment = over_stand_in(
                settings, allow_faults=allow_faults, defects=defects, gateway_log=gateway_log
            )
        async with deployment as deployed:
            await ending.end_of(new_server(deployed), listener)


class Ending:
    """Ends the process once, whoever asks first and however far the start has come.

    A start is completed before it is undone: psycopg's pools do not survive being cancelled while
    they open.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._server: uvicorn.Server | None = None
        self._is_asked = False

    def ask(self) -> None:
        """End soon. Asking again changes nothing: an impatient Ctrl-C must not leave PostgreSQL."""
        self._is_asked = True
        if self._server is not None:
            self._server.should_exit = True

    def watch_signals(self) -> None:
        """SIGINT and SIGTERM ask for the end."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self.ask)

    def watch_stdin(self) -> None:
        """The end of stdin asks for the end: the parent closed it or died."""

        def wait() -> None:
            # os.read, not sys.stdin: a thread inside that object's lock aborts the interpreter's
            # own shutdown.
            while os.read(0, 4096):
                pass
            self._loop.call_soon_threadsafe(self.ask)

        threading.Thread(target=wait, daemon=True, name="stdin").start()

    async def end_of(self, server: uvicorn.Server, listener: socket.socket) -> None:
        """Serve until asked to end."""
        if not self._is_asked:
            self._server = server
            await server.serve(sockets=[listener])


class Server(uvicorn.Server):
    """uvicorn, except that signals are `Ending`'s and readiness is announced on stdout."""

    def __init__(self, config: uvicorn.Config, ready: Ready) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone: uvicorn would raise them again and end us half cleaned up."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections, then say so."""
        await super().startup(sockets)
        sys.stdout.write(json.dumps(asdict(self._ready)) + "\n")
        sys.stdout.flush()


def new_server(deployed: Deployment) -> Server:
    """uvicorn as hundreds of browsers on one machine need it: no compression, no access log."""
    config = uvicorn.Config(
        deployed.app,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="warning",
        access_log=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
    )
    return Server(config, deployed.ready)


def claim(host: str, port: int) -> socket.socket:
    """A socket that listens, so that the port is ours before anything slow starts.

    Raises PortError.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise PortError(f"cannot listen on {host}: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        why = f"{error.strerror}; choose another with --port, or 0 for any free one"
        raise PortError(f"cannot listen on {host} port {port}: {why}") from error
    return listener
