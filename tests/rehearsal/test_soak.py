"""Promises that take minutes of real time, on a target whose tokens live for less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rehearsal.conftest import Rehearsal, Served

pytestmark = [pytest.mark.real, pytest.mark.soak]

# The shortest that clients can live with (protocol B.6).
TOKEN_S = 100
PATIENCE_S = 600


def test_whoever_outlives_her_tokens_keeps_her_seat_and_her_channel(
    start_rehearsal: Callable[..., Rehearsal], serve: Callable[..., Served]
) -> None:
    served = serve("--jwt-expiry", str(TOKEN_S))
    env = served.settings | served.admin
    rehearsal = start_rehearsal("-m", "soak", path="e2e/presence", env=env)

    ended = rehearsal.end(PATIENCE_S)

    assert ended.code == 0, ended.output
    assert ended.summary["promises"]["kept"] == 1
