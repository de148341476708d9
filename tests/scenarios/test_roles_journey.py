"""The journeys of tests beside the crowd, where not everything is expected to be granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Error as PlaywrightError

from reports.history import Outcome
from scenarios import journey
from scenarios.errors import StepFailed
from scenarios.pages import IS_ELSEWHERE
from scenarios.traffic import Answer
from tests.scenarios.test_journey import ACCEPTED, ADA, REFUSED, Seat

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.anyio

TIMEOUT_S = 0.3
WRONG = Answer(status=400, code="invalid_credentials", at_ns=1)
RIGHT = Answer(status=200, code="", at_ns=2)


def seated() -> Seat:
    """Somebody who has her seat."""
    seat = Seat()
    lets_in(seat)
    return seat


def lets_in(seat: Seat) -> None:
    """The wire shows that her page was let in and is ready."""
    seat.traffic.entries.append(RIGHT)
    seat.traffic.ready_at_ns = 5


async def failing(act: Awaitable[object], words: str) -> None:
    """The act fails, and says this."""
    with pytest.raises(StepFailed, match=words):
        await act


def showing(*views: object) -> Callable[[], Awaitable[object]]:
    """A screen that shows one after the other, and then the last for ever; errors are raised."""
    left = list(views)

    async def look() -> object:
        view = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(view, Exception):
            raise view
        return view

    return look


async def test_what_shows_after_a_while_is_seen() -> None:
    look = showing("", "not yet", "welcome")

    seen = await journey.see(look, lambda shown: shown == "welcome", "it", timeout_s=5)

    assert seen == "welcome"


async def test_what_never_shows_is_told_with_what_was_there_instead() -> None:
    missing = journey.see(showing("sorry"), lambda _: False, "'welcome'", timeout_s=TIMEOUT_S)

    await failing(missing, r"expected 'welcome', last saw 'sorry' \(waited 0\.3 s\)")


async def test_a_page_between_two_documents_is_looked_at_again() -> None:
    gone = PlaywrightError("Execution context was destroyed\nCall log:")

    seen = await journey.see(showing(gone, "welcome"), lambda _: True, "it", timeout_s=5)

    assert seen == "welcome"


async def test_a_page_that_cannot_be_looked_at_says_why() -> None:
    closed = PlaywrightError("Target closed\nCall log:")

    blind = journey.see(showing(closed), lambda _: True, "it", timeout_s=TIMEOUT_S)

    await failing(blind, r"expected it, last saw Target closed \(")


async def test_what_stays_as_long_as_it_should_is_kept_seeing() -> None:
    await journey.keep_seeing(showing(True), bool, "a form", for_s=TIMEOUT_S)


async def test_what_goes_too_early_is_no_longer_seen() -> None:
    vanishing = showing(True, True, False)

    await failing(
        journey.keep_seeing(vanishing, bool, "a form", for_s=5),
        "expected a form for 5 s, and then saw False",
    )


async def test_a_password_is_tried_through_the_form_and_may_be_wrong() -> None:
    seat = Seat()
    seat.traffic.sign_ins.append(RIGHT)
    seat.screen.reactions = [lambda: seat.traffic.sign_ins.append(WRONG)]

    answer = await journey.try_password(seat.user, "149402", "not hers")

    assert answer == WRONG
    assert ("fill", "비밀번호", "not hers") in seat.screen.acts


async def test_an_admin_signs_in_on_the_way_to_the_console() -> None:
    seat = Seat()
    seat.screen.reactions = [lambda: seat.traffic.sign_ins.append(RIGHT)]

    await journey.sign_in_to_console(seat.user, "149402")

    assert seat.screen.acts[0] == ("goto", "/admin/webinars/149402")
    assert ("fill", "비밀번호", ADA.password) in seat.screen.acts


async def test_a_console_without_a_sign_in_is_no_console() -> None:
    seat = Seat()
    seat.screen.reactions = [lambda: seat.traffic.sign_ins.append(WRONG)]

    await failing(
        journey.sign_in_to_console(seat.user, "1"), "sign-in refused: 400 invalid_credentials"
    )


async def test_whoever_comes_in_opens_the_webinar_and_takes_a_seat() -> None:
    seat = seated()

    await journey.come_in(seat.user, "149402")

    assert seat.screen.acts[:2] == [("goto", "/webinars/149402"), ("try", "button 인사하기")]


async def test_whoever_starts_over_clicks_what_is_offered_and_takes_a_seat_again() -> None:
    seat = seated()
    seat.screen.reactions = [lambda: lets_in(seat)]

    await journey.start_over(seat.user)

    assert seat.screen.acts[:2] == [("click", "button 다시 시도"), ("try", "button 인사하기")]


async def test_whoever_starts_over_clicks_where_the_buttons_are_now() -> None:
    seat = seated()
    seat.screen.reactions = [lambda: lets_in(seat)]
    await seat.user.webinar.look_around()
    before = set(seat.screen.places)

    await journey.start_over(seat.user)
    await seat.user.webinar.greet("hello")

    assert seat.screen.acts[-1] == ("click", "button 인사하기")
    assert seat.screen.mouse.was_at not in before


async def test_a_page_that_was_loaded_anew_has_come_back_when_it_is_ready_again() -> None:
    seat = seated()
    seat.screen.reactions = [lambda: seat.traffic.entries.append(RIGHT)]
    await failing(journey.reload(seat.user), "no readiness on Realtime")

    seat.screen.reactions = [lambda: lets_in(seat)]
    await journey.reload(seat.user)


async def test_a_page_that_was_loaded_anew_may_be_refused_or_never_ask() -> None:
    seat = seated()
    await failing(journey.reload(seat.user), "never saw the answer of POST .*/access/track")

    seat.screen.reactions = [lambda: seat.traffic.entries.append(REFUSED)]
    await failing(journey.reload(seat.user), "entry refused: 403 not_registered")


async def test_a_page_gives_way_when_it_says_so() -> None:
    seat = seated()
    seat.screen.alerts = ["잠시 후 다시 시도해 주세요."]
    await failing(journey.give_way(seat.user), "다른 곳에서 로그인.*, last saw '잠시 후")

    seat.screen.alerts = [IS_ELSEWHERE]
    await journey.give_way(seat.user)


async def test_a_second_greeting_waits_for_the_button_and_has_its_own_number() -> None:
    seat = Seat()
    seat.requests(ACCEPTED, "71")

    await journey.greet_again(seat.user, 1)

    assert seat.screen.acts[0] == ("try", "button 인사하기")
    assert [(send.number, send.message_id) for send in seat.sends] == [(1, "71")]


async def test_an_attempt_to_speak_answers_and_is_recorded_whether_granted_or_not() -> None:
    seat = Seat()

    seat.requests(REFUSED)
    assert await journey.try_to_say(seat.user, 0, "hello") == REFUSED
    seat.requests(ACCEPTED, "71")
    assert await journey.try_to_say(seat.user, 1, "hello") == ACCEPTED

    assert [send.outcome for send in seat.sends] == [Outcome.FAIL, Outcome.OK]


async def test_an_attempt_to_speak_that_is_never_answered_has_failed() -> None:
    seat = Seat()

    await failing(journey.try_to_say(seat.user, 0, "hello"), "caused no request")
    seat.requests(None)
    await failing(journey.try_to_say(seat.user, 1, "hello"), "never answered")
