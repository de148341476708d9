"""Colours stand on terminals only, and not where somebody wants none."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from reports.console import console_on, say


class Terminal(StringIO):
    """A terminal, as far as anybody can ask it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _usual_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def shown(out: StringIO) -> str:
    console_on(out).print("[bold red]NO-GO[/] 12")
    return out.getvalue()


def test_a_terminal_gets_the_markup_it_is_given_and_no_more() -> None:
    assert shown(Terminal()) == "\x1b[1;31mNO-GO\x1b[0m 12\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_where_nobody_wants_colours_there_is_plain_text(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    assert shown(Terminal()) == "NO-GO 12\n"


def test_a_file_gets_plain_text() -> None:
    assert shown(StringIO()) == "NO-GO 12\n"


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (18, ["  one two [b]three"]),
        (17, ["  one two", "    [b]three"]),
        (9, ["  one", "    two", "    [b]th", "    ree"]),
    ],
)
def test_a_terminal_too_narrow_for_a_line_gets_it_broken_between_words(
    width: int, lines: list[str]
) -> None:
    out = Terminal()

    say(Console(file=out, width=width, color_system=None), "one two [b]three", indent=2)

    assert out.getvalue().splitlines() == lines


def test_without_a_terminal_a_line_is_one_line() -> None:
    out = StringIO()

    say(Console(file=out, width=10), "one two three " * 9, indent=2)

    assert out.getvalue() == f"  {'one two three ' * 9}\n"
