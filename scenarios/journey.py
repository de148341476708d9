"""What one virtual user does in a webinar, step by step.

A step acts on the page and waits for what the wire shows. It raises StepFailed with the last thing
seen; it judges nothing else. `steps` times and records each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic, monotonic_ns
from typing import TYPE_CHECKING, TypeVar

from playwright.async_api import Error as PlaywrightError

from reports.digest import digest_of
from reports.history import Outcome, Send
from scenarios.errors import StepFailed
from scenarios.pages import IS_ELSEWHERE, Composer, ConsolePage, Screen, SignInPage, WebinarPage
from scenarios.patience import Patience
from scenarios.traffic import Kind
from scenarios.waiting import until, until_time, within

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from playwright.async_api import Page

    from scenarios.identity import Identity
    from scenarios.pages import Shown
    from scenarios.screens import Screens
    from scenarios.traffic import Answer, SendExchange, Traffic


T = TypeVar("T")

LOOK_INTERVAL_S = 0.5
GLANCE_INTERVAL_S = 0.1  # at one detail of one page
CAPTCHA_ADVICE = (
    "Auth asks for a captcha, which keeps robots out: turn it off on this project, or let the "
    'target\'s file bring sessions (how = "storage" or "cookies"), for which the service key need '
    "not solve one"
)
_AUTHS_ANSWER = "the sign-in form's answer from Auth"


@dataclass(slots=True, kw_only=True)
class VirtualUser:
    """An identity acting in its own browser context."""

    index: int  # place in the pool, from 0
    identity: Identity
    page: Page
    screens: Screens
    exchanges: Mapping[Kind, str]  # the target's routes that can be waited for
    traffic: Traffic
    record: Callable[[Send], None]
    timeout_s: float
    has_frames: bool = True  # messages arrive on a Realtime channel
    patience: Patience = field(default_factory=Patience)  # with Auth's limit on sign-ins
    webinar: WebinarPage = field(init=False)

    def __post_init__(self) -> None:
        """The webinar's screen belongs to the page, whatever it shows now."""
        self.webinar = WebinarPage(self.page, self.screens.webinar)

    @property
    def name(self) -> str:
        """What reports call this user."""
        return self.identity.name

    @property
    def form(self) -> SignInPage:
        """The form that lets her in; raises StepFailed where the target has none."""
        if self.screens.sign_in is None:
            raise StepFailed("the target's file describes no form to sign in")
        return SignInPage(self.page, self.screens.sign_in)


async def sign_in(user: VirtualUser, webinar: str) -> None:
    """Auth accepted the user's password through the real form."""
    await user.form.open(webinar)
    await _be_known(user)


async def try_password(user: VirtualUser, webinar: str, password: str) -> Answer:
    """Auth's answer to this password, whatever it is; it was asked through the real form."""
    await user.form.open(webinar)
    return await submit(user, password)


async def submit(user: VirtualUser, password: str) -> Answer:
    """Auth's answer to the form on screen; who is told that she is too fast sends it again."""
    while True:
        place = len(user.traffic.sign_ins)
        await fill_in(user, password)
        answer = await _answer(user, user.traffic.sign_ins, place, _AUTHS_ANSWER)
        if not answer.is_throttled:
            return answer
        await user.patience.wait(answer)


async def fill_in(user: VirtualUser, password: str) -> None:
    """The form on screen was filled in and sent off, once its page had come to rest."""
    form = user.form
    # An evaluation has no time-out of its own.
    what = "the page of the form did not come to rest"
    await within(form.rest(), what, timeout_s=user.timeout_s)
    await form.submit(user.identity.email, password)


async def sign_in_to_console(user: VirtualUser, webinar: str) -> None:
    """Auth accepted the admin's password, and the webinar's console is next."""
    await ConsolePage(user.page).open(webinar)
    await _be_known(user)


async def come_in(user: VirtualUser, webinar: str) -> None:
    """The session that this browser has led through the webinar's door to a seat."""
    await user.webinar.open(webinar)
    await take_seat(user)


async def take_seat(user: VirtualUser) -> None:
    """The webinar let the user in, her Realtime channel is ready to receive, and she can greet.

    Ready is the join reply and, for postgres_changes, the `system` frame after it: SUBSCRIBED alone
    is not (protocol reference A.5).
    """
    await _be_let_in(user, 0)
    await user.webinar.look_around()


async def reload(user: VirtualUser) -> None:
    """The page was loaded anew and let in, and its Realtime channel is ready to receive."""
    await _come_back(user, user.page.reload())


async def give_way(user: VirtualUser) -> None:
    """The page says that its visit is over, since its person came in at another device."""
    await see(
        Screen(user.page).alerts,
        lambda shown: IS_ELSEWHERE in shown,
        repr(IS_ELSEWHERE),
        timeout_s=user.timeout_s,
    )


async def start_over(user: VirtualUser) -> None:
    """What the page offers where it does not go on was clicked, and the user has a seat again."""
    await _come_back(user, Screen(user.page).start_over())
    await user.webinar.look_around()


async def be_ready(user: VirtualUser, *, timeout_s: float) -> None:
    """Her Realtime channel can receive, since anybody last forgot that it could."""
    await until(
        lambda: user.traffic.ready_at_ns,
        lambda: f"no readiness on Realtime; last: {user.traffic.channel_state}",
        timeout_s=timeout_s,
    )


async def greet(user: VirtualUser, body: str) -> None:
    """The server accepted the greeting: that of the greeting button or, without one, `body`."""
    await _send(user, 0, lambda: user.webinar.greet(body))


async def say(user: VirtualUser, number: int, body: str) -> None:
    """The message was typed, sent, and accepted by the server."""
    await user.webinar.type(body)
    await _send(user, number, user.webinar.send)


async def greet_at_once(user: VirtualUser) -> None:
    """The greeting button was clicked as soon as it let itself be, and the server accepted."""
    await _send(user, 0, Composer(user.page).greet_once_it_can)


async def greet_again(user: VirtualUser, number: int) -> None:
    """The greeting button, which rests after each greeting, was clicked once more."""
    await user.webinar.look_around()
    await _send(user, number, lambda: user.webinar.greet(""))


async def send_by_enter(user: VirtualUser, number: int) -> None:
    """Enter was pressed, and the server accepted what stood in the composer."""
    await _send(user, number, Composer(user.page).press_enter)


async def send_again(user: VirtualUser, number: int) -> None:
    """What could not be sent was sent again by the button offered, and the server accepted it."""
    await _send(user, number, Composer(user.page).try_again)


async def say_by_double_click(user: VirtualUser, number: int, body: str) -> None:
    """The message was typed, the send button was clicked twice, and the server accepted it."""
    await user.webinar.type(body)
    await _send(user, number, Composer(user.page).double_click_send)


async def greet_by_double_click(user: VirtualUser, number: int) -> None:
    """The greeting button was clicked twice, and the server accepted a greeting."""
    await _send(user, number, Composer(user.page).double_click_greet)


async def try_to_say(user: VirtualUser, number: int, body: str) -> Answer:
    """The server's answer to this message, whatever it is."""
    place = len(user.traffic.sends)
    await user.webinar.type(body)
    try:
        await _send(user, number, user.webinar.send)
    except StepFailed:
        sent = next(iter(user.traffic.sends[place:]), None)
        if sent is None or sent.answer is None:
            raise
    answer = user.traffic.sends[place].answer
    assert answer is not None
    return answer


async def look(user: VirtualUser, newest: str) -> Shown:
    """The screen once it shows `newest` and as many people as the page was told of.

    When the time is up, whatever it shows then.
    """
    deadline_s = monotonic() + user.timeout_s
    while _is_behind(shown := await _shown(user), user, newest) and monotonic() < deadline_s:
        await until_time(monotonic() + LOOK_INTERVAL_S)
    return shown


async def leave(user: VirtualUser) -> None:
    """The seat was left, and the server knows, where the target tells it."""
    await user.webinar.leave()
    if Kind.LEAVING in user.exchanges:
        await _be_let_go(user)


async def sign_out(user: VirtualUser) -> None:
    """The sign-out button was clicked, the seat is free, and the page asks who she is."""
    await user.webinar.sign_out()
    await _be_let_go(user)
    screen = Screen(user.page)
    await see(screen.asks_for_sign_in, bool, "a sign-in form", timeout_s=user.timeout_s)


async def _be_let_go(user: VirtualUser) -> None:
    answer = await _answer(user, user.traffic.leaves, 0, _answer_of(user, Kind.LEAVING))
    if not answer.is_ok:
        raise StepFailed(f"leaving refused: {answer}")


async def see(
    look: Callable[[], Awaitable[T]], is_it: Callable[[T], bool], what: str, *, timeout_s: float
) -> T:
    """The first look that shows `what`; raises StepFailed with what was seen last.

    Between two documents there is nothing to be seen, which is no reason to look away.
    """
    deadline_s = monotonic() + timeout_s
    while True:
        try:
            seen = await within(look(), f"no look at {what}", timeout_s=timeout_s)
            if is_it(seen):
                return seen
            last = repr(seen)
        except PlaywrightError as error:
            last = str(error).partition("\n")[0]
        if monotonic() >= deadline_s:
            raise StepFailed(f"expected {what}, last saw {last} (waited {timeout_s:g} s)")
        await until_time(monotonic() + GLANCE_INTERVAL_S)


async def keep_seeing(
    look: Callable[[], Awaitable[T]], is_it: Callable[[T], bool], what: str, *, for_s: float
) -> None:
    """Every look in so many seconds showed `what`; raises StepFailed at the first that did not."""
    until_s = monotonic() + for_s
    while monotonic() < until_s:
        seen = await look()
        if not is_it(seen):
            raise StepFailed(f"expected {what} for {for_s:g} s, and then saw {seen!r}")
        await until_time(monotonic() + GLANCE_INTERVAL_S)


def _is_behind(shown: Shown, user: VirtualUser, newest: str) -> bool:
    told_of = len(user.traffic.present) + user.traffic.others
    # A page that shows no number cannot be behind with it.
    return newest not in shown.message_ids or shown.people not in (told_of, None)


async def _shown(user: VirtualUser) -> Shown:
    # An evaluation has no time-out of its own.
    what = "the page did not say what it shows"
    return await within(user.webinar.shown(), what, timeout_s=user.timeout_s)


async def _be_known(user: VirtualUser) -> None:
    answer = await submit(user, user.identity.password)
    if answer.is_for_captcha:
        raise StepFailed(f"sign-in refused: {answer}; {CAPTCHA_ADVICE}")
    if not answer.is_ok:
        raise StepFailed(f"sign-in refused: {answer}")


async def _answer(user: VirtualUser, answers: list[Answer], place: int, what: str) -> Answer:
    return await until(
        lambda: answers[place] if len(answers) > place else None,
        lambda: f"never saw {what}",
        timeout_s=user.timeout_s,
    )


def _answer_of(user: VirtualUser, kind: Kind) -> str:
    return f"the answer of {user.exchanges[kind]}"


async def _come_back(user: VirtualUser, load: Awaitable[object]) -> None:
    place = len(user.traffic.entries)
    user.traffic.ready_at_ns = None
    await load
    await _be_let_in(user, place)


async def _be_let_in(user: VirtualUser, place: int) -> None:
    if Kind.ENTRY in user.exchanges:
        answer = await _answer(user, user.traffic.entries, place, _answer_of(user, Kind.ENTRY))
        if not answer.is_ok:
            raise StepFailed(f"entry refused: {answer}")
    if user.has_frames:
        await be_ready(user, timeout_s=user.timeout_s)


async def _send(user: VirtualUser, number: int, click: Callable[[], Awaitable[None]]) -> None:
    """One click that should send; recorded whatever becomes of it."""
    place = len(user.traffic.sends)
    clicked_at_ns = monotonic_ns()
    try:
        # The mouse has no time-out of its own: a page that hangs would hold it for ever.
        await within(click(), "the page did not take the click", timeout_s=user.timeout_s)
        exchange = await _accepted(user, place)
    finally:
        sends = user.traffic.sends
        user.record(_send_op(user.name, number, clicked_at_ns, next(iter(sends[place:]), None)))
    if exchange.answer is None or not exchange.answer.is_ok:
        raise StepFailed(f"send #{number} refused: {exchange.answer}")


async def _accepted(user: VirtualUser, place: int) -> SendExchange:
    sends = user.traffic.sends
    exchange = await until(
        lambda: sends[place] if len(sends) > place else None,
        lambda: "the click caused no request",
        timeout_s=user.timeout_s,
    )
    await until(
        lambda: exchange.answer,
        lambda: "the send was requested and never answered",
        timeout_s=user.timeout_s,
    )
    return exchange


def _send_op(name: str, number: int, clicked_at_ns: int, exchange: SendExchange | None) -> Send:
    if exchange is None:
        return Send(user=name, number=number, outcome=Outcome.FAIL, clicked_at_ns=clicked_at_ns)
    answer = exchange.answer
    is_accepted = answer is not None and answer.is_ok
    return Send(
        user=name,
        number=number,
        outcome=_outcome(answer),
        clicked_at_ns=clicked_at_ns,
        requested_at_ns=exchange.requested_at_ns,
        accepted_at_ns=answer.at_ns if answer is not None and is_accepted else None,
        message_id=exchange.message_id,
        digest=digest_of(exchange.body),
        status=answer.status if answer else None,
        code=answer.code if answer else "",
    )


def _outcome(answer: Answer | None) -> Outcome:
    # A request without an answer may have been carried out: only an answer decides.
    if answer is None or answer.status is None:
        return Outcome.UNKNOWN
    return Outcome.OK if answer.is_ok else Outcome.FAIL
