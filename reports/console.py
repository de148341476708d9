"""The console of every command: no markup of its own, and no colour where none is wanted.

Whether there is a terminal, and how wide it is, rich finds out by itself.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from typing import TextIO


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
