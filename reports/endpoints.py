"""Requests per endpoint: how often, by how many users, after what failure and in which step.

Data for `summary`, appendix A1 of the incident report; nothing here knows what is good or bad. A
server's own calls to Supabase never cross the wire that was watched: they are told apart, from the
log of Supabase's gateway, where that could be read.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from reports.clocks import began_at_ns, ended_at_ns
from reports.figures import Share
from reports.history import Exchange, Served, StepName
from reports.spread import Spread, spread_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from reports.archive import History
    from reports.history import Step

# Longer than the product's longest back-off (30 s), shorter than its ping's period (110 s or more),
# which comes again whether or not the last one failed.
RETRY_WITHIN_S = 60
REQUEST_IDS_MAX = 3
_NS_PER_S = 1_000_000_000

Call = Exchange | Served


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Requests alike in method, route template, status, error code and calling library.

    `status` is None where no answer came; `duration_ms` then runs to the failure. `per_user` is of
    all users of the run, `per_minute` over the whole `span_s`. `serving` is the app's own route for
    which its server called, known to the gateway only. `request_ids` are the first ids by which the
    platform knows those that failed (`x-vercel-id`, `sb-request-id`).
    """

    method: str
    route: str
    status: int | None
    code: str
    caller: str
    n: int
    users: int
    per_user: float | None
    per_minute: float | None
    duration_ms: Spread
    serving: str = ""
    request_ids: list[str] = []


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """A failure and what the same user requested next, as `GET messages 503 -> GET messages 200`.

    It happened `n` times to `users` users, made of `requests` requests in all, for the first time
    `onset_s` seconds after the run's start. `repeated` in `text` stands for any number of times.
    """

    text: str
    n: int
    users: int
    requests: int
    onset_s: float


class Queries(msgspec.Struct, frozen=True, kw_only=True):
    """What one of the app's own routes asks of Supabase, spread over its calls that asked at all.

    The incident report counts queries so: one for each call to Supabase (section 3.1).
    """

    serving: str
    per_call: Spread


class Gateway(msgspec.Struct, frozen=True, kw_only=True):
    """All calls that Supabase answered, of browsers and of the app's server alike.

    `chains` are those of calls in a user's name.
    """

    requests: int
    span_s: float | None
    endpoints: list[Endpoint]
    chains: list[Chain]
    queries: list[Queries]


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """All requests of a run. `users_seen` of all users made any.

    `span_s` runs from the start of the first request to the end of the last one. `per_step` is
    spread over steps as users took them. Without any request `span_s`, `chains` and `per_step` are
    None: nobody knows. `gateway` is None where its log could not be read.
    """

    users_seen: Share
    requests: int
    span_s: float | None = None
    endpoints: list[Endpoint] = []
    chains: list[Chain] | None = None
    per_step: dict[StepName, Spread] | None = None
    gateway: Gateway | None = None


def endpoints_of(history: History) -> Endpoints:
    """The requests of a run, the most frequent endpoints and chains first."""
    exchanges = sorted(history.exchanges, key=_in_time)
    users = history.users()
    seen = Share(len({exchange.user for exchange in exchanges}), len(users))
    gateway = _gateway(history)
    if not exchanges:
        return Endpoints(users_seen=seen, requests=0, gateway=gateway)
    span_s = _span_s(exchanges)
    return Endpoints(
        users_seen=seen,
        requests=len(exchanges),
        span_s=round(span_s, 3),
        endpoints=_endpoints(exchanges, users=len(users), span_s=span_s),
        chains=_chains(exchanges, began_at_ns(history)),
        per_step=_per_step(history, exchanges),
        gateway=gateway,
    )


def queries_of(history: History) -> dict[str, list[int]]:
    """For each of the app's own routes, how often each call of it asked Supabase.

    Calls that did not ask at all are not known of.
    """
    calls: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in history.served_meanwhile():
        if one.serving and one.call:
            calls[one.serving][one.call] += 1
    return {serving: sorted(counts.values()) for serving, counts in calls.items()}


def _gateway(history: History) -> Gateway | None:
    calls = sorted(history.served_meanwhile(), key=_in_time)
    if not calls:
        return None
    span_s = _span_s(calls)
    queries = sorted(queries_of(history).items())
    return Gateway(
        requests=len(calls),
        span_s=round(span_s, 3),
        endpoints=_endpoints(calls, users=len(history.users()), span_s=span_s),
        chains=_chains([one for one in calls if one.user], began_at_ns(history)),
        queries=[Queries(serving=serving, per_call=spread_of(n)) for serving, n in queries],
    )


def _span_s(calls: Sequence[Call]) -> float:
    """From the start of the first to the end of the last; there must be one."""
    return (max(map(ended_at_ns, calls)) - calls[0].started_at_ns) / _NS_PER_S


def _in_time(exchange: Call) -> tuple[int, float, str, str, int, str]:
    """In time; of requests that started together, in an order that no shard's name decides."""
    status = 0 if exchange.status is None else exchange.status
    return (
        exchange.started_at_ns,
        exchange.duration_ms,
        exchange.method,
        exchange.route,
        status,
        exchange.code,
    )


def _endpoints(exchanges: Sequence[Call], *, users: int, span_s: float) -> list[Endpoint]:
    alike: defaultdict[tuple[str, str, int | None, str, str, str], list[Call]] = defaultdict(list)
    for one in exchanges:
        serving = one.serving if isinstance(one, Served) else ""
        alike[one.method, one.route, one.status, one.code, one.caller, serving].append(one)
    endpoints = [_endpoint(same, users=users, span_s=span_s) for same in alike.values()]
    return sorted(endpoints, key=_by_frequency)


def _endpoint(same: Sequence[Call], *, users: int, span_s: float) -> Endpoint:
    one = same[0]
    return Endpoint(
        method=one.method,
        route=one.route,
        status=one.status,
        code=one.code,
        caller=one.caller,
        n=len(same),
        users=len({exchange.user for exchange in same if exchange.user}),
        per_user=_ratio(len(same), users),
        per_minute=_ratio(len(same), span_s / 60),
        duration_ms=spread_of(exchange.duration_ms for exchange in same),
        serving=one.serving if isinstance(one, Served) else "",
        request_ids=_request_ids(same),
    )


def _request_ids(same: Sequence[Call]) -> list[str]:
    """Of what went well nobody asks for an id."""
    failed = [one for one in same if one.status is None or one.status >= 400]
    ids = [one.request_id for one in failed if isinstance(one, Exchange) and one.request_id]
    return ids[:REQUEST_IDS_MAX]


def _ratio(n: int, of: float) -> float | None:
    return round(n / of, 3) if of else None


def _by_frequency(endpoint: Endpoint) -> tuple[int, str, str, int, str, str, str]:
    status = 0 if endpoint.status is None else endpoint.status
    return (
        -endpoint.n,
        endpoint.route,
        endpoint.method,
        status,
        endpoint.code,
        endpoint.caller,
        endpoint.serving,
    )


def _chains(exchanges: Iterable[Call], started_at_ns: int) -> list[Chain]:
    alike: defaultdict[str, list[list[Call]]] = defaultdict(list)
    for same in _families(exchanges):
        for links in _linked(same):
            alike[_text(links)].append(links)
    chains = [_chain(text, found, started_at_ns) for text, found in alike.items()]
    return sorted(chains, key=lambda chain: (-chain.n, chain.text))


def _families(exchanges: Iterable[Call]) -> Collection[list[Call]]:
    """Each user's exchanges about each resource."""
    families: defaultdict[tuple[str, str], list[Call]] = defaultdict(list)
    for exchange in exchanges:
        families[exchange.user, _family(exchange.route)].append(exchange)
    return families.values()


def _family(route: str) -> str:
    """The resource a route is about, whichever service has it: its last segment with a name."""
    path = route.partition("?")[0]
    names = [name for name in path.split("/") if name and not name.startswith("{")]
    return names[-1] if names else path


def _linked(exchanges: Iterable[Call]) -> Iterator[list[Call]]:
    """The chains among consecutive exchanges; what neither failed nor followed is in none."""
    links: list[Call] = []
    for exchange in exchanges:
        if links and not _follows(exchange, links[-1]):
            if len(links) > 1:
                yield links
            links = []
        links.append(exchange)
    if len(links) > 1:
        yield links


def _follows(exchange: Call, earlier: Call) -> bool:
    """The earlier one had failed, not long ago, when this one started."""
    has_failed = earlier.status is None or earlier.status >= 400
    since_ns = exchange.started_at_ns - ended_at_ns(earlier)
    return has_failed and 0 <= since_ns <= RETRY_WITHIN_S * _NS_PER_S


def _text(links: Iterable[Call]) -> str:
    # How often a client tries again differs from user to user; the pattern is what they share.
    return " -> ".join(
        f"{name} repeated" if len(list(same)) > 1 else name
        for name, same in groupby(map(_name, links))
    )


def _name(exchange: Call) -> str:
    status = "no answer" if exchange.status is None else exchange.status
    return f"{exchange.method} {_family(exchange.route)} {status}"


def _chain(text: str, found: Sequence[Sequence[Call]], started_at_ns: int) -> Chain:
    first_ns = min(links[0].started_at_ns for links in found)
    return Chain(
        text=text,
        n=len(found),
        users=len({links[0].user for links in found}),
        requests=sum(len(links) for links in found),
        onset_s=round((first_ns - started_at_ns) / _NS_PER_S, 3),
    )


def _per_step(history: History, exchanges: Iterable[Call]) -> dict[StepName, Spread]:
    """Requests that began while a user acted, per step of hers; failed steps count too.

    A user of whom no request at all was seen is no sample.
    """
    starts_ns = _sorted_by_user((one.user, one.started_at_ns) for one in exchanges)
    clicks_ns = _sorted_by_user((send.user, send.clicked_at_ns) for send in history.sends)
    samples: defaultdict[StepName, list[int]] = defaultdict(list)
    for step in history.steps:
        if own_ns := starts_ns.get(step.user):
            since_ns = _acts_from_ns(step, clicks_ns.get(step.user, []))
            # Without its last instant: the next step starts there.
            n = bisect_left(own_ns, step.ended_at_ns) - bisect_left(own_ns, since_ns)
            samples[step.step].append(n)
    return {name: spread_of(samples[name]) for name in StepName if name in samples}


def _sorted_by_user(times: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    by_user: defaultdict[str, list[int]] = defaultdict(list)
    for user, at_ns in sorted(times):
        by_user[user].append(at_ns)
    return by_user


def _acts_from_ns(step: Step, clicks_ns: Sequence[int]) -> int:
    """When the waiting at the step's beginning was over."""
    waited_until_ns = step.started_at_ns + step.waited_ns
    # CHAT is one step for all sends of a user and `waited_ns` the sum of the waits between them:
    # it would skip the first sends.
    clicked = clicks_ns[bisect_left(clicks_ns, step.started_at_ns) :][:1]
    return min(waited_until_ns, *clicked) if clicked else waited_until_ns
