"""One journey driven in three ways: what the target says of each, the ratios, and all for real."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.errors import ConfigError
from tools.bench import ways
from tools.bench.audience import Audience
from tools.bench.profile import Part
from tools.bench.ratios import FIGURES, Spread, advantages, figures_of, order_of, spread_of
from tools.bench.tables import shown
from tools.bench.ways import Drive, Way
from tools.rehearsing import RUNS

ROOT = Path(__file__).resolve().parents[2]
FOREVER = float("inf")
TIMES = st.floats(0, 100, allow_nan=False).map(lambda at: round(at, 1))
VISITS = st.lists(st.tuples(TIMES, TIMES).map(lambda one: (min(one), max(one))), max_size=8)


@pytest.mark.parametrize(
    ("visits", "messages", "most", "owed"),
    [
        ([], [1.0], 0, 0),
        # Each of two speaks in the other's presence.
        ([(0, 9), (1, 8)], [2, 3], 2, 4),
        # They miss each other: each message is owed to its author alone.
        ([(0, 2), (3, 5)], [1, 4], 1, 2),
        # One comes as the other goes.
        ([(0, 2), (2, FOREVER)], [1, 2, 90], 1, 4),
    ],
)
def test_owed_is_what_was_stored_while_somebody_was_there(
    visits: list[tuple[float, float]], messages: list[float], most: int, owed: int
) -> None:
    audience = Audience(visits=visits, messages=messages)

    assert (audience.most_at_once, audience.owed_pairs) == (most, owed)


@given(visits=VISITS, messages=st.lists(TIMES, max_size=8))
def test_an_audience_counts_as_one_would_by_hand(
    visits: list[tuple[float, float]], messages: list[float]
) -> None:
    audience = Audience(visits=visits, messages=messages)

    at_once = [sum(since <= at < till for since, till in visits) for at, _ in visits]
    owed = sum(since <= at <= till for at, (since, till) in product(messages, visits))
    assert audience.most_at_once == max(at_once, default=0)
    assert audience.owed_pairs == owed


def drive(way: Way, *, cpu_s: float = 10.0, online: int = 10, pairs: int = 100) -> Drive:
    """A journey of ten."""
    return Drive(
        way=way,
        users=10,
        messages=1,
        done=10,
        exit_code=0,
        wall_s=20.0,
        cpu_s=cpu_s,
        cpu_from="a guess",
        cpu_by_kind={},
        target_cpu_s=1.0,
        peak_mb=500,
        peak_from="a guess",
        online_most=online,
        owed_pairs=pairs,
        proven_pairs=pairs,
    )


def test_figures_are_per_user_per_pair_and_per_minute() -> None:
    assert figures_of(drive(Way.SUITE)) == {
        "wall_s": 20,
        "users_per_min": 30,
        "cpu_s_per_user": 1,
        "mb_per_user": 50,
        "online_most": 10,
        "mb_per_user_online": 50,
        "owed_pairs": 100,
        "cpu_ms_per_pair": 100,
        "proven_share": 1,
        "target_cpu_ms_per_pair": 10,
    }


def test_a_ratio_is_that_of_a_round_and_more_is_better() -> None:
    rounds = [
        {Way.SUITE: drive(Way.SUITE, cpu_s=ours), Way.LOCUST: drive(Way.LOCUST, cpu_s=20, online=2)}
        for ours in (10, 5, 8)
    ]

    ratios = advantages(rounds, Way.LOCUST)

    assert ratios["cpu_s_per_user"] == Spread(median=2.5, least=2, most=4, n=3)
    assert ratios["online_most"] == Spread(median=5, least=5, most=5, n=3)
    assert advantages(rounds, Way.PLAYWRIGHT) == dict.fromkeys(FIGURES)


def test_nothing_is_divided_by_nothing() -> None:
    rounds = [{Way.SUITE: drive(Way.SUITE), Way.LOCUST: drive(Way.LOCUST, pairs=0)}]

    ratios = advantages(rounds, Way.LOCUST)

    assert figures_of(rounds[0][Way.LOCUST])["cpu_ms_per_pair"] is None
    assert (ratios["cpu_ms_per_pair"], ratios["proven_share"], ratios["owed_pairs"]) == (None,) * 3


@given(st.floats(0.1, 1000), st.floats(0.1, 1000))
def test_whoever_is_compared_with_herself_the_other_way_round_is_as_much_worse(
    ours: float, theirs: float
) -> None:
    figure = FIGURES["cpu_s_per_user"]
    suite, rival = drive(Way.SUITE, cpu_s=ours), drive(Way.LOCUST, cpu_s=theirs)

    there, back = figure.advantage(suite, rival), figure.advantage(rival, suite)

    assert there is not None
    assert back is not None
    assert there * back == pytest.approx(1)


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=9))
def test_a_spread_holds_every_value_that_there_is(values: list[float | None]) -> None:
    known = [value for value in values if value is not None]

    spread = spread_of(values)

    if spread is None:
        assert known == []
    else:
        assert (spread.least, spread.most, spread.n) == (min(known), max(known), len(known))
        assert spread.least <= spread.median <= spread.most


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], "—"),
        ([2.0], "2"),
        ([1.234, 1.5, 20.04], "1.5 (1.23 to 20)"),
        ([0.0412, 0.05], "0.0456 (0.0412 to 0.05)"),
        ([12345.6], "12,346"),
    ],
)
def test_a_spread_is_read_with_three_digits(values: list[float], text: str) -> None:
    assert shown(spread_of(values)) == text


def test_every_other_round_goes_backwards() -> None:
    assert [order_of(number, list(Way)) for number in range(3)] == [
        [Way.SUITE, Way.PLAYWRIGHT, Way.LOCUST],
        [Way.LOCUST, Way.PLAYWRIGHT, Way.SUITE],
        [Way.SUITE, Way.PLAYWRIGHT, Way.LOCUST],
    ]


def test_without_locust_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "LOCUST", Path("nowhere"))

    with pytest.raises(ConfigError, match="there is no nowhere; run: make setup"):
        ways._locust_command(None)  # type: ignore[arg-type]


def measured(*words: str) -> dict[str, Any]:
    """The figures of three users, really measured in a process of its own."""
    command = [sys.executable, "-m", "tools.bench", "--users", "3", *words]
    # This may be a worker of xdist, which the suite that is measured must not take itself for.
    outside = {key: text for key, text in os.environ.items() if not key.startswith("PYTEST_")}

    ended = subprocess.run(
        command, cwd=ROOT, env=outside, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stderr
    if Way.SUITE in words:
        [run_id] = re.findall(r"GO  run (bench-\w+)", ended.stderr)
        assert not (ROOT / RUNS / run_id).exists()
    return dict(json.loads(ended.stdout))


@pytest.mark.real
@pytest.mark.timeout(300)
@pytest.mark.parametrize("way", list(Way))
def test_each_way_really_delivers(
    way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "figures.json"
    # Whatever the developer has set, this journey is driven.
    monkeypatch.setenv("SOUNDCHECK_FILL", "2")
    monkeypatch.setenv("SOUNDCHECK_SHARD", "1/2")

    figures = measured("--only", way, "--rounds", "1", "--warm-up", "0", "--json", str(file))

    assert json.loads(file.read_text()) == figures
    (driven,) = figures["ways"]["rounds"]
    one = driven[way]
    assert set(one) > set(FIGURES)
    assert (one["done"], one["exit_code"]) == (3, 0)
    assert one["cpu_s"] > 0
    assert one["target_cpu_s"] > 0
    assert one["cpu_by_kind"].keys() >= {"workers", "drivers", "browsers", "renderers"}
    # Greeting and message are owed to their authors at least, and to nobody who is not there.
    assert 6 <= one["owed_pairs"] <= 18
    assert one["proven_pairs"] == (18 if way is Way.SUITE else 3)
    assert one["online_most"] == 3 or way is not Way.SUITE


@pytest.mark.real
@pytest.mark.timeout(300)
def test_a_house_says_where_its_cpu_really_goes() -> None:
    (house,) = measured("--only", "houses", "--workers", "2")["houses"]

    by_kind, profile = house["cpu_by_kind"], house["profile"]
    assert [one["part"] for one in profile] == list(Part)
    assert sum(one["wall_s"] for one in profile) == pytest.approx(house["wall_s"], abs=0.1)
    assert by_kind.keys() >= {"pytest", "workers", "drivers", "browsers", "target", "database"}
    assert sum(by_kind.values()) == pytest.approx(house["cpu_s"], rel=0.1)
    in_parts = sum(cpu_s for one in profile for cpu_s in one["cpu_s"].values())
    assert in_parts == pytest.approx(house["cpu_s"], rel=0.2)
    # Nobody has a page before the first sign-in, and all have one after the last seat.
    pages = [one["cpu_s"].get("renderers", 0.0) for one in profile]
    assert max(pages) == pages[1]
