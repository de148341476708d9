"""Heartbeats on literal histories: ada took her seat at 10 s and began to leave when the case says.

Unless it says otherwise, she pinged at 5 s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from reports.archive import assemble
from reports.checks.heartbeat import check_heartbeat
from reports.database import PING, TRACK
from reports.findings import findings_of as make_findings
from reports.history import Channel, ChannelState, Exchange, Outcome, StepName
from reports.verdicts import Validity
from tests.reports.checks.asking import findings_of
from tests.reports.histories import USERS, beat, header, healthy, ns, seated, step, unasked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.history import Op

VALID, INVALID, UNKNOWN = Validity.VALID, Validity.INVALID, Validity.UNKNOWN


def stay(user: str, until_s: float) -> list[Op]:
    """Seated at 10; she began to leave then, after ten seconds at the door."""
    leaving = step(user, StepName.LEAVE, until_s - 10, until_s + 1, waited_s=10)
    return [*seated(user), leaving]


def pings(*times_s: float, user: str = "ada", status: int | None = 204) -> list[Op]:
    return [beat(user, PING, at_s, status=status) for at_s in times_s]


def tracks(*times_s: float) -> list[Op]:
    return [beat("ada", TRACK, at_s, status=200) for at_s in times_s]


def slow_ping(at_s: float, seconds: float) -> Exchange:
    return msgspec.structs.replace(beat("ada", PING, at_s), duration_ms=seconds * 1000)


def said(ops: Iterable[Op]) -> tuple[Validity, list[str]]:
    verdict = check_heartbeat(findings_of(ops))
    assert verdict is not None
    return verdict.validity, verdict.evidence


@pytest.mark.parametrize(
    ("ops", "evidence"),
    [
        ([*stay("ada", 61), *pings(5)], []),
        ([*stay("ada", 400), *pings(5, 115, 245, 365), *tracks(4, 304)], []),
        # Too soon: from request to request, whether or not they were answered.
        ([*stay("ada", 200), *pings(5, 95)], []),
        (
            [*stay("ada", 300), *pings(5, 94.9, 100, 230)],
            ["ada: ping too soon, 2 of 3 intervals, the shortest 5.1 s"],
        ),
        (
            [*stay("ada", 61), *pings(25, 5, 45, status=503)],
            ["ada: ping too soon, 2 of 2 intervals, the shortest 20.0 s"],
        ),
        (
            [*stay("ada", 61), *pings(5, 7, status=None)],
            ["ada: ping too soon, 1 of 1 intervals, the shortest 2.0 s"],
        ),
        ([*stay("ada", 200), slow_ping(5, 25), *pings(95)], []),
        # Too late: from answer to request.
        ([*stay("ada", 200), *pings(5, 155)], []),
        ([*stay("ada", 200), *pings(5, 155.1)], ["ada: no ping for 150.1 s"]),
        ([*stay("ada", 200), slow_ping(5, 25), *pings(180)], []),
        ([*stay("ada", 200), *pings(5, 160, status=503)], ["ada: no ping for 155.0 s"]),
        ([*stay("ada", 155), *pings(5)], []),
        ([*stay("ada", 180), slow_ping(5, 25)], []),
        ([*stay("ada", 155.1), *pings(5)], ["ada: no ping for 150.1 s"]),
        ([*stay("ada", 275.1), *pings(5, 125)], ["ada: no ping for 150.1 s"]),
        # A refusal asks for silence, and nothing else does.
        ([*stay("ada", 400), *pings(5, status=400)], ["ada: no track for 390.0 s"]),
        ([*stay("ada", 300), *pings(5, status=499)], []),
        ([*stay("ada", 300), *pings(5, status=500)], ["ada: no ping for 295.0 s"]),
        ([*stay("ada", 300), *pings(5, status=None)], ["ada: no ping for 295.0 s"]),
        # On entry.
        ([*stay("ada", 61), *pings(30)], []),
        ([*stay("ada", 61), *pings(30.1)], ["ada: no ping on entry"]),
        ([*stay("ada", 12), *tracks(4)], ["ada: no ping on entry"]),
        (
            [*stay("ada", 160.1), *tracks(4)],
            ["ada: no ping on entry", "ada: no ping for 150.1 s"],
        ),
        # Tracks have their own rhythm; the seat itself proves the first.
        ([*stay("ada", 330), *pings(5, 125, 245)], []),
        ([*stay("ada", 330.1), *pings(5, 125, 245)], ["ada: no track for 320.1 s"]),
        ([*stay("ada", 330), *pings(5, 125, 245), *tracks(4, 284)], []),
        (
            [*stay("ada", 330), *pings(5, 125, 245), *tracks(4, 283.9)],
            ["ada: track too soon, 1 of 1 intervals, the shortest 279.9 s"],
        ),
        (
            [*stay("ada", 400), *pings(5, 125, 245, 365), *tracks(4, 324.1)],
            ["ada: no track for 320.1 s"],
        ),
        (
            [*stay("ada", 400), *pings(5, 125, 245, 365), *tracks(330.1)],
            ["ada: no track for 320.1 s"],
        ),
        # What comes after she began to leave is no heartbeat.
        ([*stay("ada", 61), *pings(5, 61.1, 62)], []),
        ([*stay("ada", 300), *pings(5, 301)], ["ada: no ping for 295.0 s"]),
        # What others do is no heartbeat of hers.
        (
            [*stay("ada", 300), *stay("ben", 61), *pings(5), *pings(6, user="ben")],
            ["ada: no ping for 295.0 s"],
        ),
        ([*stay("ada", 61), *pings(5), *pings(6, 7, 8, user="ben")], []),
    ],
)
def test_a_seat_keeps_its_rhythm(ops: Sequence[Op], evidence: list[str]) -> None:
    assert said(ops) == (INVALID if evidence else VALID, evidence)


@pytest.mark.parametrize(
    "sign",
    [
        Channel(user="ada", topic="socket", state=ChannelState.CLOSED, at_ns=ns(300)),
        msgspec.structs.replace(beat("ada", "/api/profiles/batch", 290), duration_ms=10_000),
        step("ada", StepName.RECEIVE, 11, 300),
    ],
)
def test_whoever_never_began_to_leave_is_seated_until_she_was_last_seen(sign: Op) -> None:
    assert said([*seated("ada"), *pings(5), sign]) == (INVALID, ["ada: no ping for 295.0 s"])


def test_whoever_was_last_seen_in_time_owes_nothing_more() -> None:
    assert said([*seated("ada"), *pings(5), step("ada", StepName.RECEIVE, 11, 155)])[0] is VALID


def together(*waits_s: float) -> list[Op]:
    """As many users as waits, each of whom pinged at 5 and again after such a wait."""
    users = [f"u{number}" for number in range(len(waits_s))]
    return [
        op
        for user, wait_s in zip(users, waits_s, strict=True)
        for op in (*stay(user, 150), *pings(5, 5 + wait_s, user=user))
    ]


@pytest.mark.parametrize(
    ("waits_s", "evidence"),
    [
        ([120] * 7, []),
        ([120] * 8, ["no jitter: 8 intervals between pings are 120.0 to 120.0 s"]),
        (
            [119.5, *[120] * 8, 120.4],
            ["no jitter: 10 intervals between pings are 119.5 to 120.4 s"],
        ),
        ([120, *[119.5] * 8, 120.5], []),
    ],
)
def test_a_house_does_not_ping_in_step(waits_s: Sequence[float], evidence: list[str]) -> None:
    assert said(together(*waits_s)) == (INVALID if evidence else VALID, evidence)


def test_of_a_house_in_which_nobody_took_a_seat_no_heartbeat_is_asked() -> None:
    refused = step("ada", StepName.SEAT, 4, 10, outcome=Outcome.FAIL)

    assert check_heartbeat(findings_of([refused, *pings(5, 6)])) is None


def test_where_no_request_was_recorded_nobody_knows() -> None:
    assert said(unasked(healthy())) == (UNKNOWN, [])


@pytest.mark.parametrize(
    ("beats", "validity", "evidence"),
    [
        # Her shard is damaged: what is not there may have been.
        (tracks(4), UNKNOWN, []),
        (pings(5, 290), UNKNOWN, []),
        (pings(5, 9), INVALID, ["ada: ping too soon, 1 of 1 intervals, the shortest 4.0 s"]),
    ],
)
def test_of_whom_evidence_is_lost_silence_proves_nothing(
    beats: list[Op], validity: Validity, evidence: list[str]
) -> None:
    ops = [*stay("ada", 300), *beats]
    damaged = assemble("run-1", [header(["ada"])], [ops], frozenset({"shard00"}), [])

    verdict = check_heartbeat(make_findings(damaged))

    assert verdict is not None
    assert (verdict.validity, verdict.evidence) == (validity, evidence)


@pytest.mark.parametrize(
    ("ops", "text"),
    [
        (healthy(), "3 users pinged once on entry, and nobody sat long enough for another"),
        (
            [*stay("ada", 300), *pings(5, 115.5, 240)],
            "1 users pinged 3 times, at intervals of 110.5 to 124.5 s",
        ),
    ],
)
def test_a_sound_heartbeat_says_what_was_seen_of_it(ops: Sequence[Op], text: str) -> None:
    verdict = check_heartbeat(findings_of(ops, USERS))

    assert verdict is not None
    assert verdict.text == text
