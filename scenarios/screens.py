"""What a target's screens are like: where its form, its buttons and its chat are.

Data only, from the target's file (`targets/*.toml`); `pages` knows what to do with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page


class Control(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing on a page, found as a person finds it: by role and accessible name, by label, or by
    the text that stands in a field as long as it is empty.

    `css` is the last resort, for pages that give their things none of these. Texts are found as
    parts of longer ones unless `exact`.
    """

    role: str = ""
    name: str = ""
    label: str = ""
    placeholder: str = ""
    css: str = ""
    exact: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError unless there is one way to find it."""
        if sum(map(bool, (self.role, self.label, self.placeholder, self.css))) != 1:
            raise ValueError(
                "a control is found by one of role (with name), label, placeholder and css"
            )
        if self.name and not self.role:
            raise ValueError("a name belongs to a role")

    def on(self, page: Page) -> Locator:
        """Where it is on this page."""
        if self.css:
            return page.locator(self.css)
        if self.label:
            return page.get_by_label(self.label, exact=self.exact)
        if self.placeholder:
            return page.get_by_placeholder(self.placeholder, exact=self.exact)
        role: Any = self.role  # Playwright lists them all as a type
        return page.get_by_role(role, name=self.name or None, exact=self.exact)

    def __str__(self) -> str:
        """As a person reads it: `button '인사하기'`."""
        if self.role:
            return f"{self.role} {self.name!r}" if self.name else self.role
        if field := self.label or self.placeholder:
            return f"field {field!r}"
        return f"element {self.css!r}"


class SignInScreen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The form that lets people in. `path` may hold `{webinar}`."""

    path: str
    email: Control
    password: Control
    submit: Control


class ShownParts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a page shows what it was told. Its messages are the list items of `log`.

    `id_attribute` of an item holds the message's id; ids must grow with time.
    """

    log: Control
    id_attribute: str = "data-id"
    people: Control | None = None  # a text with the number of attendees


class WebinarScreen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The webinar. `path` may hold `{webinar}`.

    Without `greet` the greeting is typed, without `send` Enter sends, without `leave` the page is
    closed, and without `shown` nobody's screen is looked at. `is_steady`: its buttons stay where
    they are while people chat.
    """

    path: str
    composer: Control
    send: Control | None = None
    greet: Control | None = None
    leave: Control | None = None
    shown: ShownParts | None = None
    is_steady: bool = False


class Screens(msgspec.Struct, frozen=True, kw_only=True):
    """The screens that a virtual user meets; `sign_in` is None where her session is brought."""

    sign_in: SignInScreen | None
    webinar: WebinarScreen
