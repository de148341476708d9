"""The files of a capacity search: what was found as data, and its page in each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reports.page.bundle import NOT_BUILT, read_bundle
from reports.page.render import rendered_capacity
from reports.page.texts import languages_of

if TYPE_CHECKING:
    from pathlib import Path

    from reports.knee import Found

FILE = "capacity.json"


def write_search(found: Found, folder: Path, languages: str) -> list[str]:
    """All that is known of the search is in `folder`; says where."""
    data = folder / FILE
    data.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    bundle = read_bundle()
    if bundle is None:
        return [str(data), NOT_BUILT]
    for name, text in rendered_capacity(found, languages_of(languages), bundle).items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return [str(data), *(str(one) for one in sorted(folder.glob("*.html")))]
