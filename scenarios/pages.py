"""The screens of EventLive that a virtual user touches: a class per screen, all locators in here.

Locators go by role and accessible name, as a person (or a screen reader) finds things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page


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
    """The webinar: greeting button, chat, the way out."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def greet(self) -> None:
        """The greeting button was clicked."""
        await self.page.get_by_role("button", name="인사하기").click()

    async def type(self, body: str) -> None:
        """The message stands in the composer."""
        await self.page.get_by_role("textbox", name="메시지").fill(body)

    async def send(self) -> None:
        """The send button was clicked."""
        await self.page.get_by_role("button", name="보내기").click()

    async def leave(self) -> None:
        """The leave button was clicked."""
        await self.page.get_by_role("button", name="나가기").click()
