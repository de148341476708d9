"""What can go wrong with a message between its author and those who should read it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from eventlive.defects.callers import email_of
from eventlive.defects.defect import Choice, Defect
from eventlive.supabase.realtime.messages import BroadcastMessage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from eventlive.defects.defect import Deliver
    from eventlive.supabase.realtime.hub import Courier, Listener
    from eventlive.supabase.realtime.messages import Message

    Edit = Callable[[dict[str, Any], Listener], dict[str, Any]]

CHAT = "message"
BROADCASTS = "/realtime/v1/api/broadcast"
INSERTS = "/rest/v1/messages"
DELAY_S = 5.5
TURN_S = 0.7
FIRST_MADE_UP_ID = 900_000_000_000


def _drop(
    choice: Choice, onwards: Courier, listener: Listener, message: Message, event: str
) -> None:
    if not (event == CHAT and _hits(choice, listener)):
        onwards(listener, message, event)


def _silence(
    choice: Choice, onwards: Courier, listener: Listener, message: Message, event: str
) -> None:
    if not _hits(choice, listener):
        onwards(listener, message, event)


def _repeat(
    choice: Choice, onwards: Courier, listener: Listener, message: Message, event: str
) -> None:
    onwards(listener, message, event)
    if event == CHAT and _hits(choice, listener):
        onwards(listener, message, event)


def _delay(
    choice: Choice, onwards: Courier, listener: Listener, message: Message, event: str
) -> None:
    if event == CHAT and _hits(choice, listener):
        asyncio.get_running_loop().call_later(DELAY_S, onwards, listener, message, event)
    else:
        onwards(listener, message, event)


def _queue(
    choice: Choice, onwards: Courier, listener: Listener, message: Message, event: str
) -> None:
    """One page is sent to after the other: the more are there, the later it reaches the last."""
    if event != CHAT or not isinstance(message, BroadcastMessage):
        onwards(listener, message, event)
        return
    key = message.json()["id"]
    place = choice.memory[key] = choice.memory.get(key, -1) + 1
    asyncio.get_running_loop().call_later(place * TURN_S, onwards, listener, message, event)


def _hold_back(
    choice: Choice, onwards: Courier, listener: Listener, message: Message, event: str
) -> None:
    """An author's first message waits until the second has overtaken it."""
    if event != CHAT or not isinstance(message, BroadcastMessage):
        onwards(listener, message, event)
        return
    place = (listener, message.json()["user_id"])
    if place not in choice.memory:
        choice.memory[place] = message
        return
    onwards(listener, message, event)
    if (held := choice.memory[place]) is not None:
        onwards(listener, held, event)
        choice.memory[place] = None


def _edited(edit: Edit, *, is_extra: bool = False) -> Deliver:
    """A delivery of which `edit` makes another message; `is_extra`: beside the right one."""

    def deliver(
        choice: Choice, onwards: Courier, listener: Listener, message: Message, event: str
    ) -> None:
        is_hit = event == CHAT and isinstance(message, BroadcastMessage) and _hits(choice, listener)
        if is_extra or not is_hit:
            onwards(listener, message, event)
        if is_hit:
            assert isinstance(message, BroadcastMessage)
            changed = msgspec.json.encode(edit(message.json(), listener))
            onwards(listener, message.with_payload(changed), event)

    return deliver


def _cut(message: dict[str, Any], _: Listener) -> dict[str, Any]:
    """The body as a column of too few bytes would keep it."""
    kept = message["body"].encode()[:-1].decode(errors="replace")
    return message | {"body": kept}


def _as_reader(message: dict[str, Any], listener: Listener) -> dict[str, Any]:
    return message | {"user_id": listener.caller.user_id}


def _elsewhere(message: dict[str, Any], _: Listener) -> dict[str, Any]:
    return message | {"webinar_id": message["webinar_id"] + 1}


def _instead(
    answer: Callable[[Request], Awaitable[Response]],
    method: str,
    path: str,
    app: ASGIApp,
    choice: Choice,
) -> ASGIApp:
    """`app`, except that `answer` answers some of the calls of this route."""

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        is_call = scope["type"] == "http" and scope["method"] == method
        if is_call and scope["path"].startswith(path):
            request = Request(scope, receive)
            if choice.hits(email_of(request)):
                response = await answer(request)
                await response(scope, receive, send)
                return
        await app(scope, receive, send)

    return broken


async def _unavailable(_: Request) -> Response:
    return JSONResponse({"message": "upstream request timeout"}, 503)


async def _swallowed(_: Request) -> Response:
    return Response(status_code=202)


_made_up_ids = count(FIRST_MADE_UP_ID)


async def _promised(request: Request) -> Response:
    """What an INSERT answers, without one."""
    row = await request.json()
    stored = {"id": next(_made_up_ids), "created_at": datetime.now(UTC).isoformat()}
    return JSONResponse([row | stored | {"hidden_at": None}], 201)


def _hits(choice: Choice, listener: Listener) -> bool:
    return choice.hits(listener.caller.claims.get("email"))


DEFECTS = (
    Defect(
        name="drop-for-one-user",
        story="one person's channel stays joined and healthy to look at, and no message arrives",
        expected=("no loss",),
        run=("--defect", "drop-for-one-user,user=u0003@soundcheck.test"),
        deliver=_drop,
    ),
    Defect(
        name="drop-random",
        story="now and then a message does not reach one of its recipients",
        expected=("no loss",),
        probability=0.2,
        deliver=_drop,
    ),
    Defect(
        name="silent-socket",
        story="one person's socket is open, and nothing arrives on it: no message, nobody's coming",
        expected=("no loss", "presence"),
        run=("--defect", "silent-socket,user=u0001@soundcheck.test"),
        deliver=_silence,
    ),
    Defect(
        name="duplicate",
        story="some messages arrive twice",
        expected=("exactly once",),
        probability=0.2,
        deliver=_repeat,
    ),
    Defect(
        name="reorder",
        story="an author's second message overtakes the first",
        expected=("order",),
        deliver=_hold_back,
    ),
    Defect(
        name="delay-5s",
        story="every message arrives, 5.5 seconds after it was sent",
        expected=("deliveries.late.count",),
        run=("--gates", "release"),
        deliver=_delay,
    ),
    Defect(
        name="slow-fan-out",
        story="pages are sent to one after the other, 0.7 seconds each: a large house hears late",
        expected=("delivery.latency_ms.p95",),
        run=("--gates", "release", "--users", "4"),
        deliver=_queue,
    ),
    Defect(
        name="altered-body",
        story="a message loses its last byte on the way, and with it half a character",
        expected=("no alteration",),
        probability=0.2,
        deliver=_edited(_cut),
    ),
    Defect(
        name="wrong-author",
        story="a message arrives under the name of the person who reads it",
        expected=("no alteration",),
        probability=0.2,
        deliver=_edited(_as_reader),
    ),
    Defect(
        name="cross-webinar-leak",
        story="messages of another webinar arrive in this one",
        expected=("no leak",),
        probability=0.2,
        deliver=_edited(_elsewhere, is_extra=True),
    ),
    Defect(
        name="send-fails-1-percent",
        story="the database refuses one message in a hundred, and its author is told so",
        expected=("messages.accepted.rate",),
        # The first of them is the 45th.
        run=("--messages", "20"),
        probability=0.01,
        wrap=partial(_instead, _unavailable, "POST", INSERTS),
    ),
    Defect(
        name="ack-without-store",
        story="a message is accepted and shown to everybody, and never stored",
        expected=("witnesses agree",),
        probability=0.5,
        wrap=partial(_instead, _promised, "POST", INSERTS),
    ),
    Defect(
        name="store-without-broadcast",
        story="a message is stored, and nobody is told",
        expected=("no loss",),
        wrap=partial(_instead, _swallowed, "POST", BROADCASTS),
    ),
)
