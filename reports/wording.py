"""Text of targets and browsers, made safe to show."""

from __future__ import annotations

CHARS_MAX = 300


def one_line(text: str) -> str:
    """`text` in one line of at most 300 printable characters, fit for a terminal and a table."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:CHARS_MAX]
