"""What can go wrong with sockets and channels; and one variant of the protocol that is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlive.defects.defect import Choice, Defect

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from eventlive.supabase.realtime.hub import Courier, Listener
    from eventlive.supabase.realtime.messages import Message as Delivered

CHAT = "message"
LIMIT = "Too many messages per second"  # the platform's own words (protocol A.20)
GOING_AWAY = 1001


def _cut_off(app: ASGIApp, choice: Choice) -> ASGIApp:
    """Supabase whose sockets now and then end with the message that was just to be sent on them."""

    async def cutting(scope: Scope, receive: Receive, send: Send) -> None:
        is_cut = False

        async def send_or_cut(message: Message) -> None:
            nonlocal is_cut
            if is_cut:
                return
            # Broadcasts are the binary frames (protocol A.2): nobody is cut off while she joins.
            is_cut = message.get("bytes") is not None and choice.hits("")
            await send({"type": "websocket.close", "code": GOING_AWAY} if is_cut else message)

        await app(scope, receive, send_or_cut if scope["type"] == "websocket" else send)

    return cutting


def _shut(
    choice: Choice, onwards: Courier, listener: Listener, message: Delivered, event: str
) -> None:
    """Each channel is closed once, with the message that was one too many for it."""
    onwards(listener, message, event)
    key = listener.caller.user_id
    if event == CHAT and key not in choice.memory:
        choice.memory[key] = True
        listener.shut(LIMIT)


DEFECTS = (
    Defect(
        name="socket-closes-randomly",
        story="the server drops sockets now and then; the page comes back and catches up",
        expected=("realtime.held.rate",),
        run=("--gates", "release"),
        probability=0.4,
        wrap=_cut_off,
    ),
    Defect(
        name="quota-closed",
        story="the plan allows fewer messages a second: every channel is told so, and closed",
        expected=(
            "realtime.held.rate",
            "realtime.throttled.count",
            "delivery.latency_ms.p95",  # who is shut out hears the rest by poll, seconds later
        ),
        run=("--gates", "release"),
        deliver=_shut,
    ),
    Defect(
        name="join-without-token",
        story="the page joins before it has read its token, is refused, and tries again",
        expected=("sessions",),
        page="join-without-token",
    ),
    Defect(
        name="text-frames-v1",
        story="no defect: a client that speaks protocol 1.0.0, in which every frame is text",
        expected=(),
        page="text-frames-v1",
    ),
)
