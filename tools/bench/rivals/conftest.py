"""The browser of the tests written by hand: the shell that everybody uses here."""

from __future__ import annotations

from typing import Any

import pytest

from tools.bench.rivals.plan import read_plan


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """pytest-playwright's own, with the plan's browser and switches."""
    plan = read_plan()
    return {**browser_type_launch_args, "executable_path": plan.browser, "args": plan.switches}


@pytest.fixture(scope="session")
def base_url() -> str:
    """Where EventLive is."""
    return read_plan().base_url
