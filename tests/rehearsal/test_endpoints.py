"""Browsers of other hosts: a crowd whose pages are there, and what is said when a host is lost."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import psutil
import pytest

from fixtures.browser import find_browser
from fixtures.endpoints import endpoints_of, share_of
from scenarios.errors import ConfigError
from tests.rehearsal.hosts import Host, hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.rehearsal.conftest import Ended, Rehearsal

PORT = 3000
PATH = "/a-secret"


@contextmanager
def browsers_on(host: Host) -> Iterator[str]:
    """The address of a Playwright server on this host."""
    # `--unsafe`: clients may name the browser; here nobody has Playwright's own.
    serving = [sys.executable, "-m", "playwright", "run-server", "--unsafe"]
    place = ["--host", host.address, "--port", str(PORT), "--path", PATH]
    with subprocess.Popen(
        host.command(*serving, *place), stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        try:
            assert "Listening on" in server.stdout.readline()
            yield f"ws://{host.address}:{PORT}{PATH}"
        finally:
            # The command is only a wrapper: the server is its child, and browsers are the server's.
            for process in psutil.Process(server.pid).children(recursive=True):
                with suppress(psutil.Error):
                    process.kill()


@pytest.fixture
def two() -> Iterator[Sequence[tuple[Host, str]]]:
    """Two hosts with browsers, and where they are."""
    with ExitStack() as ending:
        yield [
            (host, ending.enter_context(browsers_on(host)))
            for host in ending.enter_context(hosts(2))
        ]


def given(two: Sequence[tuple[Host, str]]) -> list[str]:
    """The options that name them."""
    return [word for _, endpoint in two for word in ("--browser-endpoint", endpoint)]


@pytest.mark.alone
@pytest.mark.real
def test_a_crowd_is_spread_over_the_browsers_of_two_hosts(
    rehearse: Callable[..., Ended], two: Sequence[tuple[Host, str]]
) -> None:
    browser = {"SOUNDCHECK_BROWSER": str(find_browser().executable)}

    ended = rehearse("-n", "2", "--users", "4", *given(two), env=browser)

    assert ended.code == 0, ended.output
    assert ended.summary["deliveries"]["received"] == {"n": 32, "of": 32}
    places = ", ".join(f"{host.address}:{PORT}" for host, _ in two)
    assert f"browsers: of {places}\n" in ended.output
    assert PATH not in ended.output


@pytest.mark.alone
@pytest.mark.real
def test_a_host_that_is_cut_off_in_mid_run_is_named_and_proves_nothing(
    start_rehearsal: Callable[..., Rehearsal], two: Sequence[tuple[Host, str]]
) -> None:
    started = start_rehearsal(
        *("-n", "2", "--users", "4", "--hold-s", "20", *given(two)),
        env={
            "SOUNDCHECK_BROWSER": str(find_browser().executable),
            "SOUNDCHECK_STEP_TIMEOUT_S": "10",
            "SOUNDCHECK_SETTLE_S": "5",
        },
    )
    started.await_in_history('"op":"receipt"')

    lost, _ = two[1]
    lost.cut_off()
    ended = started.end()

    assert ended.code == 11, ended.output
    assert ended.summary["verdict"] == "INVALID"
    told = [one for one in ended.summary["reasons"] if f"{lost.address}:{PORT} were lost" in one]
    assert told, ended.summary["reasons"]
    assert two[0][0].address not in "".join(ended.summary["reasons"])


@pytest.mark.real
def test_a_server_that_is_not_there_is_named_before_anything_happens(
    rehearse: Callable[..., Ended],
) -> None:
    ended = rehearse("--users", "2", "--browser-endpoint", "ws://127.0.0.1:9/")

    assert ended.code == 4, ended.output
    assert "the browser endpoint 127.0.0.1:9 gave no browser" in ended.output


@pytest.mark.parametrize("text", ["http://127.0.0.1:1/", "10.0.0.7:3000", "ws://"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is the address of a Playwright server"):
        endpoints_of(f"ws://one:1/ {text}")


@pytest.mark.parametrize(
    ("workers", "shares"),
    [(1, [["a", "b", "c"]]), (2, [["a", "c"], ["b"]]), (4, [["a"], ["b"], ["c"], ["a"]])],
)
def test_nobody_is_without_an_endpoint_and_none_is_left_out(
    workers: int, shares: list[list[str]]
) -> None:
    assert [share_of(["a", "b", "c"], one, workers) for one in range(workers)] == shares
