"""Promises that take minutes of real time, on a target whose tokens live for less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rehearsal.conftest import Ended, Served

pytestmark = [pytest.mark.real, pytest.mark.soak]

# The shortest that clients can live with (protocol B.6).
TOKEN_S = 100


def test_whoever_outlives_her_tokens_keeps_her_seat_and_her_channel(
    rehearse: Callable[..., Ended], serve: Callable[..., Served]
) -> None:
    served = serve("--jwt-expiry", str(TOKEN_S))

    ended = rehearse("-m", "soak", path="e2e/presence", env=served.settings | served.admin)

    assert ended.code == 0, ended.output
    assert ended.summary["promises"]["kept"] == 1
