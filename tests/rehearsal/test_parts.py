"""A house over several runners, each with a target of its own, and the one run made of it."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.identities import Admin
from fixtures.target.deployment import Target
from reports.history import Part
from reports.judging import judge
from reports.summary import FILES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.rehearsal.conftest import Ended, Rehearsal, Served

pytestmark = pytest.mark.real

HOUSE = ("--users", "5")
DROPPED = "drop-for-one-user,user=u0004@soundcheck.test"


def summary_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "summary.json").read_text()))


def test_two_runners_make_one_house_and_what_is_wrong_with_one_is_wrong_with_it(
    rehearse: Callable[..., Ended], merge: Callable[..., tuple[int, Path]]
) -> None:
    first = rehearse(*HOUSE, "--shard", "1/2")
    second = rehearse(*HOUSE, "--shard", "2/2", "-n", "2")
    muted = rehearse(
        *HOUSE, "--shard", "2/2", "--defect", DROPPED, env={"SOUNDCHECK_SETTLE_S": "3"}
    )
    assert (first.code, second.code, muted.code) == (0, 0, 10), first.output + second.output
    assert "part 1/2 of 5: 3 users here" in first.output
    assert (list(first.users), list(second.users)) == (
        ["u0001", "u0003", "u0005"],
        ["u0002", "u0004"],
    )

    code, whole = merge(second, first)
    summary = summary_of(whole)
    assert (code, summary["verdict"], summary["reasons"]) == (0, "GO", [])
    # 2 messages of 3 people to 3, and of 2 people to 2.
    assert summary["deliveries"]["received"] == {"n": 26, "of": 26}
    assert summary["users"]["received"] == {"n": 5, "of": 5}
    assert summary["database"]["run"]["hot"]["track_calls"] == 5
    assert {one["validity"] for one in [*summary["checks"], *summary["gates"]]} == {"valid"}
    written = {name: (whole / name).read_bytes() for name in FILES}
    judge(whole)
    assert {name: (whole / name).read_bytes() for name in FILES} == written

    code, half = merge(first)
    assert (code, summary_of(half)["verdict"]) == (11, "INVALID")
    assert summary_of(half)["reasons"] == ["parts of the run that are missing: part 2/2"]

    code, broken = merge(first, muted)
    summary = summary_of(broken)
    assert (code, summary["verdict"]) == (10, "NO-GO")
    assert summary["defects"] == [f"{DROPPED} (part-02)"]
    [loss] = summary["losses"]
    assert (loss["stage"], loss["users"]) == ("stored but not delivered", ["u0004"])


def test_two_runners_at_once_on_one_deployment_are_not_counted_against_each_other(
    start_rehearsal: Callable[..., Rehearsal],
    serve: Callable[..., Served],
    merge: Callable[..., tuple[int, Path]],
) -> None:
    served = serve()
    env = served.settings | served.admin

    started = [
        start_rehearsal("--users", "4", "--gates", "release", "--shard", shard, env=env)
        for shard in ("1/2", "2/2")
    ]
    ended = [one.end() for one in started]
    code, whole = merge(*ended)

    # The database told each of them of both: alone it cannot tell, together they can.
    for one in ended:
        assert one.code == 11, one.output
        [reason] = one.summary["reasons"]
        assert "2 parts share a database, only 1 of them is read here: merge all" in reason
    summary = summary_of(whole)
    assert (code, summary["reasons"]) == (0, [])
    assert summary["deliveries"]["received"] == {"n": 16, "of": 16}
    [presence] = [one for one in summary["checks"] if one["check"] == "presence"]
    # Four pages, and from each runner the table and the console, twice.
    assert presence["text"].startswith("12 rosters show exactly those who were there")
    # Whoever comes in at another device is out at the first, so no account is two runners' own.
    assert len({_alice(served, number) for number in (1, 2)}) == 2


def _alice(served: Served, number: int) -> str:
    """The account of alice at the runner of this number."""
    names = ("base_url", "supabase_url", "anon_key", "service_role_key", "database_url")
    target = Target(**{name: served.ready[name] for name in names})
    part = Part(number=number, of=2, users=4, seed=1)
    with closing(Admin(target, part)) as admin:
        return admin.people(["alice"])[0].user_id
