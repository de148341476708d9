"""A way from one network to another: `python -m tests.rehearsal.passage HOST:PORT HOST:PORT`.

Whoever comes to the first place is led to the second, which may also be the path of a socket. Says
`open` when it is.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

CHUNK = 65_536


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """All that is said has been passed on, until one of both has gone."""
    with suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def connected(place: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Both directions of a connection to this place; raises OSError where there is nobody."""
    if place.startswith("/"):
        return await asyncio.open_unix_connection(place)
    host, _, port = place.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def lead(begin: str, end: str) -> None:
    """The way is open until this is cancelled."""

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, forth = await connected(end)
        except OSError:
            writer.close()
            return
        await asyncio.gather(carry(reader, forth), carry(back, writer))

    host, _, port = begin.rpartition(":")
    async with await asyncio.start_server(met, host, int(port)) as server:
        sys.stdout.write("open\n")
        sys.stdout.flush()
        await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(lead(*sys.argv[1:3]))
