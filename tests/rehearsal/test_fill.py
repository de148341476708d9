"""Seats without a browser beside a crowd with browsers: held, heard, counted apart, and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from reports.archive import read_history

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import psutil

    from tests.rehearsal.conftest import Ended, Rehearsal, Served

pytestmark = pytest.mark.real

FILL = ("--users", "3", "--fill", "20")
# What a page of an old client would speak, on a deployment that is not thrown away.
V1 = """
like = "embedded"
production = false
url = "{base_url}"
supabase_url = "{supabase_url}"

[fill]
protocol = "1.0.0"
"""
TABLES = ("messages", "registrations", "webinar_live_presence", "webinar_user_sessions")


@pytest.mark.parametrize("transport", ["broadcast", "postgres_changes"])
def test_all_seats_hear_everything_and_the_browsers_figures_are_their_own(
    rehearse: Callable[..., Ended], transport: str
) -> None:
    ended = rehearse("-n", "2", *FILL, "--transport", transport, "--gates", "reference")

    summary = ended.summary
    assert ended.code == 0, ended.output
    assert "beside 20 seats without a browser" in ended.output
    fill = summary["fill"]
    assert (fill["joined"], fill["held"]) == ({"n": 20, "of": 20}, {"n": 20, "of": 20})
    assert (fill["disconnects"], fill["duplicates"]) == (0, 0)
    assert fill["deliveries"] == {"n": 120, "of": 120}
    assert fill["latency_ms"]["n"] == 120
    assert summary["deliveries"]["received"] == {"n": 18, "of": 18}
    assert summary["realtime"]["sockets"] == {"n": 3, "users": 3}
    assert summary["database"]["run"]["hot"]["track_calls"] == 3
    assert sorted(summary["generator"]["workers"]) == ["shard00", "shard01"]
    pages = [one for one in read_history(ended.folder).rosters if one.source.startswith("u")]
    assert [(one.others, len(one.present)) for one in pages] == [(20, 3)] * 3


def test_promises_beside_the_crowd_hold_beside_seats_that_are_no_part_of_their_rooms(
    rehearse: Callable[..., Ended],
) -> None:
    ended = rehearse(
        *("--users", "2", "--fill", "4", "-k", "test_full_house or greet_each_other"), path="e2e"
    )

    assert ended.code == 0, ended.output
    assert ended.summary["fill"]["held"] == {"n": 4, "of": 4}


def test_a_message_that_does_not_reach_one_of_them_is_red_and_names_the_seat(
    rehearse: Callable[..., Ended],
) -> None:
    defect = "drop-for-one-user,user=f00003@soundcheck.test"

    ended = rehearse(*FILL, "--defect", defect)

    assert ended.code == 10, ended.output
    (check,) = (one for one in ended.summary["checks"] if one["check"] == "fill")
    assert check["validity"] == "invalid"
    assert len(check["first"]) == 1
    assert check["first"][0].startswith("f00003 never received 6 of 6 messages")
    assert ended.summary["fill"]["deliveries"] == {"n": 114, "of": 120}
    assert ended.summary["deliveries"]["received"] == {"n": 18, "of": 18}


def test_seats_may_share_accounts_and_speak_an_older_protocol_and_leave_nothing(
    rehearse: Callable[..., Ended], serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve()
    file = tmp_path / "old.toml"
    file.write_text(V1.format(**served.ready))
    env = {**served.secrets, "SOUNDCHECK_FILL_ACCOUNTS": "4"}

    ended = rehearse(*FILL, "--target", str(file), env=env)

    assert ended.code == 0, ended.output
    assert ended.summary["fill"]["deliveries"] == {"n": 120, "of": 120}
    with psycopg.connect(served.ready["database_url"]) as connection:
        left = [connection.execute(f"select count(*) from {table}") for table in TABLES]
        assert [one.fetchone() for one in left] == [(0,)] * 4
        made = connection.execute("select count(*) from auth.users where email like 'f0%'")
        assert made.fetchone() == (4,)


def test_a_process_that_dies_with_its_seats_makes_the_run_invalid_by_its_name(
    start_rehearsal: Callable[..., Rehearsal],
) -> None:
    rehearsal = start_rehearsal(*FILL, "--messages", "10", "--sends-per-s", "3")
    rehearsal.await_in_history('"op":"receipt"')

    (fill,) = (one for one in rehearsal.processes() if _holds_seats(one))
    fill.kill()
    ended = rehearsal.end()

    assert ended.code == 11, ended.output
    reasons = "\n".join(ended.summary["reasons"])
    assert "the probe 'fill00' failed: it died" in reasons
    assert "history-fill00.jsonl" in reasons
    assert rehearsal.processes() == []


def _holds_seats(process: psutil.Process) -> bool:
    return "fixtures.fill" in process.cmdline()
