"""The screens that a virtual user touches: a class per screen, all locators in here.

Locators go by role and accessible name, as a person (or a screen reader) finds things. Where
form and chat are is for the target's file to say (`screens`); the other screens are EventLive's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.async_api import Error as PlaywrightError

from scenarios.errors import StepFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.async_api import Locator, Page

    from scenarios.screens import Control, SignInScreen, WebinarScreen

# What the page says to somebody who has come in at another device.
IS_ELSEWHERE = "다른 곳에서 로그인하여 이 화면의 참석이 종료되었습니다."

# The page has time left after a frame (one that draws nothing has no idle time without). Where one
# never has, or is hidden and has no frames, after a second all the same.
_IS_AT_REST = """new Promise((rest) => {
    setTimeout(rest, 1000);
    requestAnimationFrame(() => requestIdleCallback(rest));
}).then(() => true)"""
# How an accessibility snapshot says where something stands: left, top, width, height.
_BOX = re.compile(r"\[box=(\S+),(\S+),(\S+),(\S+)\]")

# As Playwright says it of an answer that a new document has made impossible.
_NAVIGATED = "Execution context was destroyed"

Place = tuple[float, float]  # x and y of a control's centre, in CSS pixels of the viewport


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What stands on the webinar's screen: ids of messages, and the number of attendees, if any."""

    message_ids: Sequence[str]
    people: int | None


class SignInPage:
    """The sign-in form; it leads on to the webinar."""

    def __init__(self, page: Page, screen: SignInScreen) -> None:
        self.page = page
        self._screen = screen

    async def open(self, webinar: str) -> None:
        """The form is on screen, and will lead to this webinar."""
        await self.page.goto(at_webinar(self._screen.path, webinar), wait_until="commit")

    async def submit(self, email: str, password: str) -> None:
        """The form was filled in and sent off; says nothing about the answer."""
        await self._screen.email.on(self.page).fill(email)
        await self._screen.password.on(self.page).fill(password)
        await self._screen.submit.on(self.page).click()

    async def rest(self) -> None:
        """The page is loaded and at rest; waits as long as that takes.

        A form that a server has drawn is deaf until the page's own script has taken it over
        (hydration), and nobody types that fast.
        """
        while True:
            await self.page.wait_for_load_state()
            try:
                # Not `wait_for_function`: that takes the 330 kB of Playwright's own script into the
                # page's world as well, 17 ms of CPU of every user.
                await self.page.evaluate(_IS_AT_REST)
                return
            except PlaywrightError as error:
                if _NAVIGATED not in str(error):
                    raise


class WebinarPage:
    """The webinar: greeting button, chat, the way out.

    Where the buttons of the chat stay in their places they are looked up once, while the house
    fills, and then clicked where they stand, as a person does. Playwright's own click makes sure of
    its target in a dozen turns of the page's main thread; in a full house on few cores each turn is
    a wait of up to a second, and a click of the mouse takes three.
    """

    def __init__(self, page: Page, screen: WebinarScreen) -> None:
        self.page = page
        self.screen = screen
        self._places: dict[Control, Place] = {}

    async def open(self, webinar: str) -> None:
        """The webinar's address was opened; where that leads is for the page to say."""
        await self.page.goto(at_webinar(self.screen.path, webinar), wait_until="commit")

    async def look_around(self) -> None:
        """What the user does first can be clicked, and steady buttons have their places."""
        first = self.screen.greet or self.screen.composer
        await first.on(self.page).click(trial=True)
        # A try may scroll the page, and a page that was loaded anew is not where the last one was.
        self._places.clear()
        if self.screen.is_steady:
            for button in (self.screen.greet, self.screen.send):
                if button is not None:
                    await self._place(button)

    async def greet(self, body: str) -> None:
        """The greeting button was clicked; without one, the greeting `body` was typed and sent."""
        if self.screen.greet is not None:
            await self._click(self.screen.greet)
            return
        await self.type(body)
        await self.send()

    async def type(self, body: str) -> None:
        """The message stands in the composer."""
        await self.screen.composer.on(self.page).fill(body)

    async def send(self) -> None:
        """The send button was clicked, or Enter pressed where there is none."""
        if self.screen.send is None:
            await self.screen.composer.on(self.page).press("Enter")
            return
        await self._click(self.screen.send)

    async def shown(self) -> Shown:
        """What the page has drawn of the chat and of the number of attendees."""
        parts = self.screen.shown
        if parts is None:
            return Shown(message_ids=[], people=None)
        items = parts.log.on(self.page).get_by_role("listitem")
        read = "(items, name) => items.map((one) => one.getAttribute(name))"
        ids: list[str] = await items.evaluate_all(read, parts.id_attribute)
        counts = await parts.people.on(self.page).all_inner_texts() if parts.people else []
        return Shown(message_ids=ids, people=next(map(_number, counts), None))

    async def leave(self) -> None:
        """The leave button was clicked, or the page closed where there is none."""
        if self.screen.leave is None:
            await self.page.close()
            return
        await self.screen.leave.on(self.page).click()

    async def sign_out(self) -> None:
        """The sign-out button was clicked."""
        await self.page.get_by_role("button", name="로그아웃").click()

    async def _click(self, button: Control) -> None:
        if self.screen.is_steady:
            await self.page.mouse.click(*await self._place(button))
        else:
            await button.on(self.page).click()

    async def _place(self, button: Control) -> Place:
        if button not in self._places:
            self._places[button] = await _centre(button.on(self.page), button)
        return self._places[button]


class Composer:
    """The text box under a person's fingers; `WebinarPage.type` puts a text there at once."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._text = page.get_by_role("textbox", name="메시지")

    async def type_lines(self, *lines: str) -> None:
        """The lines were typed, with Shift+Enter between them."""
        for number, line in enumerate(lines):
            if number:
                await self._text.press("Shift+Enter")
            await self._text.press_sequentially(line)

    async def compose(self, *states: str) -> None:
        """An input method holds the last of these: `"ㅎ", "하", "한"` while a syllable grows."""
        await self._text.focus()
        devtools = await self.page.context.new_cdp_session(self.page)
        for state in states:
            caret = {"selectionStart": len(state), "selectionEnd": len(state)}
            await devtools.send("Input.imeSetComposition", {"text": state, **caret})

    async def pick(self, text: str) -> None:
        """Enter was pressed for the input method, which keeps the key and lets this text go.

        The page sees key code 229, as on every platform where an input method takes a key.
        """
        devtools = await self.page.context.new_cdp_session(self.page)
        enter = {"key": "Enter", "code": "Enter"}
        taken = {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, **enter}
        await devtools.send("Input.dispatchKeyEvent", taken)
        await devtools.send("Input.insertText", {"text": text})
        await devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})

    async def press_enter(self) -> None:
        """Enter was pressed, and no input method wanted it."""
        await self._text.press("Enter")

    async def double_click_send(self) -> None:
        """The send button was clicked twice, as fast as a double click is."""
        await self.page.get_by_role("button", name="보내기").dblclick()

    async def greet_once_it_can(self) -> None:
        """The greeting button was clicked as soon as it let itself be clicked."""
        await self.page.get_by_role("button", name="인사하기").click()

    async def double_click_greet(self) -> None:
        """The greeting button was clicked twice, as fast as a double click is."""
        await self.page.get_by_role("button", name="인사하기").dblclick()

    async def try_again(self) -> None:
        """The button that the page offers with a problem was clicked."""
        await self.page.get_by_role("alert").get_by_role("button", name="재시도").click()


class Screen:
    """Whatever stands on the page, as a person (or a screen reader) takes it in."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def alerts(self) -> str:
        """What the page tells her so that she notices; empty where it tells her nothing."""
        return " ".join(await self.page.get_by_role("alert").all_inner_texts()).strip()

    async def chat(self) -> list[str]:
        """What is said in the chat, line breaks and all, from the oldest on."""
        items = self.page.get_by_role("log").get_by_role("listitem")
        return await items.get_by_role("paragraph").all_inner_texts()

    async def connection(self) -> str:
        """What the page says of its connection; empty where it says nothing."""
        states = self.page.get_by_role("status", name="연결 상태")
        return " ".join(await states.all_inner_texts()).strip()

    async def asks_for_sign_in(self) -> bool:
        """There is the form that lets people in."""
        return await self.page.get_by_role("button", name="로그인").is_visible()

    async def start_over(self) -> None:
        """What it offers where it does not go on was clicked."""
        await self.page.get_by_role("button", name="다시 시도").click()

    async def offers_to_write(self) -> bool:
        """There is a box to write a message in, and it takes one."""
        text = self.page.get_by_role("textbox", name="메시지", disabled=False)
        return await text.is_visible()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of the console; None as long as one is not known."""

    present: int | None
    registered: int | None
    messages: int | None


class ConsolePage:
    """The admins' console: who is there, how many, and which messages stay."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def open(self, webinar: str) -> None:
        """The console's address was opened; it asks strangers to sign in, and is next for them."""
        await self.page.goto(f"/admin/webinars/{webinar}", wait_until="commit")

    async def attendees(self) -> list[str]:
        """The names in the table of those present."""
        table = self.page.get_by_role("table", name="참석자 목록")
        return await table.get_by_role("rowheader").all_inner_texts()

    async def figures(self) -> Figures:
        """The figures above the table."""
        terms = await self.page.get_by_role("term").all_inner_texts()
        values = await self.page.get_by_role("definition").all_inner_texts()
        shown = dict(zip(terms, map(_number, values), strict=False))
        return Figures(
            present=shown.get("현재 접속"),
            registered=shown.get("등록"),
            messages=shown.get("누적 메시지"),
        )

    async def hide(self, body: str) -> None:
        """The button that hides this message was clicked."""
        items = self.page.get_by_role("log").get_by_role("listitem")
        await items.filter(has_text=body).get_by_role("button", name="숨기기").click()


# What a page's own code does, too; `fetch` and sockets from its console are not told apart.
_CALL = """async ({ method, url, headers, content }) => {
    const body = content === null ? undefined : JSON.stringify(content);
    const answer = await fetch(url, { method, headers, body });
    return [answer.status, await answer.text()];
}"""
# The socket stays open: a page that closed it would have lost a channel.
_JOIN = """({ url, topic, token }) => new Promise((resolve) => {
    const join = { config: { private: true }, access_token: token };
    const socket = new WebSocket(url);
    socket.onopen = () => socket.send(JSON.stringify(["1", "1", topic, "phx_join", join]));
    socket.onerror = () => resolve("no connection");
    socket.onmessage = ({ data }) => {
        const [, , , event, payload] = JSON.parse(data);
        if (event === "phx_reply") resolve(payload.status);
    };
})"""


class DeveloperTools:
    """What anybody can do from a page by hand: ask its servers, with her own token or without."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def call(
        self, method: str, url: str, headers: dict[str, str], content: object = None
    ) -> tuple[int, str]:
        """Status and text of the answer to one HTTP call; `content` goes out as JSON."""
        asked = {"method": method, "url": url, "headers": headers, "content": content}
        status, text = await self.page.evaluate(_CALL, asked)
        return int(status), str(text)

    async def join(self, url: str, topic: str, token: str) -> str:
        """The status that Realtime answers to a join of a private channel: `ok` or `error`."""
        asked = {"url": url, "topic": topic, "token": token}
        return str(await self.page.evaluate(_JOIN, asked))


def at_webinar(path: str, webinar: str) -> str:
    """The path of this webinar's page."""
    return path.replace("{webinar}", webinar)


async def _centre(element: Locator, name: Control) -> Place:
    # Not `bounding_box`, which takes Playwright's script into the page's world (see `rest`). What
    # has no role has no line of its own in the snapshot: the first would be that of a part of it.
    if name.role and (found := _BOX.search(await element.aria_snapshot(boxes=True))):
        left, top, width, height = map(float, found.groups())
        return (left + width / 2, top + height / 2)
    box = await element.bounding_box()
    if box is None:
        raise StepFailed(f"the {name} is not on screen")
    return (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def _number(text: str) -> int | None:
    """The number in a text such as `1,234명`; None in one without digits."""
    digits = re.sub(r"\D", "", text)
    return int(digits) if digits else None
