"""The incident's defects over a real stand-in: what they ask of Supabase, which no browser sees."""

from __future__ import annotations

import asyncio
import tomllib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import uuid4

import httpx
import psycopg
import pytest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse

from eventlive.defects import incident
from eventlive.defects.choosing import DefectError, choose
from eventlive.defects.defect import Choice, Defect
from eventlive.deployment import over_stand_in
from eventlive.settings import Settings
from tests.eventlive.people import REGISTER, new_webinar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from eventlive.deployment import Ready

pytestmark = pytest.mark.anyio

CHECKOUT = Path(__file__).parents[2]
OPEN, CLOSED = 920011, 920012
ADA, BEN, EVE, FAY = (f"{name}@incident.test" for name in ("ada", "ben", "eve", "fay"))
PASSWORD = "correct horse"

LOOK_UP, INSERT = "GET registrations 400 42703", "POST registrations 409 23505"
DOOR, UPSERT, SESSION = (
    "GET entrances 200",
    "POST registrations 200",
    "POST webinar_user_sessions 200",
)
PRESENCE, USER, PROFILE = "POST webinar_live_presence 200", "GET user 200", "GET profiles 200"
HEALTHY = {
    "enter": [DOOR, UPSERT, SESSION],
    "heartbeat": [DOOR, SESSION],
    "ping": [PRESENCE],
    "statistics": [DOOR, "GET live_attendees 200", "HEAD registrations 206", "HEAD messages 200"],
}
BROKEN = {
    "registrations-id-column": {
        "enter": [LOOK_UP, DOOR, UPSERT, SESSION],
        "heartbeat": [LOOK_UP, DOOR, SESSION],
        "ping": [LOOK_UP, PRESENCE],
    },
    "continue-after-400": {
        "enter": [LOOK_UP, INSERT, DOOR, UPSERT, SESSION],
        "heartbeat": [LOOK_UP, INSERT, DOOR, SESSION],
        "ping": [LOOK_UP, INSERT, PRESENCE],
    },
    "missing-upsert": {"enter": [INSERT, DOOR, SESSION]},
    "heavy-ping": {"ping": [DOOR, UPSERT, SESSION, PRESENCE]},
    "auth-user-per-ping": {
        "enter": [USER, DOOR, UPSERT, SESSION],
        "heartbeat": [USER, DOOR, SESSION],
        "ping": [USER, PRESENCE],
    },
    "n-plus-one-profiles": {"statistics": [*HEALTHY["statistics"], PROFILE, PROFILE]},
}


@dataclass(frozen=True, slots=True)
class Recorder:
    """Around Supabase and its defects: "POST registrations 409 23505", and each call's query."""

    calls: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)

    def wrap(self, app: ASGIApp, choice: Choice) -> ASGIApp:
        async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
            place = len(self.calls)
            name = f"{scope['method']} {scope['path'].rpartition('/')[2]}"
            self.calls.append(name)
            self.queries.append(scope["query_string"].decode())

            async def see(message: Message) -> None:
                if message["type"] == "http.response.start":
                    headers = Headers(raw=message["headers"])
                    code = headers.get("proxy-status", "").partition("error=")[2]
                    self.calls[place] = f"{name} {message['status']} {code}".rstrip()
                await send(message)

            await app(scope, receive, see)

        return recorded

    def taken(self) -> list[str]:
        """The calls since the last look, but for signing keys, which are fetched once."""
        calls = [call for call in self.calls if "jwks" not in call]
        self.calls.clear()
        self.queries.clear()
        return calls


@dataclass(frozen=True, slots=True)
class Site:
    """EventLive as a browser reaches it, and what its Supabase was asked."""

    http: httpx.AsyncClient
    ready: Ready
    recorder: Recorder

    async def person(self, email: str) -> Person:
        answer = await self.token("password", email=email, password=PASSWORD)
        return Person(self, answer.json())

    async def token(self, grant: str, **body: str) -> httpx.Response:
        headers = {"apikey": self.ready.anon_key}
        path = f"/auth/v1/token?grant_type={grant}"
        return await self.http.post(path, json=body, headers=headers)

    async def newcomer(self) -> Person:
        """Somebody who is registered nowhere yet."""
        email = f"{uuid4().hex}@incident.test"
        await self.make(email)
        return await self.person(email)

    async def make(self, email: str, role: str = "member") -> str:
        """The id of a new account."""
        key = self.ready.service_role_key
        body = {
            "email": email,
            "password": PASSWORD,
            "email_confirm": True,
            "app_metadata": {"role": role},
        }
        headers = {"apikey": key, "Authorization": f"Bearer {key}"}
        answer = await self.http.post("/auth/v1/admin/users", json=body, headers=headers)
        return str(answer.raise_for_status().json()["id"])


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in, whose page has one visit."""

    site: Site
    session: dict[str, Any]
    visit_id: str = field(default_factory=lambda: str(uuid4()))

    async def call(self, name: str, webinar: int = OPEN) -> httpx.Response:
        """One of the calls in HEALTHY."""
        if name == "statistics":
            path = f"/api/webinars/{webinar}/stats/access"
            return await self.site.http.get(path, headers=self.headers)
        if name == "ping":
            return await self.post("presence/ping", {"session_id": self.visit_id}, webinar)
        return await self.post(
            "access/track", {"session_id": self.visit_id, "event": name}, webinar
        )

    async def post(self, path: str, body: object, webinar: int = OPEN) -> httpx.Response:
        path = f"/api/webinars/{webinar}/{path}"
        return await self.site.http.post(path, json=body, headers=self.headers)

    async def user(self) -> httpx.Response:
        """What Auth answers to getUser."""
        headers = self.headers | {"apikey": self.site.ready.anon_key}
        return await self.site.http.get("/auth/v1/user", headers=headers)

    async def refresh(self) -> httpx.Response:
        """What Auth answers to the refresh token of the sign-in."""
        return await self.site.token("refresh_token", refresh_token=self.session["refresh_token"])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session['access_token']}"}

    async def chain(self, name: str) -> list[str]:
        """What Supabase is asked when this call is made for the second time.

        The first upsert of a row answers 201.
        """
        await self.call(name)
        self.site.recorder.taken()
        await self.call(name)
        return self.site.recorder.taken()


@asynccontextmanager
async def eventlive(database_url: str | None, *texts: str) -> AsyncIterator[Site]:
    """EventLive with these defects."""
    recorder = Recorder()
    outermost = Choice(Defect(name="recorder", story="", expected=(), wrap=recorder.wrap))
    defects = [*choose(texts), outermost]
    async with over_stand_in(Settings(database_url=database_url), defects=defects) as deployed:
        transport = httpx.ASGITransport(deployed.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://site.test") as http:
            yield Site(http, deployed.ready, recorder)


@pytest.fixture(scope="module")
async def house(database_url: str) -> AsyncIterator[str]:
    """A database with two webinars; Ada and Ben are there, Eve and Fay are admins."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        new_webinar(connection, OPEN, is_open=True)
        new_webinar(connection, CLOSED, is_open=False)
        async with eventlive(database_url) as site:
            for email in (ADA, BEN):
                connection.execute(REGISTER, (OPEN, await site.make(email)))
                await (await site.person(email)).call("ping")
            for email in (EVE, FAY):
                await site.make(email, role="admin")
        yield database_url
        connection.execute("delete from webinars where id in (%s, %s)", (OPEN, CLOSED))
        connection.execute("delete from auth.users where email like '%@incident.test'")


async def visit(site: Site) -> dict[str, Any]:
    """All that a page and a console call: what that asks, and status and body of the answer."""
    ada, eve = await site.person(ADA), await site.person(EVE)
    seen = {}
    for name in HEALTHY:
        caller = eve if name == "statistics" else ada
        chain = await caller.chain(name)
        answer = await caller.call(name)
        body = answer.json() if answer.content else {}
        for attendee in body.get("attendees", []):
            del attendee["last_seen_at"]
        seen[name] = (chain, answer.status_code, body)
    return seen


@pytest.fixture(scope="module")
async def healthy(house: str) -> dict[str, Any]:
    """A visit to an EventLive that nothing is wrong with."""
    async with eventlive(house) as site:
        return await visit(site)


async def test_a_healthy_eventlive_asks_for_as_little_as_it_can(healthy: dict[str, Any]) -> None:
    assert {name: chain for name, (chain, _, _) in healthy.items()} == HEALTHY
    assert [status for _, status, _ in healthy.values()] == [200, 200, 204, 200]


@pytest.mark.parametrize("name", BROKEN)
async def test_a_defect_asks_for_more_and_browsers_are_answered_as_ever(
    house: str, healthy: dict[str, Any], name: str
) -> None:
    async with eventlive(house, name) as site:
        broken = await visit(site)

    assert {call: chain for call, (chain, _, _) in broken.items()} == HEALTHY | BROKEN[name]
    for call, (_, *answer) in broken.items():
        assert answer == list(healthy[call][1:])


async def test_the_look_up_is_for_one_persons_id_and_the_insert_takes_no_conflict(
    house: str,
) -> None:
    async with eventlive(house, "continue-after-400") as site:
        ada = await site.person(ADA)
        await ada.call("ping")
        site.recorder.taken()
        await ada.call("ping")

        look_up, insert, _ = map(unquote, site.recorder.queries)
        user_id = ada.session["user"]["id"]
        assert look_up == f"select=id&webinar_id=eq.{OPEN}&user_id=eq.{user_id}"
        assert insert == ""


async def test_each_attendees_profile_is_asked_for_by_itself(house: str) -> None:
    async with eventlive(house, "n-plus-one-profiles") as site:
        eve = await site.person(EVE)
        answer = await eve.call("statistics")

        ids = [attendee["user_id"] for attendee in answer.json()["attendees"]]
        asked = [f"select=display_name&id=eq.{user_id}" for user_id in ids]
        assert len(ids) == 2
        assert site.recorder.queries[-2:] == asked


@pytest.mark.parametrize("name", ["missing-upsert", "continue-after-400"])
async def test_an_insert_lets_newcomers_in_where_that_is_open_and_nowhere_else(
    house: str, name: str
) -> None:
    async with eventlive(house, name) as site:
        newcomer = await site.newcomer()

        refused = await newcomer.call("enter", CLOSED)
        welcomed = await newcomer.call("enter")

        assert (refused.status_code, refused.json()["error"]) == (403, "not_registered")
        assert (welcomed.status_code, welcomed.json()["webinar"]["id"]) == (200, OPEN)
        assert "POST registrations 201" in site.recorder.taken()


@pytest.mark.parametrize("name", BROKEN)
async def test_what_a_healthy_route_refuses_a_broken_one_refuses(house: str, name: str) -> None:
    async with eventlive(house, name) as site:
        ada, stranger = await site.person(ADA), Person(site, {"access_token": "none"})
        answers = [
            await ada.post("access/track", {"event": "enter", "session_id": "7"}),
            await ada.post("access/track", {"event": "applaud", "session_id": ada.visit_id}),
            await ada.post("presence/ping", {"session_id": "7"}),
            await ada.post("presence/ping", ["session_id"]),
            await ada.post("presence/ping", {"session_id": ada.visit_id, "more": "e" * 70_000}),
            await ada.call("statistics"),
            await stranger.call("enter"),
            await stranger.call("statistics"),
        ]

    statuses = [answer.status_code for answer in answers]
    assert statuses == [400, 400, 400, 400, 413, 403, 401, 401]


@pytest.mark.parametrize("name", BROKEN)
async def test_a_defect_of_one_persons_spares_the_others(house: str, name: str) -> None:
    [call, chain], *_ = BROKEN[name].items()
    hit, spared = (EVE, FAY) if call == "statistics" else (ADA, BEN)
    async with eventlive(house, f"{name},user={hit}") as site:
        chains = [await (await site.person(email)).chain(call) for email in (hit, spared)]

    assert chains == [chain, HEALTHY[call]]


async def test_a_defect_by_chance_hits_some_calls_and_spares_others(house: str) -> None:
    async with eventlive(house, "continue-after-400,probability=0.5") as site:
        ada = await site.person(ADA)
        lengths = {len(await ada.chain("ping")) for _ in range(20)}

    assert lengths == {1, 3}


def test_defects_of_the_same_route_contradict_each_other() -> None:
    with pytest.raises(DefectError, match=r"both change the route .*/access/track"):
        choose(["registrations-id-column", "continue-after-400"])
    assert len(choose(["missing-upsert", "heavy-ping", "n-plus-one-profiles", "slow-auth"])) == 4


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each answer is held back, in seconds; nobody waits for it."""
    naps: list[float] = []

    async def sleep(seconds: float) -> None:
        naps.append(seconds)

    monkeypatch.setattr(incident, "sleep", sleep)
    return naps


async def test_auth_is_slow_to_say_who_somebody_is_and_slower_to_give_a_token(
    house: str, naps: list[float]
) -> None:
    async with eventlive(house, "slow-auth") as site:
        await site.token("password", email=ADA, password="wrong")
        ada = await site.person(ADA)
        answers = [await ada.refresh(), await ada.user(), await ada.call("enter")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert naps == [7, 7, 7, 2]


async def test_auth_may_be_slow_for_one_person_only(house: str, naps: list[float]) -> None:
    async with eventlive(house, f"slow-auth,user={ADA}") as site:
        for email in (BEN, ADA):
            await site.token("password", email=email, password="wrong")
            person = await site.person(email)
            for answer in (await person.refresh(), await person.user()):
                assert answer.status_code == 200

    # A refused sign-in is nobody's.
    assert naps == [7, 7, 2]


async def test_a_slow_answer_is_held_back_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[object] = []

    async def sleep(seconds: float) -> None:
        happened.append(seconds)

    async def send(message: Message) -> None:
        happened.append(message["type"])

    monkeypatch.setattr(incident, "sleep", sleep)
    [choice] = choose(["slow-auth"])
    assert choice.defect.wrap is not None
    slow = choice.defect.wrap(JSONResponse({}), choice)
    scope = {"type": "http", "method": "GET", "path": "/auth/v1/user", "headers": []}
    await slow(scope, Request(scope).receive, send)

    assert happened == [2, "http.response.start", "http.response.body"]


async def test_two_tabs_that_refresh_at_once_end_their_session_and_no_other() -> None:
    async with eventlive(None, "refresh-race") as site:
        await site.make(ADA)
        tab, elsewhere = await site.person(ADA), await site.person(ADA)

        answers = await asyncio.gather(tab.refresh(), tab.refresh())

        won, lost = sorted(answers, key=lambda answer: answer.status_code)
        again = await Person(site, won.json()).refresh()
        assert (won.status_code, lost.status_code, again.status_code) == (200, 400, 400)
        codes = [answer.headers["x-sb-error-code"] for answer in (lost, again)]
        assert codes == ["refresh_token_already_used"] * 2
        assert (await elsewhere.refresh()).status_code == 200


async def test_one_tab_alone_refreshes_as_often_as_it_likes() -> None:
    async with eventlive(None, "refresh-race") as site:
        await site.make(ADA)
        answer = await (await site.person(ADA)).refresh()
        for _ in range(3):
            answer = await Person(site, answer.json()).refresh()

    assert answer.status_code == 200


def test_a_race_hits_whoever_takes_part() -> None:
    with pytest.raises(DefectError, match="refresh-race hits everybody, always"):
        choose([f"refresh-race,user={ADA}"])


BY_GATES = [defect for defect in incident.DEFECTS if "--gates" in defect.run]


@pytest.mark.parametrize("defect", BY_GATES, ids=lambda defect: defect.name)
def test_a_defect_is_run_with_gates_that_can_see_it(defect: Defect) -> None:
    profiles = tomllib.loads((CHECKOUT / "gates.toml").read_text(encoding="utf-8"))
    profile = defect.run[defect.run.index("--gates") + 1]

    assert set(defect.expected) <= profiles[profile].keys()
