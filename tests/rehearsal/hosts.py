"""Hosts of a network, as namespaces of this machine: each has an address and can be cut off."""

from __future__ import annotations

import secrets
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SUBNETS = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One of them; `here` is this machine's address as the host sees it."""

    name: str
    address: str
    here: str
    link: str

    def command(self, *words: str) -> list[str]:
        """A command that runs there."""
        return ["ip", "netns", "exec", self.name, *words]

    def cut_off(self) -> None:
        """Nothing comes or goes any more, and nobody is told."""
        # At its own end: without the other one, packets would go looking for another way.
        _ip("-n", self.name, "link", "set", "eth0", "down")


@contextmanager
def hosts(number: int) -> Iterator[Sequence[Host]]:
    """So many hosts for the block; skips where this machine lets nobody make a network."""
    with ExitStack() as ending:
        yield [_made(ending) for _ in range(number)]


def _made(ending: ExitStack) -> Host:
    # Others on this machine may have made hosts of their own.
    name, subnet = (
        f"sc-{secrets.token_hex(3)}",
        f"10.{200 + secrets.randbelow(50)}.{next(_SUBNETS)}",
    )
    host = Host(
        name=name,
        address=f"{subnet}.2",
        here=f"{subnet}.1",
        link=f"{name}-h",
    )
    try:
        _ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network namespace can be made here: {error}")
    ending.callback(_ip, "netns", "delete", name)
    _ip("link", "add", host.link, "type", "veth", "peer", "name", "eth0", "netns", name)
    # A network lives as long as any process in it; the link must not.
    ending.callback(_ip, "link", "delete", host.link)
    _ip("address", "add", f"{host.here}/30", "dev", host.link)
    _ip("link", "set", host.link, "up")
    for words in (
        ("address", "add", f"{host.address}/30", "dev", "eth0"),
        ("link", "set", "eth0", "up"),
        ("link", "set", "lo", "up"),
    ):
        _ip("-n", name, *words)
    return host


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
