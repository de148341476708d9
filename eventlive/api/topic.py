"""A webinar's private Realtime topic: only the server speaks there (report, section 11)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from eventlive.api.errors import ApiError, Refusal

if TYPE_CHECKING:
    from eventlive.api.backend import Backend
    from eventlive.api.supabase import Row

log = logging.getLogger(__name__)


def topic_of(webinar_id: int) -> str:
    """The topic's name."""
    return f"webinar:{webinar_id}"


async def announce(backend: Backend, webinar_id: int, event: str, payload: Row) -> None:
    """Broadcast what is already stored.

    A failure is logged and not answered: telling the author "not sent" about a stored message
    would be a lie, and pages that missed an event learn of it when they next ask.
    """
    try:
        await backend.supabase.broadcast(topic_of(webinar_id), event, payload)
    except (ApiError, Refusal) as error:
        log.warning("%s stored but not broadcast on %s: %s", event, topic_of(webinar_id), error)
