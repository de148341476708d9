"""EventLive with a Supabase behind it: the stand-in in this process, or a hosted project.

Or the stand-in alone, with the project of another application.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import httpx
import psycopg

from eventlive.api.backend import Backend
from eventlive.api.callers import Callers
from eventlive.api.errors import Refusal
from eventlive.api.supabase import Supabase
from eventlive.application import new_application
from eventlive.defects.breaking import (
    break_database,
    break_realtime,
    break_supabase,
    broken_bundle,
    broken_routes,
)
from eventlive.faults import Faults
from eventlive.gateway_log import GatewayLog
from eventlive.standin import stand_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from starlette.types import ASGIApp

    from eventlive.defects.defect import Choice
    from eventlive.settings import Settings, Transport
    from eventlive.standin import StandIn

ADMIN_EMAIL = "admin@eventlive.test"


class SettingsError(Exception):
    """The settings contradict each other; the message says which are missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The ready line: everything that a suite needs in order to use this EventLive.

    Members that only the owner of a hosted project can know are null there, and EventLive's own
    where there is none.
    """

    base_url: str | None
    supabase_url: str
    anon_key: str
    service_role_key: str
    publishable_key: str | None = None
    secret_key: str | None = None
    database_url: str | None
    webinar: int | None
    admin_email: str | None = None
    admin_password: str | None = None
    signing_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What to serve, and what to tell about it."""

    app: ASGIApp
    ready: Ready


@asynccontextmanager
async def over_stand_in(
    settings: Settings,
    *,
    allow_faults: bool = False,
    defects: Sequence[Choice] = (),
    gateway_log: Path | None = None,
) -> AsyncIterator[Deployment]:
    """EventLive over a stand-in of its own, with an admin account.

    Raises what `stand_in` does, and OSError for a log that cannot be written.
    """
    async with AsyncExitStack() as ending:
        local = await ending.enter_async_context(stand_in(settings))
        announce_by(settings.transport, local.database_url)
        # The routes speak HTTP to Supabase here too, only without a network in between.
        supabase_app = break_supabase(defects, local.app)
        if gateway_log:
            supabase_app = ending.enter_context(GatewayLog(gateway_log)).wrap(supabase_app)
        transport = httpx.ASGITransport(supabase_app, raise_app_exceptions=False)
        url = base_url(settings)
        http = await ending.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url=url)
        )
        project = local.project
        supabase = Supabase(
            http=http, anon_key=project.anon_key, service_role_key=project.service_role_key
        )
        await make_admin(supabase, local.admin_password)
        break_database(defects, local.database_url)
        break_realtime(defects, local.realtime)
        faults = Faults(local.realtime)
        app = new_application(
            new_backend(supabase, settings),
            gateway=supabase_app,
            instead=[*broken_routes(defects), *(faults.routes() if allow_faults else [])],
            bundle=broken_bundle(defects),
        )
        ready = replace(
            ready_at(url, local),
            base_url=url,
            webinar=settings.webinar,
            admin_email=ADMIN_EMAIL,
            admin_password=local.admin_password,
        )
        yield Deployment(app=faults.wrap(app) if allow_faults else app, ready=ready)


@asynccontextmanager
async def over_project(
    settings: Settings, *, gateway_log: Path | None = None
) -> AsyncIterator[Deployment]:
    """The stand-in alone, for the application whose project it is; somebody else serves its pages.

    Raises what `stand_in` does, and OSError for a log that cannot be written.
    """
    async with AsyncExitStack() as ending:
        local = await ending.enter_async_context(stand_in(settings))
        app = local.app
        if gateway_log:
            app = ending.enter_context(GatewayLog(gateway_log)).wrap(app)
        yield Deployment(app=app, ready=ready_at(base_url(settings), local))


def ready_at(url: str, local: StandIn) -> Ready:
    """What is to be known of a stand-in at this address."""
    project = local.project
    return Ready(
        base_url=None,
        supabase_url=url,
        anon_key=project.anon_key,
        service_role_key=project.service_role_key,
        publishable_key=project.publishable_key,
        secret_key=project.secret_key,
        database_url=local.database_url,
        webinar=None,
        signing_key=project.signing_key,
    )


@asynccontextmanager
async def over_hosted(settings: Settings) -> AsyncIterator[Deployment]:
    """EventLive over a real project. No account is made there. Raises SettingsError."""
    url, anon_key = settings.supabase_url, settings.supabase_anon_key
    service_role_key = settings.supabase_service_role_key
    if not url or not anon_key or not service_role_key:
        raise SettingsError(
            "SUPABASE_URL is set, so SUPABASE_ANON_KEY and SUPABASE_SERVICE_ROLE_KEY must be too"
        )
    async with httpx.AsyncClient(base_url=url) as http:
        supabase = Supabase(http=http, anon_key=anon_key, service_role_key=service_role_key)
        ready = Ready(
            base_url=base_url(settings),
            supabase_url=url,
            anon_key=anon_key,
            service_role_key=service_role_key,
            database_url=settings.database_url,
            webinar=settings.webinar,
        )
        app = new_application(new_backend(supabase, settings), supabase_url=url)
        yield Deployment(app=app, ready=ready)


def base_url(settings: Settings) -> str:
    """Where a browser on this machine reaches the site; the port must be known by now."""
    any_address = {"0.0.0.0": "127.0.0.1", "::": "::1"}
    host = any_address.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def new_backend(supabase: Supabase, settings: Settings) -> Backend:
    """The routes' backend over this project."""
    return Backend(supabase=supabase, callers=Callers(supabase), transport=settings.transport)


def announce_by(transport: Transport, database_url: str) -> None:
    """The database knows how its messages reach the pages."""
    with psycopg.connect(database_url) as connection:
        connection.execute("select app.set_transport(%s)", (transport.value,))


async def make_admin(supabase: Supabase, password: str) -> None:
    """The admin account exists. A kept database has it from last time, with the same password."""
    try:
        await supabase.create_user(
            ADMIN_EMAIL, password, display_name="운영자", app_metadata={"role": "admin"}
        )
    except Refusal as refusal:
        if refusal.code != "email_exists":
            raise
