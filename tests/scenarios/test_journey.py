"""Journeys against a page that only takes clicks; what the wire shows is filled in by the test."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import msgspec
import pytest
from playwright.async_api import Error as PlaywrightError

from fixtures.target.description import EMBEDDED, load_description
from reports.digest import digest_of
from reports.history import Outcome, Send
from scenarios import journey
from scenarios.errors import StepFailed, StepThrottled
from scenarios.identity import Identity
from scenarios.journey import VirtualUser
from scenarios.pages import Shown
from scenarios.screens import Control
from scenarios.traffic import Answer, SendExchange, Traffic

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Page

pytestmark = pytest.mark.anyio

EVENTLIVE = load_description(EMBEDDED)
TIMEOUT_S = 0.1
ACCEPTED = Answer(status=201, code="", at_ns=90)
REFUSED = Answer(status=403, code="not_registered", at_ns=90)
LOST = Answer(status=None, code="net::ERR_CONNECTION_RESET", at_ns=90)
ADA = Identity(name="u0001", email="u0001@soundcheck.test", password="pass", user_id="user-1")


class Screen:
    """Records what is done to it; `reactions` are what the page does on every click."""

    def __init__(self) -> None:
        self.acts: list[tuple[str, ...]] = []
        self.reactions: list[Callable[[], object]] = []
        self.places: dict[tuple[float, float], str] = {}
        self.hidden: set[str] = set()
        self.parts: dict[str, str] = {}  # what a snapshot shows of them instead
        self.nameless: set[str] = set()  # without a role, so that no snapshot shows them
        self.listed: Callable[[], list[str]] = list
        self.counted: Callable[[], list[str]] = list
        self.alerts: list[str] = []
        self.leads_on = 0  # how often it is exchanged for another one while it comes to rest
        self.mouse = Mouse(self)

    def react(self, element: str) -> None:
        """The page was clicked here."""
        self.acts.append(("click", element))
        for react in self.reactions:
            react()

    async def goto(self, url: str, **_: object) -> None:
        self.acts.append(("goto", url))

    async def wait_for_load_state(self) -> None:
        self.acts.append(("wait", "loaded"))

    async def evaluate(self, _: str) -> None:
        self.acts.append(("wait", "at rest"))
        if self.mouse.is_stuck:
            await asyncio.Event().wait()
        if self.leads_on:
            self.leads_on -= 1
            raise PlaywrightError("Page.evaluate: Execution context was destroyed, most likely …")

    async def reload(self) -> None:
        self.react("reload")

    def locator(self, css: str) -> Locator:
        return Locator(self, css)

    def get_by_label(self, label: str, **_: object) -> Locator:
        return Locator(self, label)

    def get_by_role(self, role: str, *, name: str | None = None, **_: object) -> Locator:
        return Locator(self, f"{role} {name or ''}")


class Mouse:
    """Clicks what stands where it is."""

    def __init__(self, page: Screen) -> None:
        self._page = page
        self.is_stuck = False
        self.was_at = (0.0, 0.0)

    async def click(self, x: float, y: float) -> None:
        if self.is_stuck:
            await asyncio.Event().wait()
        self.was_at = (x, y)
        self._page.react(self._page.places[x, y])


class Locator:
    """One element of the page."""

    def __init__(self, page: Screen, element: str) -> None:
        self._page = page
        self._element = element

    def get_by_role(self, role: str) -> Locator:
        return Locator(self._page, f"{self._element} {role}")

    async def evaluate_all(self, _: str, attribute: str) -> list[str]:
        return self._page.listed()

    async def all_inner_texts(self) -> list[str]:
        if self._element == "alert ":
            return self._page.alerts
        assert self._element == "status 참석자 수"
        return self._page.counted()

    async def click(self, *, trial: bool = False) -> None:
        if trial:
            self._page.acts.append(("try", self._element))
        else:
            self._page.react(self._element)

    async def aria_snapshot(self, *, boxes: bool) -> str:
        assert boxes
        if part := self._page.parts.get(self._element):
            return part
        if self._element in self._page.hidden | self._page.nameless:
            return ""
        return f'- button "{self._element}" [box=0,{self._looked_at()},20,40]'

    async def bounding_box(self) -> dict[str, float] | None:
        if self._element in self._page.hidden:
            return None
        return {"x": 0.0, "y": self._looked_at(), "width": 20.0, "height": 40.0}

    def _looked_at(self) -> float:
        self._page.acts.append(("look at", self._element))
        number = len(self._page.places)
        self._page.places[10.0, 100.0 * number + 20] = self._element
        return 100.0 * number

    async def fill(self, text: str) -> None:
        self._page.acts.append(("fill", self._element, text))


class Seat:
    """One virtual user, her page, her traffic, and the sends that were recorded of her."""

    def __init__(self) -> None:
        self.screen = Screen()
        self.traffic = Traffic()
        self.sends: list[Send] = []
        self.user = VirtualUser(
            index=0,
            identity=ADA,
            page=cast("Page", self.screen),
            screens=EVENTLIVE.screens,
            exchanges=EVENTLIVE.routes,
            traffic=self.traffic,
            record=self.sends.append,
            timeout_s=TIMEOUT_S,
        )

    def requests(self, answer: Answer | None, message_id: str | None = None) -> None:
        """From now on a click sends, and is answered so."""

        def request() -> None:
            sent = SendExchange(requested_at_ns=80, body="as requested")
            sent.answer, sent.message_id = answer, message_id
            self.traffic.sends.append(sent)

        self.screen.reactions = [request]

    @property
    def outcome(self) -> tuple[Any, ...]:
        """What the one recorded send says of itself, without the time of its click."""
        (send,) = self.sends
        assert send.clicked_at_ns > 0
        return (
            send.outcome,
            send.requested_at_ns,
            send.accepted_at_ns,
            send.message_id,
            send.status,
            send.code,
        )


async def failing(act: Awaitable[None], words: str) -> None:
    """The step fails, and says this."""
    with pytest.raises(StepFailed, match=words):
        await act


async def test_an_accepted_greeting_is_a_click_and_a_send_with_its_id() -> None:
    seat = Seat()
    seat.requests(ACCEPTED, "71")

    await journey.greet(seat.user, "hello")

    assert seat.screen.acts == [("look at", "button 인사하기"), ("click", "button 인사하기")]
    assert seat.outcome == (Outcome.OK, 80, 90, "71", 201, "")
    assert (seat.sends[0].user, seat.sends[0].number) == ("u0001", 0)
    assert seat.sends[0].digest == digest_of("as requested")


async def test_a_message_is_typed_before_it_is_sent_and_keeps_its_number() -> None:
    seat = Seat()
    seat.requests(ACCEPTED, "71")

    await journey.say(seat.user, 3, "잘 들립니다")

    assert seat.screen.acts == [
        ("fill", "textbox 메시지", "잘 들립니다"),
        ("look at", "button 보내기"),
        ("click", "button 보내기"),
    ]
    assert seat.sends[0].number == 3


async def test_a_click_without_a_request_did_not_send() -> None:
    seat = Seat()

    await failing(journey.greet(seat.user, "hello"), "the click caused no request")

    assert seat.outcome == (Outcome.FAIL, None, None, None, None, "")


async def test_an_earlier_send_is_not_taken_for_this_one() -> None:
    seat = Seat()
    seat.requests(ACCEPTED, "71")
    await journey.greet(seat.user, "hello")
    seat.screen.reactions = []

    await failing(journey.say(seat.user, 1, "hello"), "the click caused no request")

    assert [(send.number, send.outcome) for send in seat.sends] == [
        (0, Outcome.OK),
        (1, Outcome.FAIL),
    ]


async def test_a_refused_send_did_not_happen_and_says_why() -> None:
    seat = Seat()
    seat.requests(REFUSED)

    await failing(journey.greet(seat.user, "hello"), "send #0 refused: 403 not_registered")

    assert seat.outcome == (Outcome.FAIL, 80, None, None, 403, "not_registered")


async def test_a_request_without_an_answer_may_have_been_carried_out() -> None:
    seat = Seat()
    seat.requests(None)

    await failing(journey.greet(seat.user, "hello"), "requested and never answered")

    assert seat.outcome == (Outcome.UNKNOWN, 80, None, None, None, "")
    assert seat.sends[0].digest == digest_of("as requested")


async def test_a_connection_lost_before_the_answer_leaves_the_send_unknown() -> None:
    seat = Seat()
    seat.requests(LOST)

    await failing(journey.greet(seat.user, "hello"), "no answer net::ERR_CONNECTION_RESET")

    assert seat.outcome == (Outcome.UNKNOWN, 80, None, None, None, "net::ERR_CONNECTION_RESET")


async def test_an_answer_that_takes_its_time_is_waited_for() -> None:
    seat = Seat()
    seat.requests(None)

    def answer() -> None:
        seat.traffic.sends[0].message_id = "71"
        seat.traffic.sends[0].answer = ACCEPTED

    def answer_later() -> None:
        asyncio.get_running_loop().call_later(TIMEOUT_S / 4, answer)

    seat.screen.reactions.append(answer_later)

    await journey.greet(seat.user, "hello")

    assert seat.outcome == (Outcome.OK, 80, 90, "71", 201, "")


async def test_a_click_that_breaks_is_recorded_as_a_send_that_did_not_happen() -> None:
    seat = Seat()

    def broken() -> None:
        raise PlaywrightError("Target crashed")

    seat.screen.reactions = [broken]

    with pytest.raises(PlaywrightError):
        await journey.greet(seat.user, "hello")

    assert seat.outcome == (Outcome.FAIL, None, None, None, None, "")


async def test_a_send_interrupted_while_it_waits_is_recorded_all_the_same() -> None:
    seat = Seat()
    seat.requests(None)
    clicked = asyncio.Event()
    seat.screen.reactions.append(clicked.set)

    greeting = asyncio.create_task(journey.greet(seat.user, "hello"))
    await clicked.wait()
    greeting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await greeting

    assert seat.outcome == (Outcome.UNKNOWN, 80, None, None, None, "")


async def test_signing_in_goes_through_the_form_and_on_to_the_webinar() -> None:
    seat = Seat()
    accepted = Answer(status=200, code="", at_ns=1)
    seat.screen.reactions = [lambda: seat.traffic.sign_ins.append(accepted)]

    await journey.sign_in(seat.user, "149402")

    assert seat.screen.acts == [
        ("goto", "/?next=/webinars/149402"),
        ("wait", "loaded"),
        ("wait", "at rest"),
        ("fill", "이메일", ADA.email),
        ("fill", "비밀번호", ADA.password),
        ("click", "button 로그인"),
    ]


async def test_a_form_that_leads_on_to_another_page_is_left_alone_until_that_one_rests() -> None:
    seat = Seat()
    seat.screen.leads_on = 2
    accepted = Answer(status=200, code="", at_ns=1)
    seat.screen.reactions = [lambda: seat.traffic.sign_ins.append(accepted)]

    await journey.sign_in(seat.user, "149402")

    rest = [("wait", "loaded"), ("wait", "at rest")]
    assert seat.screen.acts[1:-3] == [*rest, *rest, *rest]


async def test_a_form_on_a_page_that_hangs_holds_nobody_up() -> None:
    seat = Seat()
    seat.screen.mouse.is_stuck = True

    await failing(journey.sign_in(seat.user, "149402"), "the page of the form did not come to rest")


async def test_a_sign_in_that_is_refused_or_never_answered_says_which() -> None:
    seat = Seat()

    await failing(journey.sign_in(seat.user, "1"), "never saw the sign-in form's answer from Auth")
    wrong = Answer(status=400, code="invalid_credentials", at_ns=1)
    seat.screen.reactions = [lambda: seat.traffic.sign_ins.append(wrong)]
    await failing(journey.sign_in(seat.user, "1"), "sign-in refused: 400 invalid_credentials")


async def test_a_captcha_of_auths_own_has_a_sentence_of_its_own() -> None:
    seat = Seat()
    asked = Answer(status=400, code="captcha_failed", at_ns=1)
    seat.screen.reactions = [lambda: seat.traffic.sign_ins.append(asked)]

    await failing(journey.sign_in(seat.user, "1"), "400 captcha_failed; Auth asks for a captcha")


async def test_whoever_is_too_fast_for_auth_sends_the_form_again() -> None:
    seat = Seat()
    busy = Answer(status=429, code="over_request_rate_limit", at_ns=1, retry_after_s=0.01)
    answers = [busy, busy, Answer(status=200, code="", at_ns=2)]
    seat.screen.reactions = [lambda: seat.traffic.sign_ins.append(answers.pop(0))]

    await journey.sign_in(seat.user, "149402")

    assert seat.screen.acts.count(("click", "button 로그인")) == 3
    assert (seat.user.patience.times, seat.user.patience.held_ns >= 20_000_000) == (2, True)


async def test_a_limit_that_outlasts_her_patience_is_told_apart_from_a_refusal() -> None:
    seat = Seat()
    busy = Answer(status=429, code="over_request_rate_limit", at_ns=1, retry_after_s=600)
    seat.screen.reactions = [lambda: seat.traffic.sign_ins.append(busy)]

    with pytest.raises(StepThrottled, match="let nobody in at 1 tries within 0 s: 429 over_req"):
        await journey.sign_in(seat.user, "149402")


async def test_a_seat_is_taken_only_when_realtime_is_ready_too() -> None:
    seat = Seat()

    await failing(journey.take_seat(seat.user), "never saw the answer of POST .*/access/track")
    seat.traffic.entries.append(Answer(status=200, code="", at_ns=1))
    seat.traffic.channel_state = "realtime:webinar:1 joined"
    await failing(journey.take_seat(seat.user), "no readiness .*; last: realtime:webinar:1 joined")
    assert seat.screen.acts == []
    seat.traffic.ready_at_ns = 5
    await journey.take_seat(seat.user)


async def test_whoever_has_her_seat_has_found_the_buttons_and_looks_for_them_no_more() -> None:
    seat = Seat()
    seat.traffic.entries.append(Answer(status=200, code="", at_ns=1))
    seat.traffic.ready_at_ns = 5
    await journey.take_seat(seat.user)
    assert seat.screen.acts == [
        ("try", "button 인사하기"),
        ("look at", "button 인사하기"),
        ("look at", "button 보내기"),
    ]
    seat.screen.acts.clear()
    seat.requests(ACCEPTED, "71")

    await journey.greet(seat.user, "hello")
    await journey.say(seat.user, 1, "hello")

    assert [act for act in seat.screen.acts if act[0] != "fill"] == [
        ("click", "button 인사하기"),
        ("click", "button 보내기"),
    ]


async def test_a_button_that_is_not_on_screen_cannot_be_clicked() -> None:
    seat = Seat()
    seat.screen.hidden.add("button 인사하기")

    await failing(journey.greet(seat.user, "hello"), "the button '인사하기' is not on screen")


async def test_a_button_without_a_role_is_clicked_where_it_stands_as_well() -> None:
    seat = Seat()
    seat.screen.nameless.add("button 인사하기")
    seat.requests(ACCEPTED, "71")

    await journey.greet(seat.user, "hello")

    assert seat.screen.acts == [("look at", "button 인사하기"), ("click", "button 인사하기")]


async def test_a_button_known_by_css_is_clicked_at_its_own_centre_not_at_that_of_a_part() -> None:
    seat = Seat()
    seat.screen.parts["#greet"] = '- button "a part of it" [box=1,2,3,4]'
    screen = msgspec.structs.replace(EVENTLIVE.screens.webinar, greet=Control(css="#greet"))
    seat.user.webinar.screen = screen
    seat.requests(ACCEPTED, "71")

    await journey.greet(seat.user, "hello")

    assert seat.screen.acts == [("look at", "#greet"), ("click", "#greet")]


async def test_a_page_that_does_not_take_the_click_holds_nobody_up() -> None:
    seat = Seat()
    seat.screen.mouse.is_stuck = True

    await failing(journey.greet(seat.user, "hello"), "the page did not take the click")


async def test_an_entry_that_is_refused_is_not_waited_out() -> None:
    seat = Seat()
    seat.traffic.entries.append(REFUSED)

    await failing(journey.take_seat(seat.user), "entry refused: 403 not_registered")


async def test_leaving_is_a_click_and_the_servers_word_that_the_seat_is_free() -> None:
    seat = Seat()
    await failing(journey.leave(seat.user), "never saw the answer of POST .*/presence/leave")

    seat.traffic.leaves.append(Answer(status=502, code="", at_ns=1))
    await failing(journey.leave(seat.user), "leaving refused: 502")

    seat.traffic.leaves[0] = Answer(status=204, code="", at_ns=1)
    await journey.leave(seat.user)
    assert seat.screen.acts == [("click", "button 나가기")] * 3


def looking(looks: list[list[str]], counts: list[list[str]], told_of: int) -> Seat:
    """A seat whose screen shows one after the other; her page was told of so many people."""
    seat = Seat()
    seat.screen.listed = lambda: looks.pop(0) if len(looks) > 1 else looks[0]
    seat.screen.counted = lambda: counts.pop(0) if len(counts) > 1 else counts[0]
    seat.traffic.present, seat.traffic.others = {"u0001"}, told_of - 1
    return seat


async def test_a_look_waits_until_the_newest_message_is_drawn() -> None:
    seat = looking([["70"], ["70", "71"]], [["1명"]], told_of=1)

    assert await journey.look(seat.user, "71") == Shown(message_ids=["70", "71"], people=1)


async def test_a_look_waits_until_as_many_people_are_shown_as_the_page_was_told_of() -> None:
    seat = looking([["71"]], [["1명"], ["1,234명"]], told_of=1234)

    assert await journey.look(seat.user, "71") == Shown(message_ids=["71"], people=1234)


@pytest.mark.parametrize(
    ("looks", "counts", "shown"),
    [
        (["70"], ["2명"], Shown(message_ids=["70"], people=2)),
        (["71"], ["3명"], Shown(message_ids=["71"], people=3)),
        (["71"], ["-"], Shown(message_ids=["71"], people=None)),
        (["71"], [], Shown(message_ids=["71"], people=None)),
    ],
)
async def test_a_look_ends_when_the_time_is_up_and_says_what_is_there(
    looks: list[str], counts: list[str], shown: Shown
) -> None:
    seat = looking([looks], [counts], told_of=2)

    assert await journey.look(seat.user, "71") == shown
