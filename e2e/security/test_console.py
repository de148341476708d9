"""The console is for admins, and nobody becomes one by herself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.scenes.outside import Caller

pytestmark = pytest.mark.security


def test_the_figures_are_for_admins_only(anybody: Caller) -> None:
    assert not anybody.sees_the_figures()


def test_nobody_makes_herself_an_admin(attendee: Caller) -> None:
    attendee.claims_to_be_admin()

    assert not attendee.sees_the_figures()
