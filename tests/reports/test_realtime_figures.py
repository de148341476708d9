"""What was lost of sockets and channels, and when the chat fell back to polling."""

from __future__ import annotations

from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.figures import Share
from reports.history import Channel, ChannelState, Exchange, Op, StepName
from reports.realtime import Count, Fallback, Named, Polling, Realtime, Reason, realtime_of
from tests.reports.histories import history_of, ns, step

ROOM = "realtime:webinar:149402"


def change(
    at_s: float,
    state: ChannelState,
    detail: str = "",
    *,
    user: str = "ada",
    topic: str = ROOM,
) -> Channel:
    return Channel(user=user, topic=topic, state=state, at_ns=ns(at_s), detail=detail)


def socket(at_s: float, state: ChannelState, *, user: str = "ada") -> Channel:
    return change(at_s, state, user=user, topic="socket")


def joined(at_s: float, *, user: str = "ada", token: str = "user token") -> list[Op]:
    """Asked at `at_s`, and ready a second later."""
    return [
        change(at_s, ChannelState.ASKED, token, user=user),
        change(at_s + 0.5, ChannelState.JOINED, user=user),
        change(at_s + 1, ChannelState.READY, user=user),
    ]


def live(at_s: float = 4, *, user: str = "ada") -> list[Op]:
    """A page that reads the history, connects, joins, and reads what it missed meanwhile."""
    opened = socket(at_s, ChannelState.OPENED, user=user)
    return [
        read(at_s - 1, user=user),
        opened,
        *joined(at_s, user=user),
        read(at_s + 1.1, user=user),
    ]


def read(
    at_s: float, *, user: str = "ada", status: int | None = 200, took_ms: float = 100
) -> Exchange:
    return Exchange(
        user=user,
        method="GET",
        route="/api/webinars/{id}/messages",
        status=status,
        started_at_ns=ns(at_s),
        duration_ms=took_ms,
    )


def reads(*times_s: float) -> list[Op]:
    return [read(at_s) for at_s in times_s]


def figures(*ops: Op) -> Realtime:
    return realtime_of(history_of(ops))


def spans(*ops: Op) -> list[tuple[float, float, int]]:
    """When each stretch of polling began and ended, and its polls."""
    fallback = figures(*ops).fallback
    assert fallback is not None
    return [(span.on_s, span.off_s, span.polls) for span in fallback.spans]


def test_a_healthy_run_lost_nothing_and_never_polled() -> None:
    leaving = step("ada", StepName.LEAVE, 50, 70, waited_s=10)
    ends = [change(61, ChannelState.CLOSED, "phx_close"), socket(62, ChannelState.CLOSED)]

    assert figures(*live(), leaving, *ends) == Realtime(
        users_seen=Share(1, 3),
        sockets=Count(n=1, users=1),
        disconnects=Count(n=0, users=0),
        rejoins=Count(n=0, users=0),
        refused=[],
        endings=[],
        never_ready=Named(users=0, first=[]),
        joins_without_token=Count(n=0, users=0),
        fallback=Fallback(users=0, seconds=0, polls=0, spans=[]),
        throttled=[],
    )


def test_without_any_channel_op_every_figure_is_unknown() -> None:
    silent = figures(*reads(1, 2, 3, 4), step("ada", StepName.LEAVE, 50, 70))

    values = msgspec.structs.asdict(silent)
    assert values.pop("users_seen") == Share(0, 3)
    assert set(values.values()) == {None}


@pytest.mark.parametrize(
    ("ops", "disconnects"),
    [
        pytest.param([step("ada", StepName.LEAVE, 50, 70, waited_s=10)], 1, id="while she waited"),
        pytest.param([step("ada", StepName.LEAVE, 50, 70, waited_s=9)], 0, id="while she left"),
        pytest.param([step("ben", StepName.LEAVE, 50, 70)], 1, id="while another left"),
        pytest.param([step("ada", StepName.RECEIVE, 50, 70)], 1, id="in another step"),
        pytest.param([], 1, id="without a step to leave"),
    ],
)
def test_a_socket_closed_at_59_is_a_disconnect_unless_its_user_left(
    ops: list[Op], disconnects: int
) -> None:
    closed = socket(59, ChannelState.CLOSED)

    lost = figures(*live(), *ops, closed)

    assert lost.disconnects == Count(n=disconnects, users=disconnects)
    assert lost.endings == [Reason(text="socket closed", n=1, users=1)] * disconnects


def test_a_channel_that_closed_is_no_disconnect() -> None:
    closed = change(20, ChannelState.CLOSED, "phx_close")

    lost = figures(*live(), closed)

    assert lost.disconnects == Count(n=0, users=0)
    assert lost.endings == [Reason(text="channel closed: phx_close", n=1, users=1)]


def test_sockets_and_disconnects_count_every_time_and_every_user_once() -> None:
    again = [
        op
        for at_s in (20, 30)
        for op in (socket(at_s, ChannelState.CLOSED), socket(at_s + 1, ChannelState.OPENED))
    ]

    lost = figures(*live(), *again, *live(user="ben"))

    assert lost.sockets == Count(n=4, users=2)
    assert lost.disconnects == Count(n=2, users=1)


def test_an_error_counts_even_while_its_user_leaves_and_reasons_come_by_frequency() -> None:
    leaving = step("ada", StepName.LEAVE, 50, 70)
    errors = [
        change(10, ChannelState.ERRORED, "a"),
        change(20, ChannelState.ERRORED, "b"),
        change(60, ChannelState.ERRORED, "b"),
        change(20, ChannelState.ERRORED, "c", user="ben"),
    ]

    assert figures(*live(), leaving, *errors).endings == [
        Reason(text="channel errored: b", n=2, users=1),
        Reason(text="channel errored: a", n=1, users=1),
        Reason(text="channel errored: c", n=1, users=1),
    ]


ASKED, JOINED, READY = ChannelState.ASKED, ChannelState.JOINED, ChannelState.READY


@pytest.mark.parametrize(
    ("ops", "rejoins"),
    [
        pytest.param([*joined(4), *joined(20), *joined(30)], 2, id="asked, joined and ready again"),
        pytest.param([change(4, ASKED), *joined(20)], 1, id="asked twice until ready"),
        pytest.param([change(4, JOINED), change(20, JOINED)], 1, id="joined twice, version 1"),
        pytest.param([*joined(4), change(20, READY)], 0, id="ready again with a new token"),
        pytest.param([*joined(4), change(20, ASKED, topic="realtime:x")], 0, id="another topic"),
        pytest.param([*joined(4), *joined(4, user="ben")], 0, id="another user"),
    ],
)
def test_a_join_beyond_the_first_is_a_rejoin(ops: list[Op], rejoins: int) -> None:
    assert figures(*ops).rejoins == Count(n=rejoins, users=min(rejoins, 1))


def test_refused_joins_are_counted_by_reason() -> None:
    refused = [
        change(at_s, ChannelState.REFUSED, "Unauthorized: no permission", user=user)
        for at_s, user in ((5, "ada"), (6, "ada"), (5, "ben"))
    ]

    assert figures(*refused, change(9, ChannelState.ERRORED, "x")).refused == [
        Reason(text="Unauthorized: no permission", n=3, users=2)
    ]


def test_a_user_with_a_socket_and_no_ready_channel_is_named() -> None:
    waiting = [
        op
        for user in ("ada", "cho")
        for op in (socket(4, ChannelState.OPENED, user=user), change(5, JOINED, user=user))
    ]

    assert figures(*waiting, *live(user="ben")).never_ready == Named(users=2, first=["ada", "cho"])


def test_of_many_users_who_never_were_ready_the_first_20_are_named() -> None:
    opened = [socket(4, ChannelState.OPENED, user=f"u{i:02}") for i in reversed(range(25))]

    assert figures(*opened).never_ready == Named(users=25, first=[f"u{i:02}" for i in range(20)])


def test_joins_without_the_user_s_token_are_counted() -> None:
    asked = [
        change(4, ASKED, "no token"),
        change(5, ASKED, "no token"),
        change(4, ASKED, "user token", user="ben"),
    ]

    assert figures(*asked).joins_without_token == Count(n=2, users=1)


def test_where_no_join_was_seen_nobody_knows_whose_token_it_carried() -> None:
    assert figures(change(4, READY)).joins_without_token is None


LOST, LOST_AGAIN = (socket(at_s, ChannelState.CLOSED) for at_s in (20, 50))
POLLED = [*live(), LOST, *reads(22, 26, 34)]


def flapping(*times_s: float) -> list[Op]:
    """A channel that closes at these times, and comes back each time."""
    return [
        op
        for at_s in times_s
        for op in (change(at_s, ChannelState.CLOSED), *joined(at_s + 2), read(at_s + 4))
    ]


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(LOST, id="disconnected"),
        pytest.param(change(20, ChannelState.CLOSED, "phx_close"), id="closed"),
        pytest.param(change(20, ChannelState.ERRORED, "phx_error"), id="errored"),
        pytest.param(change(20, ChannelState.REFUSED, "Unauthorized"), id="refused"),
        pytest.param(change(20, ASKED, "user token"), id="asked again"),
    ],
)
def test_three_reads_after_trouble_are_polling(trouble: Channel) -> None:
    assert spans(*live(), trouble, *reads(22, 26, 34)) == [(22, 34.1, 3)]


def test_polling_is_timed_per_user_and_summed() -> None:
    lost = [socket(20, ChannelState.CLOSED, user=user) for user in ("ada", "ben")]
    mine = reads(22, 26, 34, 200, 210, 220)
    polls = [read(at_s, user="ben", status=None, took_ms=500) for at_s in (30, 60, 90, 120)]

    assert figures(*live(), *live(user="ben"), *lost, *mine, *polls).fallback == (
        Fallback(
            users=2,
            seconds=122.7,
            polls=10,
            spans=[
                Polling(user="ada", on_s=22, off_s=34.1, seconds=12.1, polls=3),
                Polling(user="ben", on_s=30, off_s=120.5, seconds=90.5, polls=4),
                Polling(user="ada", on_s=200, off_s=220.1, seconds=20.1, polls=3),
            ],
        )
    )


@pytest.mark.parametrize(
    ("ops", "expected"),
    [
        pytest.param([*live(), *reads(10, 11, 12, 13)], [], id="without trouble"),
        pytest.param([*live(), LOST, *reads(22, 26)], [], id="twice only"),
        pytest.param(
            [*live(), LOST, *reads(22, 26), *joined(30), read(31.1)], [], id="caught up after it"
        ),
        pytest.param(
            [*POLLED, *joined(40), read(41.1)],
            [(22, 34.1, 3)],
            id="the catch-up is no poll",
        ),
        pytest.param(
            [*POLLED, *joined(40), *reads(41.1, 50, 60)],
            [(22, 60.1, 5)],
            id="polling that does not stop",
        ),
        pytest.param(
            [*POLLED, change(40, READY), read(41.1), change(50, READY), *reads(51, 52)],
            [(22, 52.1, 5)],
            id="a new token is no recovery",
        ),
        pytest.param(
            [*live(), LOST, *reads(22, 26), *joined(30), change(31.05, READY), read(31.1)],
            [],
            id="ready twice before the catch-up",
        ),
        pytest.param(
            [*live(), LOST, *joined(22), change(23.05, ChannelState.CLOSED), *reads(25, 29, 37)],
            [(25, 37.1, 3)],
            id="lost before it caught up",
        ),
        pytest.param(
            [*live(), *flapping(20, 30, 40, 50)],
            [],
            id="rejoined four times",
        ),
        pytest.param(
            [*POLLED, *joined(40), read(41.1), LOST_AGAIN, *reads(52, 56, 64)],
            [(22, 34.1, 3), (52, 64.1, 3)],
            id="lost again",
        ),
        pytest.param(
            [*live(), LOST, *reads(22, 26), LOST_AGAIN, *reads(52, 56)],
            [(22, 56.1, 4)],
            id="trouble that goes on is one",
        ),
        pytest.param(
            [*live(), LOST, *reads(22, 112, 202)], [(22, 202.1, 3)], id="90 s between two starts"
        ),
        pytest.param([*live(), LOST, *reads(22, 112.1, 202.2)], [], id="90 s without a request"),
        pytest.param(
            [*POLLED, *reads(200, 210, 220)],
            [(22, 34.1, 3), (200, 220.1, 3)],
            id="a long gap",
        ),
    ],
)
def test_polling_is(ops: list[Op], expected: list[tuple[float, float, int]]) -> None:
    assert spans(*ops) == expected


def test_of_changes_at_the_same_instant_the_order_of_ops_does_not_decide() -> None:
    closed, ready = change(30, ChannelState.CLOSED), change(30, READY)
    polls = reads(32, 36, 44)

    assert spans(*live(), LOST, closed, ready, *polls) == spans(
        *live(), LOST, ready, closed, *polls
    )


def test_sends_and_other_reads_are_no_polls() -> None:
    others = [
        msgspec.structs.replace(read(at_s), **part)
        for at_s in (22, 26, 34)
        for part in ({"method": "POST"}, {"route": "/rest/v1/messages"})
    ]

    assert spans(*live(), LOST, *others) == []


@pytest.mark.parametrize(
    "detail",
    [
        "Too many messages per second",
        "Too many joins per second",
        "Too many presence messages per second",
        "Client presence rate limit exceeded",
        "ChannelRateLimitReached: Too many channels",
        "Unexpected response code: 429",
    ],
)
def test_throttling_is_known_by_its_words(detail: str) -> None:
    errored = change(20, ChannelState.ERRORED, detail)

    throttled = figures(*live(), errored).throttled

    assert throttled == [Reason(text=f"channel errored: {detail}", n=1, users=1)]


@pytest.mark.parametrize(
    "detail", ["phx_error", "Token has expired 14290 ms ago", "Too many cooks"]
)
def test_other_words_are_no_throttling(detail: str) -> None:
    assert figures(*live(), change(20, ChannelState.ERRORED, detail)).throttled == []


def test_an_answer_429_is_throttling_and_says_where() -> None:
    told = change(30, ChannelState.REFUSED, "Too many joins per second")
    busy = msgspec.structs.replace(read(20, status=429), code="over_request_rate_limit")

    assert figures(*live(), told, busy, read(21, status=429, user="ben"), busy).throttled == [
        Reason(text="429 over_request_rate_limit on GET /api/webinars/{id}/messages", n=2, users=1),
        Reason(text="429 on GET /api/webinars/{id}/messages", n=1, users=1),
        Reason(text="channel refused: Too many joins per second", n=1, users=1),
    ]


users = st.sampled_from(["ada", "ben"])
some_ops = st.lists(
    st.one_of(
        st.builds(
            change,
            st.integers(0, 30),
            st.sampled_from(ChannelState),
            st.sampled_from(["", "no token", "rate limit"]),
            user=users,
            topic=st.sampled_from(["socket", ROOM]),
        ),
        st.builds(read, st.integers(0, 30), user=users, status=st.sampled_from([200, 429])),
    ),
    max_size=40,
)


@given(ops=some_ops, seed=st.integers())
def test_the_order_of_ops_does_not_matter(ops: list[Op], seed: int) -> None:
    ops = [step("ada", StepName.LEAVE, 20, 30, waited_s=5), *ops]
    shuffled = list(ops)
    Random(seed).shuffle(shuffled)

    assert figures(*shuffled) == figures(*ops)


@given(ops=some_ops)
def test_polls_are_reads_and_none_is_counted_twice(ops: list[Op]) -> None:
    fallback = figures(*ops, change(31, READY)).fallback

    assert fallback is not None
    assert fallback.polls <= sum(isinstance(op, Exchange) for op in ops)
