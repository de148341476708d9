"""What can let the wrong people in: to rows, to the channel, to the console, into others' pages."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from eventlive import pages
from eventlive.api import access, messages, stats
from eventlive.api.backend import backend_of
from eventlive.api.bodies import webinar_of
from eventlive.api.errors import ApiError
from eventlive.defects.callers import email_of
from eventlive.defects.defect import Defect
from eventlive.defects.routes import instead

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from eventlive.defects.routes import Answer

log = logging.getLogger(__name__)

PROMISES = ("e2e/security",)
[TRACK], [_, READING, _], [STATISTICS] = access.routes, messages.routes, stats.routes
DOCUMENTS = [one for one in pages.routes if not one.path.startswith(("/static/", "/vendor/"))]
ANY_SCRIPT = "script-src * 'unsafe-inline'"

WITHOUT_ROW_SECURITY = """
    do $$
    declare
        name text;
    begin
        for name in select tablename from pg_tables where schemaname = 'public' loop
            execute format('alter table public.%I disable row level security', name);
        end loop;
    end
    $$
"""
ANYBODY_BROADCASTS = """
    drop policy if exists "anybody speaks" on realtime.messages;
    create policy "anybody speaks" on realtime.messages
    for insert to anon, authenticated with check (extension = 'broadcast')
"""
# The route reads back what it stores, and so needs the second policy.
ANYBODY_WRITES = """
    drop policy if exists "whoever is signed in writes" on public.messages;
    create policy "whoever is signed in writes" on public.messages
    for insert to authenticated with check (user_id = (select auth.uid()));
    drop policy if exists "one reads what one wrote" on public.messages;
    create policy "one reads what one wrote" on public.messages
    for select to authenticated using (user_id = (select auth.uid()))
"""


def _with_any_script(route: Route) -> tuple[Route, Answer]:
    """The same document, in which a script may stand anywhere."""

    async def answer(request: Request) -> Response:
        response: Response = await route.endpoint(request)
        response.headers["content-security-policy"] = ANY_SCRIPT
        return response

    return route, answer


async def _figures_for_everybody(request: Request) -> Response:
    """The figures as the server itself may read them, whoever asks."""
    supabase = backend_of(request).supabase
    params = {"select": "user_id,display_name", "webinar_id": f"eq.{webinar_of(request)}"}
    seen = await supabase.rest(
        "GET", "live_attendees", token=supabase.service_role_key, params=params
    )
    figures = {"present": len(seen.rows), "registered": 0, "messages": 0}
    return JSONResponse(figures | {"attendees": seen.rows})


async def _read_by_any_token(request: Request) -> Response:
    """The chat, or an empty one for whoever only says who she is."""
    try:
        return await messages.read(request)
    except ApiError:
        if not email_of(request):
            raise
        return JSONResponse({"messages": []})


async def _track_aloud(request: Request) -> Response:
    """The door's answer, and a line in the server's log that says too much."""
    log.warning("track: %s", request.headers.get("authorization"))
    return await access.track(request)


async def _track_for_every_site(request: Request) -> Response:
    """The door's answer, which other sites may have in a visitor's name, and a cookie for all."""
    response = await access.track(request)
    response.headers["Access-Control-Allow-Origin"] = request.headers.get("origin", "*")
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.set_cookie("visitor", "1", httponly=False, samesite="none")
    return response


DEFECTS = (
    Defect(
        name="rls-off",
        story="row level security is off: the tables take and show whatever they are asked",
        expected=(
            "test_whoever_has_no_seat_finds_nothing_of_those_who_have",
            "test_whoever_has_no_seat_leaves_every_row_as_it_was",
            "test_when_somebody_came_is_nobody_elses_business",
            "test_nobody_touches_what_is_somebody_elses",
            "test_whoever_has_no_seat_hears_nothing",
            "test_whoever_has_no_seat_cannot_get_a_word_in",
        ),
        run=PROMISES,
        sql=WITHOUT_ROW_SECURITY,
    ),
    Defect(
        name="public-channel-publish",
        story="anybody may broadcast to a webinar, signed in or not",
        expected=("test_nobody_speaks_in_the_servers_place",),
        run=PROMISES,
        sql=ANYBODY_BROADCASTS,
    ),
    Defect(
        name="stored-xss",
        story="what people write is put into the page as markup, and scripts in it may run",
        expected=(
            "test_nothing_that_is_written_runs_in_the_chat",
            "test_nothing_that_is_written_runs_in_the_console",
        ),
        run=PROMISES,
        routes=instead(*map(_with_any_script, DOCUMENTS)),
        page="stored-xss",
    ),
    Defect(
        name="non-registrant-can-post",
        story="whoever is signed in may write into any webinar",
        expected=(
            "test_whoever_has_no_seat_leaves_every_row_as_it_was",
            "test_whoever_has_no_seat_cannot_get_a_word_in",
        ),
        run=PROMISES,
        sql=ANYBODY_WRITES,
    ),
    Defect(
        name="token-in-url",
        story="the page puts its access token into the address of each call",
        expected=("test_a_page_leaves_no_secret_where_others_look",),
        run=PROMISES,
        page="token-in-url",
    ),
    Defect(
        name="token-in-log",
        story="the server logs the access token of whoever comes in",
        expected=("test_no_file_of_a_run_holds_a_secret",),
        run=PROMISES,
        routes=instead((TRACK, _track_aloud)),
    ),
    Defect(
        name="admin-stats-open",
        story="the console's figures are everybody's, with the names of those present",
        expected=(
            "test_the_figures_are_for_admins_only",
            "test_nobody_makes_herself_an_admin",
            "test_whoever_has_no_seat_finds_nothing_of_those_who_have",
        ),
        run=PROMISES,
        routes=instead((STATISTICS, _figures_for_everybody)),
    ),
    Defect(
        name="unchecked-tokens",
        story="a route believes what a token says, whoever signed it",
        expected=("test_a_forged_token_opens_none",),
        run=PROMISES,
        routes=instead((READING, _read_by_any_token)),
    ),
    Defect(
        name="open-to-other-sites",
        story="the door lets other sites call in a visitor's name, and leaves a loose cookie",
        expected=(
            "test_other_sites_cannot_act_in_a_visitors_name",
            "test_a_visit_leaves_no_cookie_that_others_could_use",
        ),
        run=PROMISES,
        routes=instead((TRACK, _track_for_every_site)),
    ),
)
