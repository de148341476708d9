"""Conditions that a suite injects while a rehearsal goes on, and heals again.

Unlike defects they are nobody's mistake: networks and servers go down, and people must not lose
anything by it. The routes exist only with --allow-faults.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

    from eventlive.supabase.realtime.service import RealtimeService

REFUSED = {"error": "forbidden", "message": "지금은 메시지를 읽을 수 없습니다."}


@dataclass(slots=True)
class Faults:
    """What is injected at the moment."""

    realtime: RealtimeService
    refuses_polls: bool = False

    def inject(self, name: str) -> None:
        """`realtime-down`: no socket lives. `polls-refused`: that, and reading messages is a 403.

        Raises KeyError for any other name.
        """
        self.refuses_polls = {"realtime-down": False, "polls-refused": True}[name]
        self.realtime.go_down()

    def heal(self) -> None:
        """All is as before."""
        self.refuses_polls = False
        self.realtime.come_up()

    def routes(self) -> list[BaseRoute]:
        """`POST /_eventlive/faults/{name}` injects, `DELETE /_eventlive/faults` heals."""
        return [
            Route("/_eventlive/faults/{name}", self._inject, methods=["POST"]),
            Route("/_eventlive/faults", self._heal, methods=["DELETE"]),
        ]

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """`app`, except for what is refused at the moment."""

        async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
            is_poll = scope["type"] == "http" and scope["method"] == "GET"
            if self.refuses_polls and is_poll and scope["path"].endswith("/messages"):
                await JSONResponse(REFUSED, 403)(scope, receive, send)
            else:
                await app(scope, receive, send)

        return refusing

    async def _inject(self, request: Request) -> Response:
        try:
            self.inject(request.path_params["name"])
        except KeyError:
            return JSONResponse({"error": "no such fault"}, 404)
        return Response(status_code=204)

    async def _heal(self, request: Request) -> Response:
        self.heal()
        return Response(status_code=204)
