"""Requests per endpoint, chains of retries, and requests per step."""

from __future__ import annotations

from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.endpoints import Chain, Endpoint, Endpoints, endpoints_of, queries_of
from reports.figures import Share
from reports.history import SERVER, Exchange, Op, StepName
from reports.spread import Spread
from tests.reports.histories import SERVING, accepted, healthy, history_of, ns, served, step

REGISTRATIONS = "/rest/v1/registrations"
MESSAGES = "/api/webinars/{id}/messages"


def exchange(
    at_s: float,
    call: str = f"GET {MESSAGES}",
    status: int | None = 200,
    *,
    user: str = "ada",
    took_ms: float = 100,
    code: str = "",
    caller: str = "",
) -> Exchange:
    method, _, route = call.partition(" ")
    return Exchange(
        user=user,
        method=method,
        route=route,
        status=status,
        started_at_ns=ns(at_s),
        duration_ms=took_ms,
        code=code,
        caller=caller,
    )


def figures(*ops: Op) -> Endpoints:
    return endpoints_of(history_of(ops))


def chains(*ops: Op) -> list[Chain]:
    found = figures(*ops).chains
    assert found is not None
    return found


def test_an_endpoint_counts_requests_users_rates_and_durations() -> None:
    page = figures(
        exchange(10, took_ms=100),
        exchange(20, took_ms=300),
        exchange(69, user="ben", took_ms=1000),
    )

    assert page.endpoints == [
        Endpoint(
            method="GET",
            route=MESSAGES,
            status=200,
            code="",
            caller="",
            n=3,
            users=2,
            per_user=1,
            per_minute=3,
            duration_ms=Spread(n=3, mean=466.667, p50=300, p95=1000, max=1000),
        )
    ]
    assert (page.users_seen, page.requests, page.span_s) == (Share(2, 3), 3, 60)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(exchange(1, f"HEAD {MESSAGES}"), id="method"),
        pytest.param(exchange(1, f"GET {REGISTRATIONS}"), id="route"),
        pytest.param(exchange(1, status=204), id="status"),
        pytest.param(exchange(1, status=None), id="no answer"),
        pytest.param(exchange(1, code="23505"), id="code"),
        pytest.param(exchange(1, caller="supabase-js/2.119.1"), id="caller"),
    ],
)
def test_requests_are_apart_that_differ_in(other: Exchange) -> None:
    found = figures(exchange(0), exchange(2), other).endpoints

    assert [endpoint.n for endpoint in found] == [2, 1]


def test_what_failed_is_named_as_the_platform_knows_it_and_what_went_well_is_not() -> None:
    def named(at_s: float, status: int | None) -> Exchange:
        return msgspec.structs.replace(exchange(at_s, status=status), request_id=f"fra1::{at_s}")

    ops = [named(1, 200), *(named(at_s, 503) for at_s in range(2, 7)), exchange(8, status=404)]

    ids = {one.status: one.request_ids for one in endpoints_of(history_of(ops)).endpoints}

    assert ids == {200: [], 503: ["fra1::2", "fra1::3", "fra1::4"], 404: []}


def test_calls_of_a_server_of_which_no_route_is_known_are_nobodys_queries() -> None:
    unknown = served("", "/rest/v1/registrations", 400)
    unknown = msgspec.structs.replace(unknown, serving=SERVER)

    assert queries_of(history_of([*healthy(), unknown])) == {}


def test_endpoints_come_most_frequent_first_then_by_route_method_and_status() -> None:
    found = figures(
        exchange(0, "POST /b"),
        exchange(1, "GET /b", 404),
        exchange(2, "GET /b", 200),
        exchange(3, "GET /b", None),
        exchange(4, "POST /a"),
        exchange(5, "GET /c"),
        exchange(6, "GET /c"),
    ).endpoints

    assert [(one.method, one.route, one.status) for one in found] == [
        ("GET", "/c", 200),
        ("POST", "/a", 200),
        ("GET", "/b", None),
        ("GET", "/b", 200),
        ("GET", "/b", 404),
        ("POST", "/b", 200),
    ]


def test_the_span_ends_with_the_last_answer_and_not_with_the_last_request() -> None:
    assert figures(exchange(0, took_ms=5000), exchange(1)).span_s == 5


def test_a_run_without_any_request_knows_nothing() -> None:
    silent = figures(step("ada", StepName.SIGN_IN, 0, 4))

    assert silent == Endpoints(users_seen=Share(0, 3), requests=0)
    assert (silent.span_s, silent.chains, silent.per_step) == (None, None, None)


def test_an_instant_has_no_rate() -> None:
    assert figures(exchange(1, took_ms=0)).endpoints[0].per_minute is None


def test_the_incident_s_chain_is_found_with_its_onset() -> None:
    found = chains(
        exchange(30, f"GET {REGISTRATIONS}", 400, user="ben"),
        exchange(30.2, f"POST {REGISTRATIONS}", 409, user="ben"),
        exchange(12, f"GET {REGISTRATIONS}", 400),
        exchange(12.2, f"POST {REGISTRATIONS}", 409),
        exchange(100, f"GET {REGISTRATIONS}", 400),
        exchange(100.2, f"POST {REGISTRATIONS}", 409),
    )

    text = "GET registrations 400 -> POST registrations 409"
    assert found == [Chain(text=text, n=3, users=2, requests=6, onset_s=12)]


TRACK = "POST /api/webinars/{id}/access/track"
PING = "POST /api/webinars/{id}/presence/ping"


@pytest.mark.parametrize(
    ("ops", "texts"),
    [
        pytest.param(
            [exchange(1, TRACK, None), exchange(2, TRACK, 200)],
            ["POST track no answer -> POST track 200"],
            id="no answer is a failure",
        ),
        pytest.param(
            [exchange(at_s, TRACK, 503) for at_s in range(5)],
            ["POST track 503 repeated"],
            id="the same again and again is one chain",
        ),
        pytest.param(
            [exchange(1, TRACK, 503), exchange(2, TRACK, 503), exchange(3, TRACK, 200)],
            ["POST track 503 repeated -> POST track 200"],
            id="success ends a chain and belongs to it",
        ),
        pytest.param(
            [exchange(1, TRACK, 503), exchange(2, TRACK, 200), exchange(3, TRACK, 200)],
            ["POST track 503 -> POST track 200"],
            id="what follows a success belongs to no chain",
        ),
        pytest.param(
            [
                exchange(1, "POST /auth/v1/token?grant_type=password", 429),
                exchange(2, "POST /auth/v1/token?grant_type=refresh_token", 400),
            ],
            ["POST token 429 -> POST token 400"],
            id="a query is no part of the family",
        ),
        pytest.param(
            [exchange(1, "GET /rest/v1/webinars", 400), exchange(2, "GET /api/webinars/{id}", 200)],
            ["GET webinars 400 -> GET webinars 200"],
            id="neither is an id, nor the service",
        ),
        pytest.param(
            [exchange(1, TRACK, 503), exchange(1.5, PING, 204), exchange(2, TRACK, 200)],
            ["POST track 503 -> POST track 200"],
            id="other families in between do not matter",
        ),
        pytest.param(
            [exchange(1, TRACK, 399), exchange(2, TRACK, 200)], [], id="399 is no failure"
        ),
        pytest.param(
            [exchange(1, TRACK, 400), exchange(61.1, TRACK, 200)],
            ["POST track 400 -> POST track 200"],
            id="a minute after the answer is in time",
        ),
        pytest.param(
            [exchange(1, TRACK, 400), exchange(61.2, TRACK, 200)], [], id="later is too late"
        ),
        pytest.param(
            [exchange(1, TRACK, 400, took_ms=2000), exchange(2, TRACK, 200)],
            [],
            id="who did not know of the failure did not retry",
        ),
        pytest.param([exchange(1, TRACK, 400), exchange(2, PING, 204)], [], id="another family"),
        pytest.param(
            [exchange(1, TRACK, 400), exchange(2, TRACK, 200, user="ben")], [], id="another user"
        ),
        pytest.param([exchange(1, TRACK, 400)], [], id="nothing followed"),
    ],
)
def test_what_follows_a_failure_is_a_chain(ops: list[Op], texts: list[str]) -> None:
    assert [chain.text for chain in chains(*ops)] == texts


def test_chains_come_most_frequent_first_then_by_text() -> None:
    found = chains(
        exchange(1, TRACK, 400),
        exchange(2, TRACK, 200),
        exchange(1, PING, 500),
        exchange(2, PING, 204),
        exchange(1, "GET /x", 500),
        exchange(2, "GET /x", 200),
        exchange(3, "GET /x", 500),
        exchange(4, "GET /x", 200),
    )

    assert [(chain.n, chain.text.split()[1]) for chain in found] == [
        (2, "x"),
        (1, "ping"),
        (1, "track"),
    ]


def test_repeated_attempts_are_counted_and_not_spelt_out() -> None:
    few = [exchange(at_s, TRACK, 503) for at_s in range(2)]
    many = [exchange(at_s, TRACK, 503, user="ben") for at_s in range(7)]

    (chain,) = chains(*few, *many)

    assert (chain.n, chain.users, chain.requests) == (2, 2, 9)


def test_a_step_counts_the_requests_that_began_while_its_user_acted() -> None:
    per_step = figures(
        step("ada", StepName.GREET, 10, 20, waited_s=5),
        exchange(14.9),  # while she waited
        exchange(15),
        exchange(19.9, took_ms=5000),
        exchange(20),  # the next step's
        exchange(17, user="ben"),
    ).per_step

    assert per_step == {StepName.GREET: Spread(n=1, mean=2, p50=2, p95=2, max=2)}


def test_requests_per_step_are_spread_over_users_and_failed_or_idle_ones_count() -> None:
    per_step = figures(
        *[step(user, StepName.SEAT, 0, 10) for user in ("ada", "ben")],
        *[exchange(at_s) for at_s in (1, 2, 3)],
        exchange(11, user="ben"),
    ).per_step

    assert per_step == {StepName.SEAT: Spread(n=2, mean=1.5, p50=0, p95=3, max=3)}


def test_a_user_of_whom_no_request_was_seen_is_no_sample() -> None:
    steps = [step(user, StepName.SEAT, 0, 10) for user in ("ada", "ben")]

    per_step = figures(*steps, exchange(1)).per_step

    assert per_step is not None
    assert per_step[StepName.SEAT].n == 1


def test_a_chat_of_several_sends_counts_from_its_first_click() -> None:
    # Two sends, at 30 and 40, and 17 s of waiting in all: 23 + 17 would miss the first of them.
    per_step = figures(
        step("ada", StepName.CHAT, 23, 41, waited_s=17),
        accepted("ada", 2, "102"),
        accepted("ada", 1, "101"),
        exchange(30.01, f"POST {MESSAGES}", 201),
        exchange(40.01, f"POST {MESSAGES}", 201),
    ).per_step

    assert per_step == {StepName.CHAT: Spread(n=1, mean=2, p50=2, p95=2, max=2)}


some_exchanges = st.lists(
    st.builds(
        exchange,
        st.integers(0, 40),
        st.sampled_from([TRACK, PING, f"GET {REGISTRATIONS}", f"POST {REGISTRATIONS}"]),
        st.sampled_from([200, 400, 409, None]),
        user=st.sampled_from(["ada", "ben"]),
        took_ms=st.sampled_from([0, 0.1, 300, 2000]),
    ),
    max_size=20,
)
STEPS = [
    step(user, name, at_s, at_s + 10, waited_s=3)
    for user in ("ada", "ben")
    for at_s, name in ((0, StepName.SIGN_IN), (10, StepName.SEAT), (20, StepName.GREET))
]


@given(exchanges=some_exchanges, seed=st.integers())
def test_the_order_of_ops_does_not_matter(exchanges: list[Exchange], seed: int) -> None:
    ops: list[Op] = [*STEPS, accepted("ada", 0, "100"), *exchanges]
    shuffled = list(ops)
    Random(seed).shuffle(shuffled)

    assert figures(*shuffled) == figures(*ops)


@given(exchanges=some_exchanges)
def test_every_request_is_counted_at_one_endpoint(exchanges: list[Exchange]) -> None:
    page = figures(*exchanges)

    assert sum(endpoint.n for endpoint in page.endpoints) == page.requests == len(exchanges)


def test_the_gateway_tells_the_servers_calls_by_the_route_they_served() -> None:
    look, insert = "/rest/v1/registrations?select=id", "/rest/v1/registrations"
    gateway = figures(
        served("ada", look, 400, "1"),
        served("ada", insert, 409, "1", after_s=0.6),
        served("ben", insert, 201, "6"),
        served("", "/auth/v1/token?grant_type=password", 200),
    ).gateway

    assert gateway is not None
    assert (gateway.requests, gateway.span_s) == (4, 6.003)
    assert [(one.route, one.status, one.serving) for one in gateway.endpoints] == [
        ("/auth/v1/token?grant_type=password", 200, ""),
        (insert, 201, SERVING["track"]),
        (insert, 409, SERVING["track"]),
        (look, 400, SERVING["track"]),
    ]
    assert [chain.text for chain in gateway.chains] == [
        "POST registrations 400 -> POST registrations 409"
    ]
    [queries] = gateway.queries
    assert (queries.serving, queries.per_call.n, queries.per_call.max) == (SERVING["track"], 2, 2)


def test_what_the_gateway_answers_after_the_crowd_is_nobodys_of_it() -> None:
    calls = [served("ada", "/rest/v1/entrances", 200, str(at_s)) for at_s in (1, 9, 11)]

    gateway = figures(exchange(1), exchange(10), *calls).gateway

    assert gateway is not None
    assert gateway.requests == 2


def test_where_its_log_cannot_be_read_the_gateway_is_not_known() -> None:
    assert figures(exchange(10)).gateway is None
