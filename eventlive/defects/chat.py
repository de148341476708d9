"""What can go wrong with a message between its author and those who should read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlive.defects.defect import Choice, Defect

if TYPE_CHECKING:
    from eventlive.supabase.realtime.hub import Courier, Listener
    from eventlive.supabase.realtime.messages import Message

PRESENCE = "presence_diff"


def _drop(
    choice: Choice, onwards: Courier, listener: Listener, message: Message, event: str
) -> None:
    if event == PRESENCE or not choice.hits(listener.caller.claims.get("email")):
        onwards(listener, message, event)


DEFECTS = (
    Defect(
        name="drop-for-one-user",
        story="one person's channel stays joined and healthy to look at, and nothing arrives",
        expected=("no loss",),
        run=("--users", "4", "--defect", "drop-for-one-user,user=u0003@soundcheck.test"),
        deliver=_drop,
    ),
    Defect(
        name="drop-random",
        story="now and then a message does not reach one of its recipients",
        expected=("no loss",),
        probability=0.1,
        deliver=_drop,
    ),
)
