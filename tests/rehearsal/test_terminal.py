"""What a person at a terminal sees of a run, and what a pipe gets of it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from tests.fixtures.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.rehearsal.conftest import Ended, Rehearsal

pytestmark = pytest.mark.real

ROWS, COLUMNS = 24, 160
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
    """A terminal at which somebody sits: `theirs` is a process's end of it."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.written = ""

    def read_until(self, text: str) -> None:
        """`text` was written, or everything that ever will be."""
        pending = b""
        while text not in self.written:
            try:
                pending += os.read(self._ours, 65536)
            except OSError:  # Linux says so where the last process has left the terminal.
                break
            whole = pending.decode(errors="ignore")
            if len(whole.encode()) == len(pending):
                self.written, pending = self.written + whole, b""

    def press(self, key: bytes) -> None:
        """Somebody pressed this key."""
        os.write(self._ours, key)

    def leave(self) -> None:
        """From now on only the process holds the terminal."""
        os.close(self.theirs)

    def close(self) -> None:
        os.close(self._ours)

    @property
    def shown(self) -> list[str]:
        """What stands on it."""
        emulator = Emulator(COLUMNS, ROWS)
        emulator.feed(self.written)
        return emulator.shown


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal of the usual kind."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("COLUMNS", raising=False)
    one = Terminal()
    yield one
    one.close()


def test_the_line_is_redrawn_below_pytests_own_lines_and_leaves_them_whole(
    start_rehearsal: Callable[..., Rehearsal], terminal: Terminal
) -> None:
    run = start_rehearsal("-v", "-n", "2", "--users", "4", terminal=terminal.theirs)
    terminal.leave()
    terminal.read_until("nobody will ever write this")

    assert run.process.wait() == 0
    drawn = COLOURS.sub("", terminal.written)
    assert re.search(r"sign in and seat \d/4 [━╸╺]+ — to go · 0:0\d", drawn)
    assert "\x1b[32m" in terminal.written
    lines = terminal.shown
    assert not [line for line in lines if " to go" in line or "judging" in line]
    reported = [line for line in lines if line.startswith("[gw")]
    verdict = r"\[gw[01]\] \[ *\d+%\] (SUB)?PASSED(\(\S+\))? \S+/test_full_house\.py::\w+\[\w+\]"
    assert len(reported) == 36
    assert [line for line in reported if not re.fullmatch(verdict, line)] == []
    # What -v says more: each gate and each check.
    assert any("valid    users.received.rate >= 1.0: observed 1 over 4" in line for line in lines)
    assert any("valid    no loss: 32 deliveries, none lost" in line for line in lines)


def test_ctrl_c_leaves_a_clean_terminal_and_no_colour_is_respected(
    start_rehearsal: Callable[..., Rehearsal], terminal: Terminal
) -> None:
    env = {"NO_COLOR": "1"}
    # Without workers the line is drawn while pytest captures what a test writes.
    run = start_rehearsal("--users", "2", "--hold-s", "99", env=env, terminal=terminal.theirs)
    terminal.leave()
    terminal.read_until("hold ")

    terminal.press(b"\x03")
    terminal.read_until("nobody will ever write this")

    assert run.process.wait() == 11, terminal.written
    assert not COLOURS.search(terminal.written)
    lines = terminal.shown
    assert not [line for line in lines if " to go" in line or "judging" in line]
    assert any(line.startswith("INVALID  run test-") for line in lines)
    # Nothing stands below pytest's own last line: Ctrl-C ends Playwright's driver as well.
    assert re.fullmatch("=+ .* in .* =+", lines[-1])


def test_a_pipe_gets_plain_lines_and_promises_alone_know_of_no_crowd(
    rehearse: Callable[..., Ended],
) -> None:
    ended = rehearse("-n", "2", "-k", "greet_each_other", path="e2e/roles", env={"CI": "true"})

    assert ended.code == 0, ended.output
    assert not re.search(r"[\x1b\r]", ended.output)
    lines = ended.output.splitlines()
    assert "asked for: 1 promise, and no crowd" in lines
    assert "  promises 1/1" in lines
    assert "users" not in ended.output.partition("= rehearsal =")[0]
    assert not [line for line in lines if "sign in and seat" in line]


def test_quiet_is_a_verdict_and_pytests_own_xml_is_written_beside_the_runs(
    rehearse: Callable[..., Ended], tmp_path: Path
) -> None:
    xml = tmp_path / "pytest.xml"

    ended = rehearse("-q", "-n", "2", "--users", "2", f"--junitxml={xml}")

    assert ended.code == 0, ended.output
    said = [line for line in ended.output.splitlines() if line]
    verdict = said.index(f"GO  run {ended.folder.name}")
    assert said[verdict + 1] == str(ended.folder / "index.html")
    assert len(said) <= 7, ended.output
    cases = [one.get("name") for one in ElementTree.parse(xml).iter("testcase")]
    assert {"test_everyone_leaves_the_seat[shard00]", "test_everyone_leaves_the_seat[shard01]"} <= {
        *cases
    }
    assert ElementTree.parse(ended.folder / "junit.xml").getroot().tag == "testsuites"
