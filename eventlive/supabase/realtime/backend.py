"""Everything a channel needs from its process, in one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventlive.settings import Settings
    from eventlive.supabase.keys import Project
    from eventlive.supabase.realtime.authorization import Authorization
    from eventlive.supabase.realtime.changes import Changes
    from eventlive.supabase.realtime.history import History
    from eventlive.supabase.realtime.hub import Hub
    from eventlive.supabase.realtime.limits import Allowance


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The parts that all channels of one process share."""

    project: Project
    settings: Settings
    authorization: Authorization
    changes: Changes
    history: History
    hub: Hub
    joins: Allowance
