"""The journey with locust-plugins' PlaywrightUser, as many in a browser as its author advises.

The plugin launches a full Chromium by its channel, with switches of its own: here it is given the
shell that everybody uses, and those switches come on top of the others'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locust import task
from locust_plugins.users.playwright import PlaywrightUser, pw
from playwright.async_api import async_playwright, expect

from tools.bench.rivals.plan import give_word, read_plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page

PLAN = read_plan()
PATIENCE_MS = 60_000
PEOPLE: Iterator[tuple[str, str]] = iter(PLAN.people)
NOBODY = ("", "")  # the last browser may have more viewers than there are people left


class Viewer(PlaywrightUser):
    """So many viewers as one browser has."""

    host = PLAN.base_url
    headless = True
    multiplier = PLAN.together

    async def _pwprep(self) -> None:
        self.playwright = await async_playwright().start()
        chromium = self.playwright.chromium
        launch = chromium.launch

        async def launch_shell(*, channel: str, args: list[str], **options: Any) -> object:
            del channel
            switches = [*args, *PLAN.switches]
            return await launch(executable_path=PLAN.browser, args=switches, **options)

        chromium.launch = launch_shell  # type: ignore[assignment, method-assign]
        await super()._pwprep()

    @task
    @pw
    async def chat(self, page: Page) -> None:
        email, password = next(PEOPLE, NOBODY)
        if not email:
            return
        await page.goto(PLAN.door)
        await page.get_by_label("이메일").fill(email)
        await page.get_by_label("비밀번호").fill(password)
        await page.get_by_role("button", name="로그인").click()

        async with page.expect_response("**/messages") as greeting:
            await page.get_by_role("button", name="인사하기").click()
        assert (await greeting.value).ok

        for number in range(PLAN.messages):
            text = f"{email} says {number}"
            await page.get_by_role("textbox", name="메시지").fill(text)
            await page.get_by_role("button", name="보내기").click()
            said = page.get_by_role("log").get_by_text(text)
            await expect(said).to_be_visible(timeout=PATIENCE_MS)

        await page.get_by_role("button", name="나가기").click()
        await expect(page.get_by_role("heading", name="웨비나에서 나갔습니다")).to_be_visible()
        give_word(email, PLAN.messages)
