"""What is stored of a webinar is for those who are in it, whoever asks, and however."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.scenes.records import ATTENDANCE, changed

if TYPE_CHECKING:
    from fixtures.scenes.outside import Caller
    from fixtures.scenes.records import Records

pytestmark = pytest.mark.security


def test_whoever_has_a_seat_finds_what_was_said(attendee: Caller, records: Records) -> None:
    assert attendee.finds(records, among=["messages", "chat"])


def test_whoever_has_no_seat_finds_nothing_of_those_who_have(
    intruder: Caller, records: Records
) -> None:
    assert intruder.finds(records) == {}


def test_whoever_has_no_seat_leaves_every_row_as_it_was(
    intruder: Caller, records: Records, resident: Caller
) -> None:
    before = records.rows()

    intruder.tampers_with(resident.user_id)

    assert changed(before, records.rows()) == {}


def test_when_somebody_came_is_nobody_elses_business(attendee: Caller, records: Records) -> None:
    assert attendee.finds(records, among=ATTENDANCE) == {}


def test_nobody_touches_what_is_somebody_elses(
    attendee: Caller, records: Records, resident: Caller
) -> None:
    before = records.of(resident.user_id)

    attendee.tampers_with(resident.user_id)

    assert changed(before, records.of(resident.user_id)) == {}
