"""How the platform says that somebody was too fast: with 429, or in a channel's words (A.20)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.history import Exchange, Served

# How Auth is asked for a session with a password (protocol reference B.1).
PASSWORD_GRANT = "/auth/v1/token?grant_type=password"
TOO_MANY_REQUESTS = 429
_WORDS = re.compile(r"too many .*per second|rate.?limit|\b429\b", re.IGNORECASE)


def speaks_of_limit(words: str) -> bool:
    """These words of a server give a limit as their reason."""
    return _WORDS.search(words) is not None


def is_held_back(call: Exchange | Served) -> bool:
    """Auth's limit of sign-ins per address: it holds back the crowd, which has one, and says
    nothing of the product, whose guests have one each.
    """
    return call.status == TOO_MANY_REQUESTS and call.route == PASSWORD_GRANT
