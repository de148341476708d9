"""The page's script and style, bundled by set-up; judging must work where they were never built."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "dist"
# What to say where there is no page; one sentence.
NOT_BUILT = "no page was written: its script is not built here (make setup builds it)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The scripts of the editions, and the style of all."""

    engineering: str
    client: str
    comparison: str
    capacity: str
    style: str


def read_bundle(folder: Path = FOLDER) -> Bundle | None:
    """What set-up has built; None where it has not."""
    names = ("engineering.js", "client.js", "comparison.js", "capacity.js", "page.css")
    if not all((folder / name).is_file() for name in names):
        return None
    # Line ends as they are: what a browser hashes is what is written.
    engineering, client, comparison, capacity, style = (
        (folder / name).read_bytes().decode().replace("\r\n", "\n").strip() for name in names
    )
    return Bundle(
        engineering=engineering,
        client=client,
        comparison=comparison,
        capacity=capacity,
        style=style,
    )


def policy(script: str, style: str) -> str:
    """The Content-Security-Policy under which exactly these two run, and nothing is fetched."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
