"""All defects by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventlive.defects import chat, fallback, incident, presence, realtime, security

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventlive.defects.defect import Defect

DEFECTS: Mapping[str, Defect] = {
    defect.name: defect
    for module in (chat, incident, presence, realtime, fallback, security)
    for defect in module.DEFECTS
}
