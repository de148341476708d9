"""A page of another site gets nothing by sending a visitor's browser here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.scenes.origins import loose_cookies, openings
from fixtures.scenes.outside import ELSEWHERE

if TYPE_CHECKING:
    from fixtures.scenes.outside import Caller

pytestmark = pytest.mark.security


def test_other_sites_cannot_act_in_a_visitors_name(attendee: Caller) -> None:
    assert openings(attendee.visits_from(ELSEWHERE), ELSEWHERE) == []


def test_a_visit_leaves_no_cookie_that_others_could_use(attendee: Caller) -> None:
    assert loose_cookies(attendee.visits_from(ELSEWHERE)) == []
