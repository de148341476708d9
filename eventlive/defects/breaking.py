"""Breaking a stand-in as chosen: the only place where defects touch what they break."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

    from eventlive.defects.defect import Choice
    from eventlive.supabase.realtime.hub import Courier
    from eventlive.supabase.realtime.service import RealtimeService


def break_database(choices: Sequence[Choice], database_url: str) -> None:
    """The statements of these defects were carried out; others see them at once."""
    with psycopg.connect(database_url) as connection:
        for choice in choices:
            if choice.defect.sql:
                connection.execute(choice.defect.sql.encode())


def break_realtime(choices: Sequence[Choice], realtime: RealtimeService) -> None:
    """What is delivered goes through these defects, the first chosen first."""
    for choice in reversed(choices):
        if choice.defect.deliver:
            realtime.courier = _courier(choice, realtime.courier)


def _courier(choice: Choice, onwards: Courier) -> Courier:
    assert choice.defect.deliver is not None
    return partial(choice.defect.deliver, choice, onwards)


def break_supabase(choices: Sequence[Choice], app: ASGIApp) -> ASGIApp:
    """Supabase behind these defects."""
    for choice in choices:
        if choice.defect.wrap:
            app = choice.defect.wrap(app, choice)
    return app


def broken_routes(choices: Sequence[Choice]) -> list[BaseRoute]:
    """The routes that stand before healthy ones."""
    return [
        route
        for choice in choices
        if choice.defect.routes
        for route in choice.defect.routes(choice)
    ]


def broken_bundle(choices: Sequence[Choice]) -> str:
    """The folder of the page's scripts; empty for the healthy ones."""
    return next((f"defects/{choice.defect.page}" for choice in choices if choice.defect.page), "")
