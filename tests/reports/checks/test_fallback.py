"""Fallback on literal histories: who polled, how often, and until when."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.archive import assemble
from reports.checks.fallback import check_fallback
from reports.findings import findings_of as make_findings
from reports.history import Channel, ChannelState, Exchange, Receipt, StepName, Via
from reports.verdicts import Validity, Verdict
from tests.reports.checks.asking import findings_of
from tests.reports.histories import header, ns, step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.history import Op

ROOM = "realtime:webinar:149402"
VALID, INVALID, UNKNOWN = Validity.VALID, Validity.INVALID, Validity.UNKNOWN
ASKED, READY = ChannelState.ASKED, ChannelState.READY
ERRORED, CLOSED = ChannelState.ERRORED, ChannelState.CLOSED


def said(verdict: Verdict | None) -> tuple[Validity, list[str]]:
    assert verdict is not None
    return verdict.validity, verdict.evidence


def change(at_s: float, state: ChannelState, *, user: str = "ada", topic: str = ROOM) -> Channel:
    return Channel(user=user, topic=topic, state=state, at_ns=ns(at_s))


def cut(at_s: float, *, user: str = "ada") -> Channel:
    return change(at_s, CLOSED, user=user, topic="socket")


def ready(at_s: float, *, user: str = "ada") -> list[Op]:
    """The page asks to join half a second before it is ready."""
    return [change(at_s - 0.5, ASKED, user=user), change(at_s, READY, user=user)]


def reads(
    *times_s: float, user: str = "ada", status: int | None = 200, took_ms: float = 100
) -> list[Op]:
    return [
        Exchange(
            user=user,
            method="GET",
            route="/api/webinars/{id}/messages",
            status=status,
            started_at_ns=ns(at_s),
            duration_ms=took_ms,
        )
        for at_s in times_s
    ]


def others(at_s: float) -> list[Op]:
    """Requests like a read, and yet none."""
    changes = ({"method": "POST"}, {"route": "/rest/v1/messages"})
    return [msgspec.structs.replace(one, **change) for one in reads(at_s) for change in changes]


def page(at_s: float, new: int, via: Via = Via.POLL) -> list[Op]:
    """A read that takes 0.1 s, and messages that arrive when it is over, to a microsecond."""
    arrivals = [
        Receipt(
            user="ada",
            message_id=f"{at_s}/{number}",
            via=via,
            at_ns=ns(at_s + 0.1) + 500,
            author="",
            digest="",
        )
        for number in range(new)
    ]
    return [*reads(at_s), *arrivals]


def left(at_s: float, *, waited_s: float = 0) -> Op:
    """Her step begins then; she acts once she has waited."""
    return step("ada", StepName.LEAVE, at_s, at_s + waited_s + 1, waited_s=waited_s)


# Ready since 6, cut off at 100.
LIVE: list[Op] = [*reads(5), *ready(6), *reads(6.1)]
LOST: list[Op] = [*LIVE, cut(100)]
# EventLive's page, each poll of which takes 0.1 s.
BACKING_OFF = (102, 106.1, 114.2, 130.3, 160.4, 190.5)
CAUGHT_UP: list[Op] = [*ready(200), *reads(200.1)]
POLLED: list[Op] = [*LOST, *reads(*BACKING_OFF), *CAUGHT_UP]


@pytest.mark.parametrize(
    "ops",
    [
        pytest.param(LIVE, id="never cut off"),
        pytest.param([*LIVE, left(90), cut(100)], id="cut off while leaving"),
        pytest.param([cut(3), *LIVE], id="cut off before she was ready"),
        pytest.param([*LIVE, change(100, ChannelState.REFUSED)], id="refused, and nothing broken"),
        pytest.param([*reads(2, 4, 6, 8, 10), cut(30)], id="never ready"),
        pytest.param([*LIVE, cut(100, user="ben")], id="another, who never was ready"),
        pytest.param([], id="silent"),
    ],
)
def test_where_nobody_was_cut_off_no_fallback_is_asked(ops: list[Op]) -> None:
    assert check_fallback(findings_of(ops)) is None


@pytest.mark.parametrize(
    ("ops", "evidence"),
    [
        pytest.param(POLLED, [], id="as it should be"),
        pytest.param([*LOST, *reads(116), *ready(117)], [], id="16 s after"),
        pytest.param(
            [*LOST, *reads(116.1), *ready(117)],
            ["ada: cut off at 100.0 s, and no poll in the 16 s after"],
            id="later",
        ),
        pytest.param(
            [*LOST, *ready(116), *reads(116.1)],
            ["ada: cut off at 100.0 s, and no poll in the 16 s after"],
            id="never",
        ),
        pytest.param([*LOST, *ready(115.9), *reads(116)], [], id="back soon enough"),
        pytest.param([*LOST, left(145.9)], [], id="unanswered, perhaps, when she left"),
        pytest.param(
            [*LOST, left(140, waited_s=6)],
            ["ada: cut off at 100.0 s, and no poll in the 16 s after"],
            id="never back and never asked",
        ),
        pytest.param(
            [*LOST, cut(120), cut(146)],
            ["ada: cut off at 100.0 s, and no poll in the 16 s after"],
            id="never left either",
        ),
        pytest.param(
            [*LOST, *reads(102, took_ms=50_000)], [], id="an answer that is long in coming"
        ),
        pytest.param(
            [*LIVE, change(100, ERRORED), *ready(120)],
            ["ada: cut off at 100.0 s, and no poll in the 16 s after"],
            id="the channel errored",
        ),
        pytest.param(
            [*LOST, *others(102), *ready(120)],
            ["ada: cut off at 100.0 s, and no poll in the 16 s after"],
            id="asked for something else",
        ),
        pytest.param(
            [*LOST, step("ada", StepName.CHAT, 99, 110), *ready(120)],
            ["ada: cut off at 100.0 s, and no poll in the 16 s after"],
            id="while she chats",
        ),
        pytest.param(
            [*LOST, *reads(102, user="ben"), *ready(120)],
            ["ada: cut off at 100.0 s, and no poll in the 16 s after"],
            id="another polled",
        ),
        pytest.param(
            [*LOST, *page(102, 150), *ready(120)], [], id="a page that may have been full"
        ),
        pytest.param(
            [*LOST, *reads(102, status=403), *CAUGHT_UP, cut(300), *ready(330)],
            [],
            id="refused in the outage before",
        ),
        pytest.param(
            [*LOST, *reads(102), *ready(110), cut(300), *ready(330), *reads(331, status=403)],
            ["ada: cut off at 300.0 s, and no poll in the 16 s after"],
            id="refused afterwards",
        ),
    ],
)
def test_who_is_cut_off_starts_to_poll(ops: list[Op], evidence: list[str]) -> None:
    assert said(check_fallback(findings_of(ops))) == (INVALID if evidence else VALID, evidence)


def constantly(every_s: float, polls: int) -> tuple[float, ...]:
    return tuple(102 + every_s * number for number in range(polls))


@pytest.mark.parametrize(
    ("times_s", "wrong"),
    [
        pytest.param(BACKING_OFF, "", id="2, 4, 8, 16, 30 s"),
        pytest.param((107, 116, 124, 145, 175), "", id="and up to 5 s late"),
        pytest.param((101, 102, 104, 108, 116, 132, 164), "", id="from 1 s on"),
        pytest.param((102, 102.25, 102.75, 103.75, 105.75), "", id="from a quarter of a second on"),
        pytest.param((101, 102, 103.5, 105.75, 109.125, 114.2), "", id="half as long again"),
        pytest.param((*BACKING_OFF, *(220 + 30 * n for n in range(20))), "", id="30 s for ever"),
        pytest.param(constantly(15, 9), "", id="every 15 s"),
        pytest.param(constantly(2, 4), "", id="every 2 s, and too few to tell"),
        pytest.param(constantly(2, 5), "from 102.0 s on without backing off, 2.0 to 2.0", id="2 s"),
        pytest.param(
            constantly(14.9, 5), "from 102.0 s on without backing off, 14.9 to 14.9", id="14.9 s"
        ),
        pytest.param(constantly(0.02, 9), "from 102.0 s on without", id="as fast as it can"),
        pytest.param(
            (102, 102.05, 102.3, 102.32, 102.9),
            "from 102.0 s on without backing off, 0.0 to 0.6",
            id="as fast as it can, irregularly",
        ),
        pytest.param(
            (102, 104, 106, 108, 115, 117, 119, 121, 123.5),
            "from 115.0 s on without backing off, 2.0 to 2.5",
            id="every 2 s and once late",
        ),
        pytest.param(
            (*BACKING_OFF, 192, 194, 196, 198),
            "from 190.5 s on without backing off, 1.5 to 2.0",
            id="no longer",
        ),
    ],
)
def test_polls_come_less_and_less_often(times_s: Sequence[float], wrong: str) -> None:
    until_s = times_s[-1] + 1
    verdict = check_fallback(findings_of([*LOST, *reads(*times_s), *ready(until_s)]))

    validity, evidence = said(verdict)
    assert validity is (INVALID if wrong else VALID), evidence
    assert [line for line in evidence if wrong not in line] == []
    assert len(evidence) == (1 if wrong else 0)


@settings(deadline=None)
@given(
    late_s=st.lists(st.floats(0, 14.9), min_size=9, max_size=9),
    took_s=st.lists(st.floats(0, 30), min_size=9, max_size=9),
)
def test_eventlives_page_backs_off_however_late_it_is_seen(
    late_s: list[float], took_s: list[float]
) -> None:
    """By up to 15 s, each time differently; and however slow its answers are."""
    due_s, ops = 101.9, list(LOST)
    for run, (late, took) in enumerate(zip(late_s, took_s, strict=True)):
        due_s += min(30, 2 * 2**run)
        ops += reads(due_s + late, took_ms=1000 * took)
        due_s += took

    _, evidence = said(check_fallback(findings_of([*ops, *ready(due_s + 20)])))

    assert [line for line in evidence if "backing off" in line] == []


# Three pages each time, the last of which is not full.
IN_PAGES = [
    op
    for at_s in (*BACKING_OFF, 200.1, 201.1)
    for op in (*page(at_s, 150), *page(at_s + 0.2, 150), *page(at_s + 0.4, 20))
]


def test_several_pages_are_one_poll_and_one_catch_up() -> None:
    assert said(check_fallback(findings_of([*LOST, *IN_PAGES, *ready(200)]))) == (VALID, [])


@pytest.mark.parametrize(
    ("new", "via", "validity"),
    [(100, Via.POLL, VALID), (99, Via.POLL, INVALID), (100, Via.FRAME, INVALID)],
)
def test_only_a_read_that_brings_much_may_be_one_page_of_several(
    new: int, via: Via, validity: Validity
) -> None:
    pages = [op for number in range(5) for op in page(102 + 0.2 * number, new, via)]

    assert said(check_fallback(findings_of([*LOST, *pages, *ready(110)])))[0] is validity


REFUSED: list[Op] = [*LOST, *reads(102, status=403, took_ms=1_000)]


@pytest.mark.parametrize(
    ("ops", "evidence"),
    [
        pytest.param([*REFUSED, *CAUGHT_UP], [], id="and silent until she was back"),
        pytest.param([*REFUSED, *reads(102.1, 105, status=403)], [], id="one was in flight"),
        pytest.param(
            [*REFUSED, *reads(105.1), *CAUGHT_UP],
            ["ada: refused (403) at 103.0 s, and polled again at 105.1 s"],
            id="once more",
        ),
        pytest.param(
            [*REFUSED, *reads(106, 114, 130, 160, 190, status=429), *CAUGHT_UP],
            [
                "ada: refused (403) at 103.0 s, and polled again at "
                "106.0 s, 114.0 s, 130.0 s and 2 more"
            ],
            id="on and on",
        ),
        pytest.param(
            [*LOST, *reads(102, 106.1, status=499), *ready(110)],
            ["ada: refused (499) at 102.1 s, and polled again at 106.1 s"],
            id="499",
        ),
        pytest.param(
            [*LOST, *reads(102, 106.1, status=400), *ready(110)],
            ["ada: refused (400) at 102.1 s, and polled again at 106.1 s"],
            id="400",
        ),
        pytest.param([*LOST, *reads(102, 106.1, 114.2, status=500), *ready(120)], [], id="500"),
        pytest.param([*LOST, *reads(102, 106.1, 114.2, status=399), *ready(120)], [], id="399"),
        pytest.param([*LOST, *reads(102, 106.1, status=None), *ready(110)], [], id="no answer"),
        pytest.param(
            [*REFUSED, *CAUGHT_UP, cut(300), *reads(302), *ready(303)], [], id="the next outage"
        ),
        pytest.param([*REFUSED, left(110), *reads(110.1)], [], id="while leaving"),
        pytest.param([*REFUSED, *reads(106, user="ben")], [], id="another polled"),
    ],
)
def test_a_refusal_ends_the_polls_at_once(ops: list[Op], evidence: list[str]) -> None:
    assert said(check_fallback(findings_of(ops))) == (INVALID if evidence else VALID, evidence)


BACK: list[Op] = [*LOST, *reads(102), *ready(104), *reads(104.1)]


@pytest.mark.parametrize(
    ("ops", "evidence"),
    [
        pytest.param([*BACK, *reads(104.2)], [], id="what was being asked, and what she missed"),
        pytest.param(
            [*BACK, *reads(106, 114)],
            ["ada: ready again at 104.0 s, and still polled at 114.0 s"],
            id="on and on",
        ),
        pytest.param(
            [*BACK, *reads(106, status=403), *reads(114)],
            ["ada: ready again at 104.0 s, and still polled at 114.0 s"],
            id="a refusal is an answer",
        ),
        pytest.param([*BACK, *reads(106, 110, 118, status=503)], [], id="failing, and repeated"),
        pytest.param([*BACK, *reads(106, 110, 118, status=None)], [], id="no answer, and repeated"),
        pytest.param([*BACK, left(110), *reads(111, 112)], [], id="while leaving"),
        pytest.param([*BACK, cut(110), *reads(112, 116.1), *ready(117)], [], id="cut off anew"),
        pytest.param(
            [*BACK, cut(110), *reads(112), *ready(114), *reads(114.1, 116, 120)],
            ["ada: ready again at 114.0 s, and still polled at 120.0 s"],
            id="on and on the next time",
        ),
        pytest.param([*BACK, *reads(106), change(107, READY), *reads(108)], [], id="a new token"),
        pytest.param(
            [*BACK, change(107, READY), *reads(108, 109, 110)],
            ["ada: ready again at 104.0 s, and still polled at 110.0 s"],
            id="on and on after a new token",
        ),
    ],
)
def test_polls_end_with_the_recovery(ops: list[Op], evidence: list[str]) -> None:
    assert said(check_fallback(findings_of(ops))) == (INVALID if evidence else VALID, evidence)


def test_a_join_that_the_page_had_given_up_ends_no_outage() -> None:
    """It was answered late, when the page had turned to waiting for another try."""
    late = [change(101, ASKED), change(112, READY)]

    verdict = check_fallback(findings_of([*LOST, *late, *reads(*BACKING_OFF), *CAUGHT_UP]))

    assert said(verdict) == (VALID, [])
    assert verdict is not None
    assert verdict.text == "1 outages of 1 users, bridged by 6 polls"


def test_a_join_after_the_next_cut_was_none_that_the_page_had_given_up() -> None:
    ops = [*BACK, cut(120), *ready(140)]

    assert said(check_fallback(findings_of(ops))) == (
        INVALID,
        ["ada: cut off at 120.0 s, and no poll in the 16 s after"],
    )


SILENT_BEN: list[Op] = [*ready(6, user="ben"), cut(100, user="ben"), *ready(120, user="ben")]


def test_everybody_is_judged_and_every_irregularity_is_named() -> None:
    hasty = reads(*constantly(2, 5), status=403)
    after = reads(200.1, 210, 220)

    verdict = check_fallback(findings_of([*SILENT_BEN, *LOST, *hasty, *ready(200), *after]))

    assert said(verdict) == (
        INVALID,
        [
            "ada: 5 polls in a row from 102.0 s on without backing off, 2.0 to 2.0 s apart",
            "ada: refused (403) at 102.1 s, and polled again at 106.0 s, 108.0 s, 110.0 s",
            "ada: ready again at 200.0 s, and still polled at 220.0 s",
            "ben: cut off at 100.0 s, and no poll in the 16 s after",
        ],
    )
    assert verdict is not None
    assert verdict.text == "4 irregularities in 2 outages of 2 users"


def in_two_shards(ada: list[Op], ben: list[Op]) -> Verdict | None:
    """What is said where ben's shard is damaged."""
    headers = [header(["ada"], "shard00"), header(["ben"], "shard01")]
    history = assemble("run-1", headers, [ada, ben], frozenset({"shard01"}), ["shard01: cut"])
    return check_fallback(make_findings(history))


def test_of_whom_evidence_is_lost_nothing_is_proven() -> None:
    verdict = in_two_shards(POLLED, SILENT_BEN)

    assert said(verdict) == (UNKNOWN, [])
    assert verdict is not None
    assert verdict.text == "1 of 2 users are in the dark"


def test_what_is_proven_of_others_is_wrong_all_the_same() -> None:
    assert said(in_two_shards([*LOST, *ready(120)], SILENT_BEN)) == (
        INVALID,
        ["ada: cut off at 100.0 s, and no poll in the 16 s after"],
    )


def test_lost_evidence_of_somebody_who_was_never_cut_off_does_not_matter() -> None:
    assert said(in_two_shards(POLLED, ready(6, user="ben"))) == (VALID, [])


@settings(deadline=None)
@given(seed=st.integers())
def test_the_order_of_ops_does_not_matter(seed: int) -> None:
    ops = [*SILENT_BEN, *LOST, *IN_PAGES, *ready(200), *reads(210, 211, status=403)]
    Random(seed).shuffle(ops)

    assert said(check_fallback(findings_of(ops))) == (
        INVALID,
        [
            "ada: ready again at 200.0 s, and still polled at 210.0 s, 211.0 s",
            "ben: cut off at 100.0 s, and no poll in the 16 s after",
        ],
    )
