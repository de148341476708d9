"""The screens of EventLive that a virtual user touches: a class per screen, all locators in here.

Locators go by role and accessible name, as a person (or a screen reader) finds things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenarios.errors import StepFailed

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

Place = tuple[float, float]  # x and y of a control's centre, in CSS pixels of the viewport


class SignInPage:
    """The sign-in form; it leads on to the webinar."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def open(self, webinar: str) -> None:
        """The form is on screen, and will lead to this webinar."""
        await self.page.goto(f"/?next=/webinars/{webinar}", wait_until="commit")

    async def submit(self, email: str, password: str) -> None:
        """The form was filled in and sent off; says nothing about the answer."""
        await self.page.get_by_label("이메일").fill(email)
        await self.page.get_by_label("비밀번호").fill(password)
        await self.page.get_by_role("button", name="로그인").click()


class WebinarPage:
    """The webinar: greeting button, chat, the way out.

    The buttons of the chat are looked up once, while the house fills, and then clicked where they
    stand, as a person does. Playwright's own click makes sure of its target in a dozen turns of the
    page's main thread; in a full house on few cores each turn is a wait of up to a second, and a
    click of the mouse takes three.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self._places: dict[str, Place] = {}

    async def look_around(self) -> None:
        """The greeting button can be clicked, and the chat's buttons have their places."""
        await self._button("인사하기").click(trial=True)
        for name in ("인사하기", "보내기"):
            await self._place(name)

    async def greet(self) -> None:
        """The greeting button was clicked."""
        await self._click("인사하기")

    async def type(self, body: str) -> None:
        """The message stands in the composer."""
        await self.page.get_by_role("textbox", name="메시지").fill(body)

    async def send(self) -> None:
        """The send button was clicked."""
        await self._click("보내기")

    async def shown(self) -> list[str]:
        """The ids of the messages in the chat, as the page drew them."""
        items = self.page.get_by_role("log").get_by_role("listitem")
        ids: list[str] = await items.evaluate_all("items => items.map((one) => one.dataset.id)")
        return ids

    async def leave(self) -> None:
        """The leave button was clicked."""
        await self._button("나가기").click()

    def _button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    async def _click(self, name: str) -> None:
        await self.page.mouse.click(*await self._place(name))

    async def _place(self, name: str) -> Place:
        if name not in self._places:
            box = await self._button(name).bounding_box()
            if box is None:
                raise StepFailed(f"the button {name!r} is not on screen")
            self._places[name] = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        return self._places[name]
