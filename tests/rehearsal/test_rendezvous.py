"""One house over several hosts: its runners meet, and their parts are judged on one clock."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from psycopg.conninfo import conninfo_to_dict

from reports.archive import read_history
from reports.findings import findings_of
from tests.rehearsal.conftest import ROOT
from tests.rehearsal.hosts import hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.rehearsal.conftest import Rehearsal, Served
    from tests.rehearsal.hosts import Host

pytestmark = [pytest.mark.real, pytest.mark.alone]

APART_S = 7
AHEAD = ("unshare", "--time", "--monotonic")  # by so many seconds, as `time.monotonic_ns` shows it
HOUSE = "nightly-17"
DATABASE_PORT = 5433  # at the hosts; the real one has none


@contextmanager
def led(host: Host, port: int, end: str) -> Iterator[None]:
    """Whoever comes to this port of the host's own comes to this place of this machine."""
    half = f"{host.here}:{port}"
    ways: list[tuple[list[str], str, str]] = [
        ([], half, end),
        (host.command(), f"127.0.0.1:{port}", half),
    ]
    with ExitStack() as ending:
        for there, *places in ways:
            command = [*there, sys.executable, "-m", "tests.rehearsal.passage", *places]
            passage = ending.enter_context(
                subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            )
            ending.callback(passage.terminate)
            assert passage.stdout
            assert passage.stdout.readline() == "open\n"
        yield


@pytest.fixture(autouse=True)
def _clocks_apart() -> None:
    """This machine lets a command have a clock of its own."""
    asking = subprocess.run([*AHEAD, "1", "true"], check=False, capture_output=True, text=True)
    if asking.returncode:
        pytest.skip(f"no time namespace can be made here: {asking.stderr}")


@pytest.fixture
def two(serve: Callable[..., Served]) -> Iterator[tuple[Served, Sequence[Host]]]:
    """Two hosts, and a deployment that both of them reach at the same addresses."""
    served = serve()
    site = urlsplit(served.ready["base_url"])
    assert site.port
    socket = conninfo_to_dict(served.ready["database_url"])["host"]
    with ExitStack() as ending:
        made = ending.enter_context(hosts(2))
        for host in made:
            ending.enter_context(led(host, site.port, site.netloc))
            ending.enter_context(led(host, DATABASE_PORT, f"{socket}/.s.PGSQL.5432"))
        yield served, made


def there(host: Host, number: int) -> list[str]:
    """Runs a command at this host, seconds after every clock of the hosts before it."""
    return host.command(*AHEAD, str(APART_S * number))


def environment(served: Served) -> dict[str, str]:
    """That of a runner: where the target is, and where it meets the others."""
    database = f"postgresql://postgres@127.0.0.1:{DATABASE_PORT}/postgres"
    meeting = {"SOUNDCHECK_RENDEZVOUS": database, "SOUNDCHECK_HOUSE": HOUSE}
    return served.settings | served.admin | meeting | {"DATABASE_URL": database}


def summary_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "summary.json").read_text()))


def test_two_hosts_are_one_house_though_their_clocks_are_seconds_apart(
    start_rehearsal: Callable[..., Rehearsal],
    two: tuple[Served, Sequence[Host]],
    merge: Callable[..., tuple[int, Path]],
) -> None:
    served, made = two
    env = environment(served)

    started = [
        start_rehearsal(
            *("-n", "2", "--users", "4", "--shard", f"{number}/2"),
            env=env,
            place=there(host, number),
        )
        for number, host in enumerate(made, start=1)
    ]
    ended = [one.end() for one in started]
    code, whole = merge(*ended)

    # Alone nobody knows what the other host's people were to receive.
    for number, one in enumerate(ended, start=1):
        assert one.code == 11, one.output
        assert one.summary["reasons"][0].startswith(f"part {number}/2 of one house only"), (
            one.output
        )
        assert one.summary["losses"] == []
    summary = summary_of(whole)
    assert (code, summary["reasons"]) == (0, []), ended[0].output + ended[1].output
    # A greeting and a message of 4 people, to 4 people: also from one host to the other.
    assert summary["deliveries"]["received"] == {"n": 32, "of": 32}
    assert summary["users"]["received"] == {"n": 4, "of": 4}
    assert {one["validity"] for one in [*summary["checks"], *summary["gates"]]} == {"valid"}
    assert len(read_history(whole).rows) == 8
    # Each host has counted what both of them did, and at the same moments.
    assert summary["database"]["run"]["reasons"] == []
    assert summary["database"]["run"]["hot"]["track_calls"] == 4
    first, second = summary["hosts"]
    assert (first["part"], first["offset_ms"]) == ("part-01", 0)
    assert second["part"] == "part-02"
    assert second["offset_ms"] == pytest.approx(-1000 * APART_S, abs=100)
    assert second["error_ms"] < 100
    between_ms = between_hosts_ms(whole)
    assert len(between_ms) == 16
    # A busy worker may see its own request after another saw the message arrive.
    assert all(-100 < one < 3000 for one in between_ms), between_ms


def between_hosts_ms(whole: Path) -> list[float]:
    """From each send's request to its arrivals at the other host."""
    history = read_history(whole)
    first, second = ({*part.users()} for part in history.parts)
    return [
        (arrival.at_ns - message.base_ns) / 1e6
        for message in findings_of(history).ledger.messages
        for user, arrival in message.arrivals.items()
        if user in (second if message.send.user in first else first)
    ]


def test_a_host_that_is_cut_off_in_mid_run_is_named_and_the_house_proves_nothing(
    start_rehearsal: Callable[..., Rehearsal],
    two: tuple[Served, Sequence[Host]],
    merge: Callable[..., tuple[int, Path]],
) -> None:
    served, made = two
    env = environment(served) | {"SOUNDCHECK_STEP_TIMEOUT_S": "10", "SOUNDCHECK_SETTLE_S": "5"}
    started = [
        start_rehearsal(
            *("--users", "4", "--shard", f"{number}/2", "--hold-s", "5"),
            env=env,
            place=host.command(),
        )
        for number, host in enumerate(made, start=1)
    ]
    for one in started:
        one.await_in_history('"op":"receipt"')

    made[1].cut_off()
    ended = [one.end() for one in started]
    code, whole = merge(*ended)

    assert [one.code for one in ended] == [11, 11], ended[0].output + ended[1].output
    summary = summary_of(whole)
    assert (code, summary["verdict"]) == (11, "INVALID")
    # The one that is left waits no longer than a lost runner is waited for.
    told = "\n".join(summary["reasons"])
    assert "part-01: the rendezvous 'settled' went on without part-02" in told, told
    assert "part-02: its clock was not compared" in told
    assert "part-02: the probe 'rendezvous of the runners' failed: nothing was heard" in told
    assert "without part-01" not in told
