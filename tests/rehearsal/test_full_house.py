"""The main job in small: every reception is proven, whatever the transport, on any deployment."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from fixtures.identities import Admin
from fixtures.target.deployment import Target
from reports.archive import read_history
from reports.history import StepName
from reports.judging import judge
from reports.summary import FILES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.rehearsal.conftest import Ended, Served

pytestmark = pytest.mark.real


@pytest.mark.parametrize("transport", ["broadcast", "database", "postgres_changes"])
def test_a_house_of_workers_proves_every_pair_on_each_transport(
    rehearse: Callable[..., Ended], transport: str
) -> None:
    ended = rehearse("-n", "2", "--users", "4", "--messages", "2", "--transport", transport)

    assert ended.code == 0, ended.output
    assert ended.summary["verdict"] == "GO"
    assert ended.summary["deliveries"]["received"] == {"n": 48, "of": 48}


def test_the_evidence_of_a_healthy_run_is_whole_and_judged_again_the_same(
    rehearse: Callable[..., Ended], tmp_path: Path
) -> None:
    page = tmp_path / "page.md"

    ended = rehearse("-n", "2", "--users", "4", env={"GITHUB_STEP_SUMMARY": str(page)})

    summary = ended.summary
    assert ended.code == 0, ended.output
    assert {one["validity"] for one in [*summary["checks"], *summary["gates"]]} == {"valid"}
    assert summary["not_asked"] == ["recovery", "fallback", "fill"]
    assert summary["realtime"]["sockets"] == {"n": 4, "users": 4}
    assert summary["realtime"]["joins_without_token"] == {"n": 0, "users": 0}
    assert summary["database"]["run"]["commits"] > 0
    assert summary["database"]["run"]["hot"]["track_calls"] == 4
    assert sorted(summary["generator"]["workers"]) == ["shard00", "shard01"]
    callers = {one["caller"] for one in summary["endpoints"]["endpoints"]}
    assert any(caller.startswith("supabase-js/") for caller in callers), callers
    assert page.read_text().startswith("## Soundcheck: GO")
    written = {name: (ended.folder / name).read_bytes() for name in FILES}
    judge(ended.folder)
    assert {name: (ended.folder / name).read_bytes() for name in FILES} == written


def test_one_test_alone_brings_the_house_to_where_it_is_needed(
    rehearse: Callable[..., Ended],
) -> None:
    ended = rehearse("--users", "3", "-k", "greeting")

    assert ended.code == 0, ended.output
    assert ended.summary["deliveries"]["received"] == {"n": 9, "of": 9}


def test_people_arrive_as_a_recorded_curve_says(
    rehearse: Callable[..., Ended], tmp_path: Path
) -> None:
    curve = tmp_path / "curve.csv"
    curve.write_text("second,arrivals\n0,10\n1,0\n3,20\n4,0\n", encoding="utf-8")

    ended = rehearse("--users", "3", "-k", "greeting", "--arrivals", str(curve))

    assert ended.code == 0, ended.output
    dues = [one for one in read_history(ended.folder).dues if one.step is StepName.SIGN_IN]
    first_ns, *later_ns = sorted(one.due_at_ns for one in dues)
    # A sixth of the curve, a half and five sixths: the first third of it is its first second.
    assert [round((at_ns - first_ns) / 1e9, 2) for at_ns in later_ns] == [2.75, 3.25]
    assert ended.summary["schedule"]["delay_ms"]["n"] == 3 + 3
    assert ended.summary["schedule"]["delivery_ms"]["n"] == 9
    assert "delivery from schedule, ms" in ended.output


def test_a_deployment_is_as_before_once_the_run_is_over(
    rehearse: Callable[..., Ended], serve: Callable[..., Served]
) -> None:
    served = serve()
    first = rehearse("--users", "3", env=served.settings)
    before = _rows(served)
    # A run that was killed leaves people who seem to be there; the next one must not see them.
    _leave_ghost(served)

    second = rehearse("-n", "2", "--users", "3", env=served.settings | served.admin)

    assert (first.code, second.code) == (0, 0), second.output
    assert "7 rosters" in _text_of(second, "presence")  # three pages; table and console, twice
    # The pool's accounts are what a run leaves, and the second one made no new ones.
    assert before == {"messages": 0, "registrations": 0, "presence": 0, "sessions": 0, "users": 4}
    assert _rows(served) == before


def test_a_console_that_its_admin_cannot_see_is_no_witness(
    rehearse: Callable[..., Ended], serve: Callable[..., Served]
) -> None:
    served = serve()
    env = served.settings | served.admin | {"SOUNDCHECK_ADMIN_PASSWORD": "another one"}

    ended = rehearse("--users", "2", env=env)

    assert ended.code == 11, ended.output
    assert "roster of the console" in ended.summary["reasons"][0]


def test_a_400_behind_the_apps_own_routes_is_seen_by_two_witnesses(
    rehearse: Callable[..., Ended],
) -> None:
    # Of a connection that nobody uses any more, PostgreSQL counts the last rollbacks 10 s later.
    options = ("--gates", "release", "--hold-s", "11")
    ended = rehearse("--users", "3", *options, "--defect", "registrations-id-column")

    assert ended.code == 10, ended.output
    [first, *_] = ended.summary["dod"]
    # The gateway's log tells of the call, the database of the transaction that it cost.
    assert first["dod"] == "DoD-1"
    assert first["failed"] == [
        "registrations.status_400.count == 0",
        "database.rollbacks_per_entry.value <= 0.1",
    ]
    browsers = {one["status"] for one in ended.summary["endpoints"]["endpoints"]}
    assert 400 not in browsers


def test_tests_beside_the_crowd_are_judged_without_it(rehearse: Callable[..., Ended]) -> None:
    ended = rehearse("--users", "2", "-k", "greet_each_other", path="e2e/roles")

    assert ended.code == 0, ended.output
    promises = ended.summary["promises"]
    assert [promises[kind] for kind in ("kept", "broken", "skipped")] == [1, 0, 0]
    assert [one["dod"] for one in ended.summary["dod"]] == ["DoD-4"]
    [scene] = (ended.folder / "scenes").iterdir()
    assert {one.name for one in scene.iterdir()} == {"history-house.jsonl", "history-scene.jsonl"}


def test_keep_data_leaves_what_the_run_wrote(
    rehearse: Callable[..., Ended], serve: Callable[..., Served]
) -> None:
    served = serve()

    rehearse("--users", "2", "--keep-data", env=served.settings)

    assert _rows(served)["messages"] == 4


def test_a_house_without_realtime_polls_and_misses_nothing(rehearse: Callable[..., Ended]) -> None:
    ended = rehearse(
        "-n", "2", "--users", "3", "--fault", "realtime-down", env={"SOUNDCHECK_FAULT_S": "8"}
    )

    assert ended.code == 0, ended.output
    assert ended.summary["deliveries"]["received"] == {"n": 18, "of": 18}
    # What was said in the meantime came to everybody by poll.
    assert ended.summary["deliveries"]["latency_ms"]["poll"]["n"] == 9
    [fault] = [
        line
        for shard in ended.folder.glob("history-*.jsonl")
        for line in shard.read_text().splitlines()
        if '"op":"fault"' in line
    ]
    assert '"healed_at_ns":null' not in fault


def test_a_house_that_is_held_keeps_its_seats_and_no_step_is_longer_for_it(
    rehearse: Callable[..., Ended],
) -> None:
    ended = rehearse("-n", "2", "--users", "2", "--hold-s", "5")

    history = read_history(ended.folder)
    receiving, leaving = (
        {one.user: one for one in history.steps if one.step is name}
        for name in (StepName.RECEIVE, StepName.LEAVE)
    )
    assert ended.code == 0, ended.output
    assert all(one.waited_ns >= 5e9 for one in leaving.values())
    assert all(one.ended_at_ns - one.started_at_ns < 5e9 for one in receiving.values())
    assert min(one.at_ns for one in history.rendered) >= 5e9 + max(
        one.ended_at_ns for one in receiving.values()
    )
    assert [one.people for one in history.rendered] == [2]


def test_a_user_whose_delivery_is_dead_is_named_and_nobody_else_is(
    rehearse: Callable[..., Ended],
) -> None:
    muted, defect = "u0003", "drop-for-one-user,user=u0003@soundcheck.test"

    ended = rehearse(
        "-n", "2", "--users", "4", "--defect", defect, env={"SOUNDCHECK_SETTLE_S": "3"}
    )

    assert ended.code == 10, ended.output
    assert ended.summary["defects"] == [defect]
    assert ended.summary["deliveries"]["received"] == {"n": 24, "of": 32}
    assert [name for name, row in ended.users.items() if row["reason"]] == [muted]
    [loss] = ended.summary["losses"]
    assert (loss["stage"], loss["users"]) == ("stored but not delivered", [muted])
    assert f"{muted} failed at receive: received 0 of 8 stored messages" in ended.output


def test_a_user_with_a_wrong_password_fails_by_name_and_the_others_go_on(
    rehearse: Callable[..., Ended], serve: Callable[..., Served]
) -> None:
    served = serve()
    with closing(_admin(served)) as admin:
        barred = admin.provide(range(4))[1]
        path = f"/auth/v1/admin/users/{barred.user_id}"
        admin.call("PUT", path, json={"password": "another one"})

    ended = rehearse("-n", "2", "--users", "4", env=served.settings)

    assert ended.code == 10, ended.output
    assert "u0002 failed at sign_in: sign-in refused: 400 invalid_credentials" in ended.output
    assert ended.summary["users"]["signed_in"] == {"n": 3, "of": 4}
    assert ended.summary["deliveries"]["received"] == {"n": 18, "of": 18}


def _admin(served: Served) -> Admin:
    names = ("base_url", "supabase_url", "anon_key", "service_role_key", "database_url")
    return Admin(Target(**{name: served.ready[name] for name in names}))


def _rows(served: Served) -> dict[str, int]:
    tables = {
        "messages": "messages",
        "registrations": "registrations",
        "presence": "webinar_live_presence",
        "sessions": "webinar_user_sessions",
        "users": "profiles",
    }
    with psycopg.connect(served.ready["database_url"]) as connection:
        return {
            name: connection.execute(f"select count(*) from public.{table}").fetchall()[0][0]
            for name, table in tables.items()
        }


def _leave_ghost(served: Served) -> None:
    with psycopg.connect(served.ready["database_url"]) as connection:
        connection.execute(
            """
            insert into public.webinar_live_presence (webinar_id, user_id, session_id, last_seen_at)
            select %s, id, gen_random_uuid(), now() from auth.users where email like 'u0002@%%'
            """,
            (served.ready["webinar"],),
        )


def _text_of(ended: Ended, check: str) -> str:
    return next(str(one["text"]) for one in ended.summary["checks"] if one["check"] == check)


def test_a_shuffle_leaves_the_crowds_steps_in_front_and_in_order(
    rehearse: Callable[..., Ended],
) -> None:
    plain, shuffled = (
        _collected(rehearse("--collect-only", "-q", *options, path="e2e"))
        for options in ([], ["--random-order-seed=7"])
    )

    assert sorted(shuffled) == sorted(plain)
    steps = [name for name in plain if "test_full_house" in name]
    assert shuffled[: len(steps)] == steps
    assert shuffled != plain


def _collected(ended: Ended) -> list[str]:
    return [line for line in ended.output.splitlines() if "::" in line]
