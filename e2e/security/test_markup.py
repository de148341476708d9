"""Whatever people write and call themselves is shown as they wrote it, and never runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.scenes.onlooker import Onlooker
    from fixtures.scenes.outside import Caller
    from fixtures.scenes.person import Person
    from fixtures.scenes.scene import Room

pytestmark = pytest.mark.security

SCRIPT = "<img src=data:, onerror=\"alert('body')\"><svg onload=\"alert('svg')\">"


@pytest.fixture
def webinar(room: Room) -> str:
    """The room's own: there are pages."""
    return room.plan.settings.webinar


def test_nothing_that_is_written_runs_in_the_chat(
    alice: Person, mallory: Caller, look_at: Callable[[Person], Onlooker]
) -> None:
    screen = look_at(alice)
    alice.enters()

    mallory.says(SCRIPT)

    screen.shows(SCRIPT, mallory.display_name)
    assert screen.ran() == []


def test_nothing_that_is_written_runs_in_the_console(
    mallory: Caller, open_console: Callable[[], Onlooker]
) -> None:
    mallory.says(SCRIPT)

    screen = open_console()

    screen.shows(SCRIPT, mallory.display_name)
    assert screen.ran() == []
