"""What a run keeps of those for whom something went wrong, and of nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from fixtures.scenes.leaks import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.rehearsal.conftest import Ended, Served

pytestmark = pytest.mark.real

PNG = b"\x89PNG"
IMPATIENT = {"SOUNDCHECK_STEP_TIMEOUT_S": "3", "SOUNDCHECK_SETTLE_S": "2"}
TRACED = ("--tracing", "retain-on-failure")
MUTE = ("--defect", "store-without-broadcast")


def exhibits(folder: Path) -> list[str]:
    """The names of all pictures, texts and traces below this folder."""
    found = [one for end in ("png", "txt", "zip") for one in folder.rglob(f"*.{end}")]
    return sorted(one.name for one in found)


def test_who_was_in_a_test_that_failed_is_shown(rehearse: Callable[..., Ended]) -> None:
    choice = ("-k", "two_people_greet", *MUTE, *TRACED)

    ended = rehearse(*choice, path="e2e/roles", env=IMPATIENT)

    scene = ended.folder / "scenes" / "test_two_people_greet_each_other"
    assert exhibits(ended.folder) == [
        f"{name}{end}" for name in ("alice", "bob") for end in ("-trace.zip", ".png", ".txt")
    ]
    assert (scene / "alice.png").read_bytes().startswith(PNG)
    text = (scene / "alice.txt").read_text()
    assert "never came: alice#0" in text
    assert "POST /api/webinars/{id}/messages" in text
    assert not TOKEN.search(text)
    with ZipFile(scene / "alice-trace.zip") as trace:
        assert {"trace.trace", "trace.network"} <= {*trace.namelist()}


def test_the_output_of_a_failure_says_where_and_what_was_last(
    rehearse: Callable[..., Ended],
) -> None:
    choice = ("-n", "1", "-k", "knocking", "--defect", "never-track")

    ended = rehearse(*choice, path="e2e/roles", env=IMPATIENT)

    _, _, shown = ended.output.partition("exhibits, after teardown")
    assert str(ended.folder / "scenes" / "test_knocking_leaves_no_trace") in shown
    assert "outsider  reached: " in shown
    assert "POST /api/webinars/{id}/access/track, not_registered" in shown
    assert exhibits(ended.folder) == ["alice.png", "alice.txt", "outsider.png", "outsider.txt"]


def test_what_only_the_checkers_find_is_shown_as_well(rehearse: Callable[..., Ended]) -> None:
    ended = rehearse("-k", "comes_later", *MUTE, path="e2e/roles", env=IMPATIENT)

    assert "check 'no loss' failed" in ended.output
    assert "exhibits, after teardown" in ended.output
    assert exhibits(ended.folder) == ["alice.png", "alice.txt", "bob.png", "bob.txt"]


def test_nothing_is_kept_of_those_for_whom_all_went_well(rehearse: Callable[..., Ended]) -> None:
    ended = rehearse("-k", "two_people_greet", *TRACED, path="e2e/roles")

    assert ended.code == 0, ended.output
    assert exhibits(ended.folder) == []
    assert "traces hold passwords and tokens" in ended.output


def test_a_user_of_the_crowd_who_failed_is_portrayed_and_traced(
    rehearse: Callable[..., Ended],
) -> None:
    defect = "drop-for-one-user,user=u0001@soundcheck.test"

    ended = rehearse("--users", "4", "--defect", defect, *TRACED, env=IMPATIENT)

    assert exhibits(ended.folder) == ["u0001-trace.zip", "u0001.png"]


def test_on_production_nobody_is_portrayed_for_others_are_in_the_picture(
    rehearse: Callable[..., Ended], serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve("--defect", "silent-socket,user=u0001@soundcheck.test")
    file = tmp_path / "live.toml"
    file.write_text('like = "embedded"\nproduction = true\nwebinars = ["149402"]\n')
    consent = ("--target", str(file), "--i-understand-this-is-production")

    ended = rehearse("--users", "2", *consent, env={**served.settings, **IMPATIENT})

    assert ended.users["u0001"]["outcome"] == "sent", ended.output
    assert exhibits(ended.folder) == []


def test_what_a_small_crowd_loses_is_proven_to_be_lost(rehearse: Callable[..., Ended]) -> None:
    ended = rehearse("-k", "anybody_says", *MUTE, path="e2e/roles", env=IMPATIENT)

    assert "check 'no loss' failed: 25 of 25 deliveries were lost" in ended.output
