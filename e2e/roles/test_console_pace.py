"""What a server can count on whose console stays open: it asks in time, and less when that hurts.

The console of the incident asked every 5 s for ever (report, sections 2 and 10.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.scenes.clock import MINUTE_S, about
from fixtures.scenes.routes import LOOKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.scenes.clock import Clock
    from fixtures.scenes.console import Console
    from fixtures.scenes.faults import Faults

pytestmark = [pytest.mark.roles, pytest.mark.dod4]

PACE_S = 10
# Doubled with each failure, up to two minutes: the first is learnt of at the usual pace.
SLOWER_S = [PACE_S, 20, 40, 80, 120, 120]


def test_the_console_asks_for_its_figures_every_ten_seconds(
    admin: Console, clock_of: Callable[[Console], Clock]
) -> None:
    clock = clock_of(admin)
    admin.opens()

    clock.turns(5 * MINUTE_S)

    waits_s = clock.pace.waits_s(LOOKING)
    assert len(waits_s) >= 5 * MINUTE_S // (PACE_S + 3)  # which is as slow as may be
    assert waits_s == [about(PACE_S)] * len(waits_s)


def test_the_console_asks_less_and_less_while_the_server_fails_and_then_as_before(
    admin: Console, faults: Faults, clock_of: Callable[[Console], Clock]
) -> None:
    clock = clock_of(admin)
    admin.opens()
    with faults.refusing(admin, LOOKING, 503):
        clock.turns(sum(SLOWER_S))

    clock.turns(SLOWER_S[-1] + MINUTE_S)

    waits_s = clock.pace.waits_s(LOOKING)
    slow, back = len(SLOWER_S), waits_s[len(SLOWER_S) + 1 :]
    assert waits_s[:slow] == [about(wait_s) for wait_s in SLOWER_S]
    assert len(back) >= 3
    assert back == [about(PACE_S)] * len(back)


def test_a_refusal_ends_the_consoles_asking_and_is_told_to_the_admin(
    admin: Console, faults: Faults, clock_of: Callable[[Console], Clock]
) -> None:
    clock = clock_of(admin)
    admin.opens()
    with faults.refusing(admin, LOOKING, 403):
        clock.turns(MINUTE_S)
    asked = clock.pace.count(LOOKING)

    clock.turns(5 * MINUTE_S)

    admin.is_told("갱신이 중단되었습니다")
    assert clock.pace.count(LOOKING) == asked
