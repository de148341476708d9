"""Everybody is who Auth says she is: a token of her own making lets nobody in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.scenes.outside import Caller

pytestmark = pytest.mark.security


def test_a_genuine_token_opens_every_door(attendee: Caller) -> None:
    assert attendee.gets_in() == ["REST", "Auth", "/api", "Realtime"]


def test_a_forged_token_opens_none(impostor: Caller) -> None:
    assert impostor.gets_in() == []
