"""Sessions, recovery and presence on literal histories; and a checker that breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from reports.checks import CHECKERS, judge_checks
from reports.checks.presence import check_presence, convergence_s
from reports.checks.recovery import catch_up_s, check_recovery
from reports.checks.rendering import check_rendering
from reports.checks.sessions import REFRESH, check_sessions
from reports.findings import Findings
from reports.findings import findings_of as make_findings
from reports.history import (
    NO_TOKEN,
    USER_TOKEN,
    Channel,
    ChannelState,
    Exchange,
    Moment,
    Outcome,
    Receipt,
    Rendered,
    Roster,
    Step,
    StepName,
)
from reports.verdicts import Validity, Verdict
from tests.reports.checks.asking import findings_of
from tests.reports.histories import USERS, healthy, heard, history_of, message_id, ns, seated, step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.history import Op

TOPIC = "realtime:webinar:149402"
VALID, INVALID, UNKNOWN = Validity.VALID, Validity.INVALID, Validity.UNKNOWN


def said(verdict: Verdict | None) -> tuple[Validity, list[str]]:
    assert verdict is not None
    return verdict.validity, verdict.evidence


def refresh(status: int | None, code: str = "", route: str = REFRESH) -> Exchange:
    return Exchange(
        user="ada",
        method="POST",
        route=route,
        status=status,
        started_at_ns=ns(30),
        duration_ms=7,
        code=code,
    )


def sign_in() -> Exchange:
    return refresh(200, route="/auth/v1/token?grant_type=password")


def channel(state: ChannelState, at_s: float, detail: str = "", topic: str = TOPIC) -> Channel:
    return Channel(user="ada", topic=topic, state=state, at_ns=ns(at_s), detail=detail)


ASKED = channel(ChannelState.ASKED, 5, USER_TOKEN)
READY = channel(ChannelState.READY, 6)
CUT = channel(ChannelState.CLOSED, 25, topic="socket")
EARLY = channel(ChannelState.CLOSED, 3, topic="socket")
BACK = channel(ChannelState.READY, 28)
GONE = channel(ChannelState.CLOSED, 61.5, topic="socket")


@pytest.mark.parametrize(
    ("ops", "validity", "evidence"),
    [
        ([ASKED, refresh(200)], VALID, []),
        ([ASKED, refresh(None, "net::ERR_FAILED")], VALID, []),
        (
            [refresh(400, "refresh_token_already_used")],
            INVALID,
            ["ada: the token was not refreshed: 400 refresh_token_already_used"],
        ),
        (
            [channel(ChannelState.ASKED, 5, NO_TOKEN)],
            INVALID,
            [f"ada joined {TOPIC} without a token of her own"],
        ),
        ([], UNKNOWN, []),
        # Somebody did something, and nothing of it says whether anybody's session was in order.
        ([READY, sign_in()], UNKNOWN, []),
    ],
)
def test_sessions(ops: Sequence[Op], validity: Validity, evidence: list[str]) -> None:
    assert said(check_sessions(findings_of(ops))) == (validity, evidence)


def test_of_a_run_that_did_not_record_what_joins_asked_only_refreshes_are_asked() -> None:
    history = history_of([READY])
    history.headers[0] = msgspec.structs.replace(history.headers[0], schema=1)
    refreshed = history_of([READY, refresh(400)])
    refreshed.headers[0] = history.headers[0]

    assert check_sessions(make_findings(history)) is None
    assert said(check_sessions(make_findings(refreshed)))[0] is INVALID


AT_30 = {author: message_id(USERS, author, 1) for author in USERS}


def heard_late(after_s: float | None) -> list[Op]:
    """The healthy run, in which what was said at 30 reached ada so long after, or never."""

    def is_hers(op: Op) -> bool:
        return isinstance(op, Receipt) and op.user == "ada" and op.message_id in AT_30.values()

    others: list[Op] = [op for op in healthy() if not is_hers(op)]
    if after_s is None:
        return others
    late = [heard("ada", author, 1, id_, after_s=after_s) for author, id_ in AT_30.items()]
    return [*others, *late]


@pytest.mark.parametrize(
    ("ops", "validity", "evidence"),
    [
        ([*healthy(), READY, CUT, BACK], VALID, []),
        ([*healthy(), READY, CUT], INVALID, ["ada never became ready again"]),
        (
            [*healthy(), READY, BACK, channel(ChannelState.ERRORED, 40)],
            INVALID,
            ["ada never became ready again"],
        ),
        (
            [
                *(op for op in healthy() if not (isinstance(op, Receipt) and op.user == "ada")),
                READY,
                CUT,
                BACK,
            ],
            INVALID,
            ["ada misses 6 messages that were owed to her"],
        ),
    ],
)
def test_recovery(ops: Sequence[Op], validity: Validity, evidence: list[str]) -> None:
    assert said(check_recovery(findings_of(ops))) == (validity, evidence)


@pytest.mark.parametrize(
    ("ops", "seconds"),
    [
        # What was said at 20 and at 30 is no part of a cut from 25 to 28.
        ([*healthy(), READY, CUT, BACK], [3]),
        ([*healthy(), READY, CUT], []),
        # Cut from 25 to 40: what was said at 30 came by poll, at 42.5 at last.
        ([*heard_late(12.5), READY, CUT, channel(ChannelState.READY, 40)], [17.5]),
        ([*heard_late(2), READY, CUT, channel(ChannelState.READY, 40)], [15]),
        ([*heard_late(None), READY, CUT, channel(ChannelState.READY, 40)], []),
    ],
)
def test_catching_up_takes_until_one_is_live_and_complete(
    ops: Sequence[Op], seconds: list[float]
) -> None:
    assert catch_up_s(findings_of(ops)) == seconds


@pytest.mark.parametrize("ops", [[READY], [READY, GONE], [EARLY, READY], []])
def test_of_somebody_who_was_never_cut_off_no_recovery_is_asked(ops: list[Op]) -> None:
    assert check_recovery(findings_of([*healthy(), *ops])) is None


BACK_IN = step("ada", StepName.SEAT, 70, 71)
OUT_AGAIN = step("ada", StepName.LEAVE, 72, 73)
UNSEEN = [op for op in healthy() if not isinstance(op, Roster)]


def roster(source: str, *present: str, moment: Moment = Moment.SETTLED) -> Roster:
    return Roster(source=source, moment=moment, at_ns=ns(50), present=list(present))


def without_seat(user: str) -> list[Op]:
    """The healthy run, in which this user never got a seat."""
    return [
        op
        for op in UNSEEN
        if not (isinstance(op, Step) and op.user == user and op.step is StepName.SEAT)
    ]


def failed(user: str, name: StepName) -> list[Op]:
    """The healthy run, in which this user's step failed."""
    ops = [op for op in UNSEEN if not (isinstance(op, Step) and (op.user, op.step) == (user, name))]
    return [*ops, step(user, name, 60, 61, outcome=Outcome.FAIL)]


@pytest.mark.parametrize(
    ("ops", "validity", "evidence"),
    [
        ([*UNSEEN, roster("ada", *USERS), roster("database", moment=Moment.LEFT)], VALID, []),
        ([*without_seat("cho"), roster("ada", "ada", "ben")], VALID, []),
        ([*UNSEEN, roster("ada", "ada", "ben")], INVALID, ["ada, settled: misses cho"]),
        (
            [*without_seat("cho"), roster("ada", *USERS)],
            INVALID,
            ["ada, settled: shows cho, who hold no seat"],
        ),
        (
            [*UNSEEN, roster("database", "ben", moment=Moment.LEFT)],
            INVALID,
            ["database, left: shows ben, who hold no seat"],
        ),
        # A page that closes may say goodbye, or not be able to.
        ([*seated("ada"), roster("database", "ada", moment=Moment.LEFT)], VALID, []),
        ([*seated("ada"), roster("database", moment=Moment.LEFT)], VALID, []),
        # Who failed to take her seat may hold one all the same, and who failed to leave as well.
        ([*failed("cho", StepName.SEAT), roster("ada", *USERS)], VALID, []),
        ([*failed("cho", StepName.SEAT), roster("ada", "ada", "ben")], VALID, []),
        ([*failed("cho", StepName.LEAVE), roster("console", "cho", moment=Moment.LEFT)], VALID, []),
        # Whoever has another page is there, whichever she left; and whoever came back is as well.
        ([*seated("ada (2)"), *UNSEEN, roster("database", "ada", moment=Moment.LEFT)], VALID, []),
        ([*seated("ada (2)"), *UNSEEN, roster("ada", *USERS)], VALID, []),
        ([BACK_IN, *UNSEEN, roster("database", "ada", moment=Moment.LEFT)], VALID, []),
        (
            [OUT_AGAIN, BACK_IN, *UNSEEN, roster("database", "ada", moment=Moment.LEFT)],
            INVALID,
            ["database, left: shows ada, who hold no seat"],
        ),
        (UNSEEN, UNKNOWN, []),
    ],
)
def test_presence(ops: Sequence[Op], validity: Validity, evidence: list[str]) -> None:
    assert said(check_presence(findings_of(ops))) == (validity, evidence)


def test_rosters_converge_when_a_page_last_changed_after_the_last_seat() -> None:
    rosters = [
        msgspec.structs.replace(roster(user, *USERS), at_ns=ns(at_s))
        for user, at_s in {"ada": 9, "ben": 10.5, "cho": 12}.items()
    ]
    history = history_of([*UNSEEN, *rosters, roster("database", *USERS)])

    assert sorted(convergence_s(history)) == [0, 0.5, 2]
    verdict = check_presence(make_findings(history))
    assert verdict is not None
    assert verdict.text.endswith("within 2 s of the last seat")


def look(*shown: str) -> Rendered:
    return Rendered(user="ada", at_ns=ns(55), message_ids=list(shown))


@pytest.mark.parametrize(
    ("shown", "validity", "evidence"),
    [
        (["104", "105"], VALID, []),
        ([], INVALID, ["ada received message 105 last and does not see it"]),
        (["105", "999"], INVALID, ["ada sees message 999, which she did not receive"]),
    ],
)
def test_rendering(shown: list[str], validity: Validity, evidence: list[str]) -> None:
    verdict = check_rendering(findings_of([*healthy(), look(*shown)]))

    assert said(verdict) == (validity, evidence)


@pytest.mark.parametrize(
    ("people", "others", "changed_s", "evidence"),
    [
        (3, 0, 50, []),
        (5, 2, 50, []),
        (4, 0, 50, ["ada sees 4 attendees, and her page was told of 3"]),
        (2, 0, 50, ["ada sees 2 attendees, and her page was told of 3"]),
        (3, 2, 50, ["ada sees 3 attendees, and her page was told of 5"]),
        (0, 0, 50, ["ada sees 0 attendees, and her page was told of 3"]),
        (None, 0, 50, []),
        # Somebody came or went less than 11 s before the look, or after it.
        (4, 0, 50.1, []),
        (4, 0, 62, []),
    ],
)
def test_as_many_people_are_shown_as_the_page_was_told_of(
    people: int | None, others: int, changed_s: float, evidence: list[str]
) -> None:
    told = msgspec.structs.replace(roster("ada", *USERS), at_ns=ns(changed_s), others=others)
    looked = Rendered(user="ada", at_ns=ns(61), message_ids=["105"], people=people)

    verdict = check_rendering(findings_of([*UNSEEN, told, looked]))

    assert said(verdict) == (INVALID if evidence else VALID, evidence)


@pytest.mark.parametrize(
    "rosters",
    [[], [roster("ben", *USERS)], [roster("ada", *USERS, moment=Moment.LEFT)]],
)
def test_of_whose_page_no_roster_says_anything_no_number_is_asked(rosters: list[Op]) -> None:
    looked = Rendered(user="ada", at_ns=ns(70), message_ids=["105"], people=4)

    assert said(check_rendering(findings_of([*UNSEEN, *rosters, looked]))) == (VALID, [])


def test_where_no_screen_was_looked_at_no_rendering_is_asked() -> None:
    assert check_rendering(findings_of(healthy())) is None


def test_of_a_run_that_recorded_no_rosters_none_are_asked() -> None:
    history = history_of(UNSEEN)
    history.headers[0] = msgspec.structs.replace(history.headers[0], schema=1)

    assert check_presence(make_findings(history)) is None


def test_a_checker_that_breaks_knows_nothing_and_the_others_are_asked() -> None:
    def broken(_: Findings) -> Verdict:
        raise ZeroDivisionError("by zero")

    said = judge_checks(findings_of(healthy()), {"broken": broken, **CHECKERS})

    assert said["broken"] is not None
    assert (said["broken"].validity, said["broken"].text) == (
        UNKNOWN,
        "the checker broke: ZeroDivisionError: by zero",
    )
    assert list(said) == ["broken", *CHECKERS]
    assert said["no loss"] is not None
