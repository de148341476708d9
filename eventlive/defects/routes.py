"""Routes of the app that are answered otherwise, for those whom a choice hits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from eventlive.defects.callers import email_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from eventlive.defects.defect import Choice

    Answer = Callable[[Request], Awaitable[Response]]


def instead(*answers: tuple[Route, Answer]) -> Callable[[Choice], list[Route]]:
    """Routes like these, each with the answer beside it."""
    return lambda choice: [_broken(route, answer, choice) for route, answer in answers]


def _broken(healthy: Route, answer: Answer, choice: Choice) -> Route:
    async def chosen(request: Request) -> Response:
        is_hit = choice.hits(email_of(request))
        response: Response = await (answer if is_hit else healthy.endpoint)(request)
        return response

    return Route(healthy.path, chosen, methods=healthy.methods)
