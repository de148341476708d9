"""The figures that today's are held against: 400 users, the day after it (section 8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# The test looked for what was received in pages and found it nowhere: its own check was wrong.
INCIDENT: Mapping[str, str] = {
    "signed_in": "400/400",
    "greeted": "400/400",
    "sent": "396/400",
    "received": "0/400",
    "mean": "13.98 s",
    "p95": "18.83 s",
}
