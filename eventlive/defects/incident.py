"""The defects of the incident of 2026-02-06, each by itself, as small as it can be.

No browser sees most of them, as none did then: what fails is swallowed, and the healthy route
answers. Sources are the sections of the incident report.
"""

from __future__ import annotations

import json
from asyncio import sleep
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from starlette.requests import Request

from eventlive.api import access, presence, stats
from eventlive.api.backend import backend_of
from eventlive.api.bodies import read_body, webinar_of
from eventlive.api.errors import Refusal
from eventlive.defects.defect import Choice, Defect
from eventlive.defects.routes import instead

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from starlette.responses import Response
    from starlette.routing import Route
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from eventlive.api.backend import Backend
    from eventlive.api.bodies import Body
    from eventlive.api.callers import Caller
    from eventlive.defects.routes import Answer

    Step = Callable[[Backend, Caller, int], Awaitable[object]]

[TRACK], PING, [STATISTICS] = access.routes, presence.routes[0], stats.routes
# What getUser took on that day, and how much longer than usual a token did (section 4.3).
DELAYS_S = {("GET", "/auth/v1/user"): 2.0, ("POST", "/auth/v1/token"): 7.0}
# Auth still finds the session of a used token, but neither its place in the family nor when it was
# used, on which both of its mild rules depend (protocol B.4).
STRICTLY_ONCE = """
    create or replace function app.forget_use() returns trigger language plpgsql as $$
    begin
        new.parent := null;
        new.updated_at := 'epoch';
        return new;
    end
    $$;
    create or replace trigger use_is_forgotten before insert or update on auth.refresh_tokens
    for each row execute function app.forget_use();
"""
RELEASE, REFERENCE = ("--gates", "release"), ("--gates", "reference")
# Of a connection that nobody uses any more, PostgreSQL counts the last rollbacks 10 s later.
UNTIL_COUNTED = (*RELEASE, "--hold-s", "11")


async def _look_up(backend: Backend, caller: Caller, webinar_id: int) -> None:
    """Asks for `registrations.id`, a column that there is not: 400, always (section 4.1)."""
    params = {
        "select": "id",
        "webinar_id": f"eq.{webinar_id}",
        "user_id": f"eq.{caller.user_id}",
    }
    await backend.supabase.rest("GET", "registrations", token=caller.token, params=params)


async def _insert(backend: Backend, caller: Caller, webinar_id: int) -> None:
    """A plain INSERT, which meets the row of whoever is registered: 409 (section 4.2)."""
    row = {"webinar_id": webinar_id, "user_id": caller.user_id}
    await backend.supabase.rest("POST", "registrations", token=caller.token, params={}, body=row)


async def _get_user(backend: Backend, caller: Caller, _: int) -> None:
    """What `supabase.auth.getUser()` asks, though the token's signature says it all."""
    await backend.supabase.user(caller.token)


async def _after(steps: Iterable[Step], healthy: Answer, request: Request) -> Response:
    """The healthy answer; a step before it that fails stops neither the next one nor this."""
    backend = backend_of(request)
    caller = await backend.callers.of(request)
    for step in steps:
        with suppress(Refusal):
            await step(backend, caller, webinar_of(request))
    return await healthy(request)


async def _enter_by_insert(request: Request) -> Response:
    """An entry without upsert: the INSERT, then what the door does at a heartbeat."""
    if (await _body(request)).get("event") != "enter":
        return await access.track(request)
    return await _after([_insert], access.track, await _saying(request, "heartbeat"))


async def _ping_like_the_door(request: Request) -> Response:
    """A ping that looks, registers and keeps the session as an entry does (section 3.1)."""
    await access.track(await _saying(request, "enter"))
    return await presence.ping(request)


async def _statistics_one_by_one(request: Request) -> Response:
    """Statistics that ask for each attendee's profile by itself (section 9)."""
    answer = await stats.access(request)
    backend = backend_of(request)
    caller = await backend.callers.of(request)
    for attendee in json.loads(bytes(answer.body))["attendees"]:
        params = {"select": "display_name", "id": f"eq.{attendee['user_id']}"}
        await backend.supabase.rest("GET", "profiles", token=caller.token, params=params)
    return answer


async def _body(request: Request) -> Body:
    """The body, which can be read again afterwards. Raises ApiError 400, 413."""
    await request.body()
    return await read_body(request)


async def _saying(request: Request, event: str) -> Request:
    """The same call with this event in its body. Raises ApiError 400, 413."""
    body = json.dumps(await _body(request) | {"event": event}).encode()

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    return Request(request.scope, receive)


def _first(*steps: Step) -> Callable[[Choice], list[Route]]:
    """The hot routes, each of which takes these steps before it answers."""
    return instead(*((route, partial(_after, steps, route.endpoint)) for route in (TRACK, PING)))


def _slow(app: ASGIApp, choice: Choice) -> ASGIApp:
    """`app`, some of whose answers are held back; whom they are for is read in them."""

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        delay_s = DELAYS_S.get((scope.get("method", ""), scope.get("path", "")))
        if delay_s is None:
            await app(scope, receive, send)
            return
        answer: list[Message] = []

        async def hold(message: Message) -> None:
            answer.append(message)

        await app(scope, receive, hold)
        if choice.hits(_user_in(answer)):
            await sleep(delay_s)
        for message in answer:
            await send(message)

    return slow


def _user_in(answer: Iterable[Message]) -> str:
    """The address of the user whom Auth answers with, beside a token or alone; empty if none."""
    told = json.loads(b"".join(message.get("body", b"") for message in answer))
    return str(told.get("user", told).get("email", ""))


DEFECTS = (
    Defect(
        name="registrations-id-column",
        story="track and ping look a registration up by a column that there is not; all go on",
        expected=(
            "registrations.status_400.count",
            "database.rollbacks_per_entry.value",
        ),
        run=UNTIL_COUNTED,
        routes=_first(_look_up),
    ),
    Defect(
        name="continue-after-400",
        story="the look-up's 400 is taken for 'not registered': an INSERT follows, and its 409",
        expected=(
            "registrations.status_400.count",
            "registrations.status_409.count",
            "database.rollbacks_per_entry.value",
        ),
        run=UNTIL_COUNTED,
        routes=_first(_look_up, _insert),
    ),
    Defect(
        name="missing-upsert",
        story="an entry inserts without on_conflict; the 409 of whoever is registered is ignored",
        expected=("registrations.status_409.count", "database.rollbacks_per_entry.value"),
        run=UNTIL_COUNTED,
        routes=instead((TRACK, _enter_by_insert)),
    ),
    Defect(
        name="heavy-ping",
        story="each ping does all that an entry does: four queries instead of one",
        expected=("queries.ping.max",),
        run=REFERENCE,
        routes=instead((PING, _ping_like_the_door)),
    ),
    Defect(
        name="auth-user-per-ping",
        story="track and ping ask Auth who calls, each time, instead of reading the token",
        expected=("auth.user.requests_per_user.max",),
        run=RELEASE,
        routes=_first(_get_user),
    ),
    Defect(
        name="slow-auth",
        story="Auth takes 2 s to say who somebody is, and 7 s more for a token",
        expected=("auth.token.latency_ms.p95",),
        run=RELEASE,
        wrap=_slow,
    ),
    Defect(
        name="refresh-race",
        story="a refresh token is good for one use: of two tabs that refresh, one ends the session",
        expected=("test_tabs_that_refresh_at_once_all_stay_signed_in",),
        run=("e2e/roles", "-k", "refresh_at_once"),
        sql=STRICTLY_ONCE,
    ),
    Defect(
        name="greeting-button-dead-before-ready",
        story="the greeting button can be clicked before the room is ready, and then does nothing",
        expected=("test_whoever_greets_as_soon_as_the_button_lets_her_has_greeted",),
        run=("e2e/resilience", "-k", "as_soon_as"),
        page="greeting-button-dead-before-ready",
    ),
    Defect(
        name="n-plus-one-profiles",
        story="the console's statistics ask for each attendee's profile with a call of its own",
        expected=("queries.statistics.max",),
        run=REFERENCE,
        routes=instead((STATISTICS, _statistics_one_by_one)),
    ),
    Defect(
        name="admin-poll-5s-forever",
        story="the console asks every five seconds for ever, however the server fares",
        expected=(
            "test_the_console_asks_for_its_figures_every_ten_seconds",
            "test_the_console_asks_less_and_less_while_the_server_fails_and_then_as_before",
            "test_a_refusal_ends_the_consoles_asking_and_is_told_to_the_admin",
        ),
        run=("e2e/roles/test_console_pace.py",),
        page="admin-poll-5s-forever",
    ),
)
