"""A defect, and a choice of one: how often, and for whom."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

    from eventlive.supabase.realtime.hub import Courier, Listener
    from eventlive.supabase.realtime.messages import Message

SEED = 20260206  # the same run of luck each time


class Wrap(Protocol):
    """Makes an application that behaves like `app`, but for the defect."""

    def __call__(self, app: ASGIApp, choice: Choice) -> ASGIApp: ...


class Deliver(Protocol):
    """Passes `message` to `listener` through `onwards`: once, never, twice, later, or changed."""

    def __call__(
        self, choice: Choice, onwards: Courier, listener: Listener, message: Message, event: str
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One thing that is wrong.

    `expected` are the checks that must turn red: checkers and gates by their names in
    `summary.json`, tests by the names of their functions. Empty: a variant that must stay green.
    `run` are the options of the smallest rehearsal that can show it. How it breaks, each empty or
    None where it does not: `routes` stand before the healthy ones, `wrap` goes around Supabase (for
    browsers and for the /api routes alike), `deliver` stands between the hub and each listener,
    `sql` is run once at start, and `page` names the folder of `site/src/defects` whose modules
    stand in for the page's own.
    """

    name: str
    story: str
    expected: tuple[str, ...]
    run: tuple[str, ...] = ()
    probability: float = 1.0
    routes: Callable[[Choice], Sequence[BaseRoute]] | None = None
    wrap: Wrap | None = None
    deliver: Deliver | None = None
    sql: str = ""
    page: str = ""

    @property
    def is_by_chance(self) -> bool:
        """It may hit one call and spare the next."""
        return not (self.sql or self.page)

    @property
    def paths(self) -> list[str]:
        """The routes that it replaces."""
        routes = self.routes(Choice(self)) if self.routes else []
        return [route.path for route in routes if isinstance(route, Route)]


class Choice:
    """A defect that was asked for; `user` is the e-mail address of the only one it hits, if any."""

    def __init__(self, defect: Defect, *, probability: float | None = None, user: str = "") -> None:
        self.defect = defect
        self.user = user
        self._probability = defect.probability if probability is None else probability
        self._luck = Random(f"{SEED}/{defect.name}")
        self.memory: dict[Any, Any] = {}

    def hits(self, email: object) -> bool:
        """Whether it is to happen now, to the person with this address."""
        if self.user and email != self.user:
            return False
        return self._probability >= 1 or self._luck.random() < self._probability
