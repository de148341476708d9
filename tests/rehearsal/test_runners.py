"""Runners of one house at their meeting place, which is a real PostgreSQL."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack, closing
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from fixtures import meeting_place
from fixtures.meeting_place import MeetingPlace
from fixtures.rendezvous import Rendezvous
from fixtures.runners import joined, terms_of
from fixtures.settings import Settings
from reports.history import Clock, Part
from reports.history import Rendezvous as Meeting
from scenarios.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.rehearsal.conftest import Ended, Served

pytestmark = pytest.mark.real

TERMS = {"--users": "4", "--messages": "1"}
HOUSE = "nightly-17"


def part(number: int) -> Part:
    return Part(number=number, of=2, users=4, seed=1)


@pytest.fixture(scope="module")
def url(serve_all: Callable[..., Served]) -> str:
    """The address of a database where runners can meet."""
    return serve_all().ready["database_url"]


@pytest.fixture
def place(url: str) -> Iterator[Callable[[int], MeetingPlace]]:
    """The way there of the runner of this number, who has left in the end."""
    with ExitStack() as ending:

        def come(number: int) -> MeetingPlace:
            made = ending.enter_context(closing(MeetingPlace(url, HOUSE, part(number))))
            ending.callback(made.leave)
            return made

        yield come


def test_runners_of_one_house_know_it_by_what_the_first_said(
    place: Callable[[int], MeetingPlace],
) -> None:
    first, second = place(1), place(2)

    token = first.join(TERMS)
    with pytest.raises(ConfigError, match=r"told otherwise: --users 4, here 6"):
        second.join(TERMS | {"--users": "6"})
    with pytest.raises(ConfigError, match=r"part 1/2 of the house nightly-17 has come already"):
        place(1).join(TERMS)

    assert second.join(TERMS) == token


@pytest.mark.parametrize(
    "changes",
    [
        {"users": 6},
        {"messages": 2},
        {"seed": 3},
        {"webinar": "1"},
        {"gates": "release"},
        {"hold_s": 5.0},
        {"arrivals": "poisson"},
        {"sends_per_s": 1.0},
        {"base_url": "https://elsewhere.test"},
        {"shard": "1/3"},
    ],
)
def test_runners_that_were_told_otherwise_are_of_another_house(changes: dict[str, Any]) -> None:
    first = Settings(shard="1/2", base_url="https://app.test")

    assert terms_of(first) == terms_of(replace(first, shard="2/2"))
    assert terms_of(first) != terms_of(replace(first, **changes))


def test_nothing_is_left_of_a_house_that_all_have_left(
    place: Callable[[int], MeetingPlace], url: str
) -> None:
    first, second = place(1), place(2)
    token = first.join(TERMS)
    second.join(TERMS)
    first.exchange(["house"])

    first.leave()
    assert [(one.number, one.is_lost, one.points) for one in second.exchange([])] == [
        (1, True, ["house"])
    ]
    second.leave()

    with psycopg.connect(url) as connection:
        for table in ("houses", "parts", "arrivals"):
            found = connection.execute(f"select from soundcheck.{table}".encode())
            assert found.fetchall() == []
    assert place(1).join(TERMS) != token


def test_who_says_nothing_for_long_is_lost(place: Callable[[int], MeetingPlace], url: str) -> None:
    first, second = place(1), place(2)
    first.join(TERMS)
    second.join(TERMS)
    assert not second.exchange([])[0].is_lost

    with psycopg.connect(url) as connection:
        connection.execute(
            "update soundcheck.parts set seen_at = seen_at - interval '31 s' where part = 1"
        )
    assert second.exchange([])[0].is_lost
    first.exchange([])

    assert not second.exchange([])[0].is_lost


def test_the_clock_of_the_meeting_place_is_known_within_milliseconds(
    place: Callable[[int], MeetingPlace],
) -> None:
    looks = [place(1).look_at_clock() for _ in range(2)]

    first, second = (one.reference_ns - one.at_ns for one in looks)
    assert abs(first - second) <= sum(one.error_ns for one in looks)
    assert all(0 < one.error_ns < 50_000_000 for one in looks)


def test_a_line_that_falls_silent_is_an_error(
    place: Callable[[int], MeetingPlace], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a proxy that is well while what is behind it has gone."""
    monkeypatch.setattr(meeting_place, "ANSWER_TIMEOUT_S", 0.2)
    first = place(1)
    first.join(TERMS)
    with psycopg.connect(url) as locking:
        locking.execute("lock table soundcheck.parts")
        with pytest.raises(psycopg.OperationalError):
            first.exchange([])
    first.reconnect()

    assert first.exchange([]) == []


def test_who_does_not_come_is_named_and_nobody_is_let_in(url: str, tmp_path: Path) -> None:
    with (
        joined(url, HOUSE, part(1), TERMS, tmp_path) as runners,
        pytest.raises(ConfigError, match=r"part-02 left, or did not come within 0\.3 s"),
    ):
        runners.require_all(timeout_s=0.3)


def test_shards_of_two_runners_meet_where_all_of_them_have_come(url: str, tmp_path: Path) -> None:
    with ExitStack() as ending:
        runners = [
            ending.enter_context(joined(url, HOUSE, part(number), TERMS, tmp_path / str(number)))
            for number in (1, 2)
        ]
        ways = [Rendezvous(tmp_path / str(number), ["shard00"]) for number in (1, 2)]
        for one in runners:
            one.expect(["shard00"])
        ways[0].come("house", "shard00")
        assert not _is_there(tmp_path / "1" / "house.part-02", timeout_s=0.3)
        ways[1].come("house", "shard00")

        assert _is_there(tmp_path / "1" / "house.part-02")
        assert _is_there(tmp_path / "2" / "house.part-01")
        first = threading.Thread(target=runners[0].await_all, kwargs={"timeout_s": 20})
        first.start()
        assert _is_there(tmp_path / "2" / "gone.part-01")
        runners[1].await_all(timeout_s=20)
        runners[1].look_again()
        first.join()
        runners[0].look_again()
    for one in runners:
        assert [op.missing_parts for op in one.told if isinstance(op, Meeting)] == [[]]
        assert sum(isinstance(op, Clock) for op in one.told) == 2


def test_who_is_stopped_while_waiting_for_the_others_goes_on_without_them(
    url: str, tmp_path: Path
) -> None:
    heeded = signal.signal(signal.SIGINT, signal.default_int_handler)
    here = threading.get_ident()

    def ctrl_c() -> None:
        assert _is_there(tmp_path / "gone.house")
        signal.pthread_kill(here, signal.SIGINT)

    striking = threading.Thread(target=ctrl_c)
    try:
        with joined(url, HOUSE, part(1), TERMS, tmp_path) as runners:
            striking.start()
            began_s = monotonic()
            with pytest.raises(KeyboardInterrupt):
                runners.await_all(timeout_s=60)
    finally:
        striking.join()
        signal.signal(signal.SIGINT, heeded)

    assert monotonic() - began_s < 30


def _is_there(path: Path, *, timeout_s: float = 20) -> bool:
    """The file is there in time; looked at so often that a test need not wait for it."""
    paused = threading.Event()
    for _ in range(round(timeout_s / 0.05)):
        if path.exists():
            return True
        paused.wait(0.05)
    return False


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--shard", "1/2", "--house", "h"], "nobody can be met at 127.0.0.1:9: "),
        (["--house", "h"], "runners that are to meet need --rendezvous"),
        (["--shard", "1/2"], "missing: --house (SOUNDCHECK_HOUSE)"),
    ],
)
def test_a_rendezvous_that_cannot_be_is_refused_in_a_sentence_without_its_password(
    rehearse: Callable[..., Ended], serve_all: Callable[..., Served], options: list[str], words: str
) -> None:
    meeting = {"SOUNDCHECK_RENDEZVOUS": "postgresql://anna:correct-horse@127.0.0.1:9/postgres"}

    ended = rehearse("--users", "2", *options, env=serve_all().settings | meeting)

    assert ended.code == 4, ended.output
    assert words in ended.output
    assert "correct-horse" not in ended.output
    assert "Traceback" not in ended.output
