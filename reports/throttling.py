"""How the platform says that somebody was too fast: with 429, or in a channel's words (A.20)."""

from __future__ import annotations

import re

TOO_MANY_REQUESTS = 429
_WORDS = re.compile(r"too many .*per second|rate.?limit|\b429\b", re.IGNORECASE)


def speaks_of_limit(words: str) -> bool:
    """These words of a server give a limit as their reason."""
    return _WORDS.search(words) is not None
