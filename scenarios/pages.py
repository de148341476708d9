"""The screens of EventLive that a virtual user touches: a class per screen, all locators in here.

Locators go by role and accessible name, as a person (or a screen reader) finds things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import ElementHandle, Page

Role = Literal["button", "textbox"]


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

    A control is looked up by role and name once and then held: the look-up computes the roles and
    names of the whole document, and in a busy chat 400 pages would do little else.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self._held: dict[str, ElementHandle] = {}

    async def greet(self) -> None:
        """The greeting button was clicked."""
        await self._act("button", "인사하기", lambda control: control.click())

    async def type(self, body: str) -> None:
        """The message stands in the composer."""
        await self._act("textbox", "메시지", lambda control: control.fill(body))

    async def send(self) -> None:
        """The send button was clicked."""
        await self._act("button", "보내기", lambda control: control.click())

    async def leave(self) -> None:
        """The leave button was clicked."""
        await self._act("button", "나가기", lambda control: control.click())

    async def _act(
        self, role: Role, name: str, act: Callable[[ElementHandle], Awaitable[None]]
    ) -> None:
        held = self._held.get(name)
        # A page may have drawn the control anew since.
        if held is None or not await held.evaluate("control => control.isConnected"):
            held = await self.page.get_by_role(role, name=name).element_handle()
            self._held[name] = held
        await act(held)
