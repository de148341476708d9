"""What every route needs at hand; hung on the application's state once at start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from eventlive.api.recent import Recent

if TYPE_CHECKING:
    from starlette.requests import Request

    from eventlive.api.callers import Callers
    from eventlive.api.supabase import Supabase
    from eventlive.settings import Transport

NAME_KEPT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The project, its callers, the chosen chat transport, and authors' names of late."""

    supabase: Supabase
    callers: Callers
    transport: Transport
    names: Recent[str] = field(default_factory=lambda: Recent(keep_s=NAME_KEPT_S))


def backend_of(request: Request) -> Backend:
    """The backend that the server hung on this application."""
    return cast("Backend", request.app.state.backend)
