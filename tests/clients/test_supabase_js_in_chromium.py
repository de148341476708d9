"""supabase-js as only a page has it: with storage, and from another origin than the project's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.clients.places import Chromium
    from tests.clients.served import EventLive, Person


def test_a_session_outlives_the_page_until_somebody_signs_out(
    chromium: Chromium, eventlive: EventLive, stranger: Person
) -> None:
    tab = chromium.open(eventlive.url)
    tab.play("page", "enter", person=stranger)

    tab.reload()
    found = tab.play("page", "whoIsIn")

    # The key is made of the project's host name.
    assert found == {"kept": ["sb-127-auth-token"], "id": stranger["id"], "keptAfterwards": []}


def test_a_page_of_another_origin_can_read_counts_and_error_codes(
    chromium: Chromium, eventlive: EventLive, webinar: int, member: Person, topic: str
) -> None:
    elsewhere = chromium.open(eventlive.url.replace("127.0.0.1", "localhost"))

    read = elsewhere.play("page", "readable", webinar=webinar, member=member, topic=topic)

    assert read["error"]["code"] == "invalid_credentials"
    assert read["count"] == {"status": 200, "data": None, "count": 0}
    assert read["sent"] == {"success": True}
