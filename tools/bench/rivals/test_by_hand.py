"""A test per user with pytest-playwright's `page`, as people write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tools.bench.rivals.plan import give_word, read_plan

if TYPE_CHECKING:
    from playwright.sync_api import Page

PLAN = read_plan()
PATIENCE_MS = 60_000


@pytest.mark.parametrize(("email", "password"), PLAN.people)
def test_user_chats(page: Page, email: str, password: str) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(PLAN.door)
    page.get_by_label("이메일").fill(email)
    page.get_by_label("비밀번호").fill(password)
    page.get_by_role("button", name="로그인").click()

    with page.expect_response("**/messages") as greeting:
        page.get_by_role("button", name="인사하기").click()
    assert greeting.value.ok

    for number in range(PLAN.messages):
        text = f"{email} says {number}"
        page.get_by_role("textbox", name="메시지").fill(text)
        page.get_by_role("button", name="보내기").click()
        expect(page.get_by_role("log").get_by_text(text)).to_be_visible(timeout=PATIENCE_MS)

    page.get_by_role("button", name="나가기").click()
    expect(page.get_by_role("heading", name="웨비나에서 나갔습니다")).to_be_visible()
    give_word(email, PLAN.messages)
