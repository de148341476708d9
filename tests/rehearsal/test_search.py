"""A capacity search for real: the knee of a target that is slow on purpose, and the end of time."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from fixtures.run import RUNS
from fixtures.search import SEARCHES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.rehearsal.conftest import Ended, Rehearsal, Served

pytestmark = pytest.mark.real


@pytest.fixture
def search(start_rehearsal: Callable[..., Rehearsal]) -> Iterator[Callable[..., Ended]]:
    """Run a capacity search to its end; all that it stored goes with the test."""
    searches: list[Rehearsal] = []

    def run(*arguments: str, env: dict[str, str] | None = None) -> Ended:
        started = start_rehearsal("--find-capacity", *arguments, path="e2e", env=env)
        searches.append(started)
        ended = started.end()
        assert started.processes() == []
        return ended

    yield run
    for one in searches:
        for folder in [SEARCHES / one.run_id, *RUNS.glob(f"{one.run_id}-*")]:
            shutil.rmtree(folder, ignore_errors=True)


def found_by(ended: Ended) -> dict[str, Any]:
    folder = SEARCHES / ended.folder.name
    return dict(json.loads((folder / "capacity.json").read_text()))


def test_the_knee_of_a_target_that_serves_one_after_the_other_is_found_and_is_the_targets(
    search: Callable[..., Ended],
) -> None:
    ended = search("--users", "5", "--defect", "slow-fan-out", "--gates", "release")

    assert ended.code == 0, ended.output
    found = found_by(ended)
    # The last of four hears after three turns of 0.7 s, and the gate is at 2 s.
    assert [one["users"] for one in found["trials"]] == [2, 4, 3, 4]
    assert {key: found["knee"][key] for key in ("holds", "breaks", "limit", "broken")} == {
        "holds": 3,
        "breaks": 4,
        "limit": "target",
        "broken": 2,
    }
    assert "3 users hold and the target gives way at 4 (2 of 2 trials)" in ended.output
    assert "delivery.latency_ms.p95 <= 2000" in ended.output
    assert (SEARCHES / ended.folder.name / "capacity.html").is_file()


def test_a_search_whose_time_is_over_leaves_nothing_behind(
    search: Callable[..., Ended], serve: Callable[..., Served]
) -> None:
    served = serve()

    ended = search("--users", "8", env=served.settings | {"SOUNDCHECK_CAPACITY_S": "6"})

    assert ended.code == 11, ended.output
    assert "then the time was over" in ended.output
    with psycopg.connect(served.ready["database_url"]) as connection:
        rows = connection.execute("select count(*) from public.webinar_live_presence").fetchone()
    assert rows == (0,)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--shard", "1/2"), "--find-capacity is for one machine, and --shard 1/2 a part"),
        (("--users", "none"), "--users (SOUNDCHECK_USERS) must be a whole number"),
        (("--gates", "no-such"), "no-such"),
    ],
)
def test_what_no_search_can_do_is_refused_before_it(
    search: Callable[..., Ended], arguments: tuple[str, ...], said: str
) -> None:
    ended = search(*arguments)

    assert ended.code == 4, ended.output
    assert said in ended.output
