"""Sessions that the suite puts into cookies, judged by the unmodified @supabase/ssr."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import pytest
from anyio.from_thread import start_blocking_portal

from fixtures.sessions import bring_session, cookies, key_of_project
from fixtures.target.deployment import Target
from fixtures.target.description import SignIn
from scenarios.identity import Identity
from scenarios.patience import Patience
from tests.clients.places import ROOT

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

    from tests.clients.places import Chromium, Process
    from tests.clients.served import EventLive, Person

SITE = ROOT / "eventlive" / "site"
# Beside a name in Korean, so much of a biography that a session takes several cookies.
SHORT, LONG = {"name": "참가자"}, {"name": "참가자", "biography": "웨비나 " * 200}
PIECES = pytest.mark.parametrize(("metadata", "is_one"), [(SHORT, True), (LONG, False)])


@dataclass
class Jar:
    """Takes cookies as a browser's context does."""

    cookies: list[Any] = field(default_factory=list)

    async def add_cookies(self, cookies: list[Any]) -> None:
        self.cookies += cookies


@PIECES
def test_a_server_finds_the_session_that_was_brought(
    eventlive: EventLive, node: Process, metadata: dict[str, str], is_one: bool
) -> None:
    person = eventlive.new_person(metadata)
    jar = brought(eventlive, person)

    seen = node.play("ssr", "read", jar=jar)

    assert (len(jar) == 1) is is_one
    assert seen["user"] == person["id"]
    assert is_a_session_of(eventlive, person, seen["refresh_token"])
    assert seen["kept"] == []


@PIECES
def test_what_is_brought_has_the_names_and_pieces_of_the_librarys_own(
    eventlive: EventLive, node: Process, metadata: dict[str, str], is_one: bool
) -> None:
    person = eventlive.new_person(metadata)

    kept = node.play("ssr", "sign_in", email=person["email"], password=person["password"])["kept"]

    own = {one["name"]: one["value"] for one in kept if one["value"]}
    session = "".join(own.values()).removeprefix("base64-")
    text = base64.urlsafe_b64decode(session + "=" * (-len(session) % 4)).decode()
    assert dict(cookies(key_of_project(eventlive.url), text)) == own
    assert (len(own) == 1) is is_one
    assert {one["name"] for one in brought(eventlive, person)} == own.keys()


@PIECES
def test_a_page_finds_the_session_that_was_brought_and_keeps_a_newer_one(
    eventlive: EventLive, chromium: Chromium, metadata: dict[str, str], is_one: bool
) -> None:
    person = eventlive.new_person(metadata)
    page = chromium.open(eventlive.url).page
    page.context.add_cookies(brought(eventlive, person))
    given = [eventlive.given["url"], eventlive.given["key"]]

    page.add_script_tag(content=bundle())
    found = page.evaluate(FIND, given)
    newer = page.evaluate(RENEW, given)
    page.reload()
    page.add_script_tag(content=bundle())

    assert found["user"] == person["id"]
    assert newer["token"] != found["token"]
    assert page.evaluate(FIND, given) == {"user": person["id"], "token": newer["token"]}
    assert (len(page.context.cookies()) == 1) is is_one


FIND = """async ([url, key]) => {
    const client = ssr.createBrowserClient(url, key);
    const { data } = await client.auth.getSession();
    const asked = await client.auth.getUser();
    return { user: asked.data.user?.id, token: data.session?.refresh_token };
}"""
RENEW = """async ([url, key]) => {
    const { data } = await ssr.createBrowserClient(url, key).auth.refreshSession();
    return { token: data.session?.refresh_token };
}"""


def bundle() -> str:
    """The library as a page can load it, by the name `ssr`."""
    bundling = subprocess.run(
        ["node_modules/.bin/esbuild", "--bundle", "--format=iife", "--global-name=ssr"],
        cwd=SITE,
        input='export * from "@supabase/ssr"',
        capture_output=True,
        check=True,
        text=True,
    )
    return bundling.stdout


def brought(eventlive: EventLive, person: Person) -> list[Any]:
    """The cookies of this person's browser, as the suite puts them there."""
    names = Target.__struct_fields__
    target = Target(**{name: eventlive.ready[name] for name in names if name in eventlive.ready})
    identity = Identity(
        name="u0001", email=person["email"], password=person["password"], user_id=person["id"]
    )
    jar = Jar()
    with start_blocking_portal() as portal:
        context = cast("BrowserContext", jar)
        bringing = partial(
            bring_session, context, target, SignIn(how="cookies"), identity, Patience()
        )
        portal.call(bringing)
    return jar.cookies


def is_a_session_of(eventlive: EventLive, person: Person, refresh_token: str) -> bool:
    """Auth renews it, for this person."""
    answer = eventlive.http.post(
        "/auth/v1/token?grant_type=refresh_token",
        json={"refresh_token": refresh_token},
        headers={"apikey": eventlive.ready["anon_key"]},
    )
    return bool(answer.raise_for_status().json()["user"]["id"] == person["id"])
