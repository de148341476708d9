"""What is secret stays where it belongs: not in addresses, logs or files, not with other sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.scenes.leaks import written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fixtures.scenes.leaks import Secrets
    from fixtures.scenes.onlooker import Onlooker
    from fixtures.scenes.person import Person
    from fixtures.scenes.scene import Room

pytestmark = pytest.mark.security


def test_a_page_leaves_no_secret_where_others_look(
    alice: Person, secrets: Secrets, look_at: Callable[[Person], Onlooker]
) -> None:
    screen = look_at(alice)
    alice.enters()
    alice.greets()
    secrets.learns(alice)
    alice.leaves()

    assert secrets.found_in(screen.left_behind()) == {}


def test_no_file_of_a_run_holds_a_secret(
    room: Room, alice: Person, secrets: Secrets, tmp_path: Path
) -> None:
    alice.enters()
    alice.greets()
    secrets.learns(alice)

    assert secrets.found_in(written(room.plan, tmp_path)) == {}
