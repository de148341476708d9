"""The people of these promises: those with a seat, those without, and those who forge tokens.

Most of them have no page. What they try is answered by services that a page would ask as well.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from functools import cache
from typing import TYPE_CHECKING, Protocol

import pytest

from fixtures.identities import Admin
from fixtures.run import plan_of
from fixtures.scenes import forgeries
from fixtures.scenes.console import Console, admin_of
from fixtures.scenes.leaks import Secrets
from fixtures.scenes.onlooker import Onlooker
from fixtures.scenes.outside import Caller, outside_of
from fixtures.scenes.records import Records
from fixtures.scenes.room import new_room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.async_api import Page

    from fixtures.scenes.outside import Outside
    from fixtures.scenes.person import Person
    from fixtures.scenes.scene import Room
    from scenarios.identity import Identity

# As long as a name may be; shown as text it is harmless.
MARKUP_NAME = "<img src=data:, onerror=alert('name')>"

PEOPLE = ("resident", "attendee", "mallory", "foreigner", "unregistered")
REGISTERED = ("resident", "attendee", "mallory")


class NewCaller(Protocol):
    """Makes one of PEOPLE a caller of the webinar; `token` is her own unless it is given."""

    def __call__(self, name: str, token: str = "") -> Caller: ...


class Accounts:
    """Accounts of this worker's own, and the way to the target.

    They are not those of the room, whose pages are held against everything that is stored.
    """

    def __init__(self, outside: Outside, service: Admin) -> None:
        self.outside = outside
        self.service = service
        self.of = {one.name: one for one in service.people(PEOPLE)}
        self.token_of = cache(outside.sign_in)

    @property
    def registered(self) -> list[Identity]:
        """Those who may enter a test's webinar."""
        return [self.of[name] for name in REGISTERED]


@pytest.fixture(scope="session")
def accounts(request: pytest.FixtureRequest) -> Iterator[Accounts]:
    """The accounts. Mallory's name is markup."""
    plan = plan_of(request.config)
    assert plan is not None, "people need a run; call pytest with e2e/"
    with outside_of(plan.target) as outside, closing(Admin(plan.target)) as service:
        accounts = Accounts(outside, service)
        service.call(
            "PATCH",
            "/rest/v1/profiles",
            params={"id": f"eq.{accounts.of['mallory'].user_id}"},
            json={"display_name": MARKUP_NAME},
        )
        yield accounts


@pytest.fixture
def webinar(request: pytest.FixtureRequest, accounts: Accounts) -> Iterator[str]:
    """A webinar of the test's own. Nobody opens a page of it, so nothing is recorded."""
    with new_room(accounts.service, request.node.name, []) as webinar:
        yield webinar


@pytest.fixture
def new_caller(webinar: str, accounts: Accounts) -> Iterator[NewCaller]:
    """Makes callers of the webinar; their sockets are closed when the test is over."""
    accounts.service.register(webinar, accounts.registered)
    with ExitStack() as ending:

        def made(name: str, token: str = "") -> Caller:
            identity = accounts.of[name]
            token = token or accounts.token_of(identity)
            return ending.enter_context(closing(Caller(accounts.outside, webinar, identity, token)))

        yield made


@pytest.fixture
def resident(new_caller: NewCaller) -> Caller:
    """Somebody who has her seat, and has said something."""
    resident = new_caller("resident")
    resident.enters()
    resident.says("우리끼리 하는 말입니다")
    return resident


@pytest.fixture
def attendee(new_caller: NewCaller) -> Caller:
    """Somebody else who is registered."""
    return new_caller("attendee")


@pytest.fixture
def mallory(new_caller: NewCaller) -> Caller:
    """Somebody with a seat, whose name is markup."""
    mallory = new_caller("mallory")
    mallory.enters()
    return mallory


@pytest.fixture
def nobody(webinar: str, accounts: Accounts) -> Iterator[Caller]:
    """Somebody who has not signed in, and nothing but the page's public key."""
    with closing(Caller(accounts.outside, webinar)) as nobody:
        yield nobody


@pytest.fixture
def unregistered(new_caller: NewCaller) -> Caller:
    """Somebody who has an account, and is registered nowhere."""
    return new_caller("unregistered")


@pytest.fixture
def foreigner(accounts: Accounts, new_caller: NewCaller) -> Iterator[Caller]:
    """Somebody who has her seat in another webinar."""
    identity = accounts.of["foreigner"]
    with new_room(accounts.service, "elsewhere", [identity]) as elsewhere:
        Caller(accounts.outside, elsewhere, identity, accounts.token_of(identity)).enters()
        yield new_caller("foreigner")


@pytest.fixture(params=["nobody", "foreigner", "unregistered"])
def intruder(request: pytest.FixtureRequest) -> Caller:
    """Somebody without a seat."""
    return _named(request)


@pytest.fixture(params=["nobody", "foreigner", "unregistered", "attendee"])
def anybody(request: pytest.FixtureRequest) -> Caller:
    """Somebody who is no admin."""
    return _named(request)


@pytest.fixture(
    params=["changed name", "no signature", "another key", "public key as secret", "expired"]
)
def impostor(
    request: pytest.FixtureRequest, resident: Caller, unregistered: Caller, new_caller: NewCaller
) -> Caller:
    """Somebody who passes herself off as the resident, with a token that is not good."""
    return new_caller("resident", _forged(request.param, resident, unregistered))


@pytest.fixture
def records(accounts: Accounts, webinar: str, resident: Caller, attendee: Caller) -> Records:
    """All that is stored of the webinar and of these two. There is something of everything."""
    people = [resident.user_id, attendee.user_id]
    records = Records(accounts.service, webinar, people)
    assert all(records.rows().values()), records.rows()
    return records


@pytest.fixture
def secrets(room: Room) -> Secrets:
    """What nobody may read anywhere."""
    return Secrets.of(room.plan.target, room.plan.identities)


@pytest.fixture
def look_at(room: Room) -> Callable[[Person], Onlooker]:
    """Watches somebody's page from now on."""
    return lambda person: _onlooker(room, person.user.page)


@pytest.fixture
def open_console(room: Room) -> Callable[[], Onlooker]:
    """Opens the room's console in a page of its admin's, which is watched."""
    identity = admin_of(room.plan.target)

    def opened() -> Onlooker:
        admin = room.new_user(identity)
        screen = _onlooker(room, admin.page)
        Console(admin, room).opens()
        return screen

    return opened


def _named(request: pytest.FixtureRequest) -> Caller:
    caller: Caller = request.getfixturevalue(request.param)
    return caller


def _onlooker(room: Room, page: Page) -> Onlooker:
    return Onlooker(page, room.portal.call, room.plan.settings.step_timeout_s)


def _forged(how: str, victim: Caller, forger: Caller) -> str:
    match how:
        case "changed name":
            return forgeries.renamed(forger.token, victim.user_id)
        case "no signature":
            return forgeries.unsigned(victim.token)
        case "another key":
            return forgeries.signed_by_stranger(victim.token)
        case "public key as secret":
            if not (public_key := forger.outside.public_key()):
                pytest.skip("this project publishes no key to sign with")
            return forgeries.signed_with_public_key(victim.token, public_key)
    if not (signing_key := victim.outside.target.signing_key):
        pytest.skip("only the target's signing key makes a token that was good once")
    return forgeries.expired(victim.token, signing_key)
