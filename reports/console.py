"""The console of every command: no markup of its own, and no colour where none is wanted.

Whether there is a terminal, and how wide it is, rich finds out by itself.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from typing import TextIO

_HANGING = 2  # columns by which the later lines of a long one are set in


def console_on(file: TextIO | None = None, *, stderr: bool = False) -> Console:
    """A console on `file`, or else on the standard output or error.

    With NO_COLOR rich leaves out colours alone; whoever asks for none wants plain text.
    """
    return Console(
        file=file,
        stderr=stderr,
        highlight=False,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
    )


def say(console: Console, text: str, style: str = "", *, indent: int = 0) -> None:
    """`text` in one line, or in as many as a narrow terminal needs, broken between words."""
    line = Text(" " * indent + text, style)
    if not console.is_terminal or line.cell_len <= console.width:
        console.print(line, soft_wrap=True)
        return
    parts = Text(text, style).wrap(console, max(1, console.width - indent - _HANGING))
    for number, part in enumerate(parts):
        part.rstrip()
        part.pad_left(indent + (_HANGING if number else 0))
        console.print(part, soft_wrap=True)
