"""A run in which something is in quarantine: whatever fails of that decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.rehearsal.conftest import Ended

pytestmark = pytest.mark.real

QUARANTINE = """
import pytest

def pytest_itemcollected(item):
    if "knocking" in item.name:
        item.add_marker(pytest.mark.quarantine(reason="known", until="2999-12-31"))
"""


def test_a_run_is_go_whose_only_failure_is_in_quarantine(
    rehearse: Callable[..., Ended], tmp_path: Path
) -> None:
    (tmp_path / "quarantining.py").write_text(QUARANTINE)
    env = {"PYTHONPATH": str(tmp_path), "SOUNDCHECK_STEP_TIMEOUT_S": "3"}
    choice = ("-k", "knocking or wrong_password", "--defect", "never-track")

    ended = rehearse("-n", "1", "-p", "quarantining", *choice, path="e2e/roles", env=env)

    assert ended.code == 0, ended.output
    told = ended.summary["promises"]
    assert (told["kept"], told["broken"]) == (1, 0)
    [one] = told["quarantined"]
    assert one["name"].endswith("::test_knocking_leaves_no_trace")
    assert one["detail"].startswith("quarantine until 2999-12-31: known; ")
    assert "in quarantine 1" in ended.output
    # Whoever looks for the reason finds what is known of any failure.
    assert (ended.folder / "scenes" / "test_knocking_leaves_no_trace" / "alice.png").exists()
