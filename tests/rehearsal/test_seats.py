"""One seat without a browser on a real channel: it stays, comes back, or says why it cannot."""

from __future__ import annotations

from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import httpx
import pytest
from msgspec import structs

from fixtures.fill import seat as seats
from fixtures.fill.account import Account, Desk
from fixtures.fill.ears import Ears
from fixtures.fill.seat import Room, Seat
from fixtures.identities import Admin
from fixtures.plan import Plan
from fixtures.settings import Settings
from fixtures.target.description import load_description
from scenarios.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from reports.history import FillSeat
    from tests.rehearsal.conftest import Served

pytestmark = [pytest.mark.real, pytest.mark.anyio]

TIMEOUT_S = 20.0


@asynccontextmanager
async def sitting(served: Served, folder: Path, *, topic: str = "") -> AsyncIterator[Seat]:
    """Somebody who has tried to take a seat, and leaves it after the block."""
    description = load_description("local")
    assert description.fill is not None
    filling = structs.replace(description.fill, topic=topic or description.fill.topic)
    settings = Settings(fill=1)
    with closing(Admin(served.target)) as admin:
        (identity,) = admin.provide_seats(settings.fill_pool)
    plan = Plan(
        run_id="seats",
        run_dir=str(folder),
        shards=[],
        settings=settings,
        target=served.target,
        description=description,
        identities=[],
        stale=[],
    )
    ears = Ears(description.wire, seats=1, webinar=settings.webinar, authors={}, stale=[])
    room = Room(plan=plan, filling=filling, ears=ears, record=lambda op: pytest.fail(str(op)))
    async with httpx.AsyncClient() as http:
        account = Account(Desk(plan, http), filling, identity)
        seat = Seat("f00001", 0, account, room)
        await seat.take(TIMEOUT_S if not topic else 2.0)
        try:
            yield seat
        finally:
            await seat.leave()
            await account.leave()


def told(seat: Seat) -> FillSeat:
    return seat.op("fill00")


async def test_a_seat_outlasts_its_token(
    serve: Callable[..., Served], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "HEARTBEAT_S", 0.3)

    async with sitting(serve("--jwt-expiry", "4"), tmp_path) as seat:
        # Three tokens, each told to the channel at half of its life: without, it would be closed.
        await until(
            lambda: True if told(seat).joins >= 4 else None,
            lambda: str(told(seat)),
            timeout_s=TIMEOUT_S,
        )
        assert seat.is_ready

    over = told(seat)
    assert (len(over.joined_at_ns), len(over.ended_at_ns), over.is_held) == (1, 1, True)


async def test_a_seat_that_was_cut_off_comes_back_and_says_what_cut_it_off(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve("--allow-faults")

    async with sitting(served, tmp_path) as seat:
        await _ask(served, "POST", "/realtime-down")
        await until(lambda: None if seat.is_ready else True, lambda: "held", timeout_s=TIMEOUT_S)
        await _ask(served, "DELETE", "")
        await until(lambda: seat.is_ready or None, lambda: str(told(seat)), timeout_s=TIMEOUT_S)

    over = told(seat)
    assert over.is_held
    assert over.joined_at_ns[0] <= over.ended_at_ns[0] < over.joined_at_ns[1] < over.ended_at_ns[1]
    assert over.detail.startswith("closed: 1012")


async def test_a_seat_that_is_refused_says_why(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    async with sitting(serve(), tmp_path, topic="webinar:nowhere") as seat:
        assert not seat.is_ready

    assert (told(seat).joined_at_ns, told(seat).is_held) == ([], False)
    assert "refused: Unauthorized" in told(seat).detail


async def _ask(served: Served, method: str, fault: str) -> None:
    async with httpx.AsyncClient(base_url=served.ready["base_url"]) as http:
        (await http.request(method, f"/_eventlive/faults{fault}")).raise_for_status()
