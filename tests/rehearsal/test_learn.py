"""`python -m fixtures.target learn`: what one message shows of a target becomes its file."""

from __future__ import annotations

import asyncio
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from msgspec import structs

from fixtures.browser import find_browser
from fixtures.identities import Admin
from fixtures.scenes.leaks import Secrets
from fixtures.settings import BORROWED, Settings
from fixtures.target import lesson
from fixtures.target.__main__ import main
from fixtures.target.description import Registrations, load_description
from fixtures.target.guides import Person
from fixtures.target.learn import learn
from fixtures.target.lesson import Lesson
from scenarios.errors import TargetError
from scenarios.screens import Control
from tests.rehearsal.conftest import ROOT
from tests.rehearsal.test_canaries import BEFORE, SAYS, STRANGER, STRANGERS
from tests.rehearsal.warping import warped
from tests.serving import Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from playwright.async_api import Page

    from fixtures.target.description import Description
    from scenarios.identity import Identity
    from tests.rehearsal.conftest import Ended, Served

pytestmark = pytest.mark.real

WEBINAR = "149402"
LOUNGE = (ROOT / "tests" / "rehearsal" / "lounge.html").read_text(encoding="utf-8")
ENGLISH = {
    "이메일": "E-mail",
    "비밀번호": "Password",
    "로그인": "Sign in",
    "메시지": "Your message",
    "보내기": "Send it",
    "인사하기": "Say hello",
    "나가기": "Leave",
    "/api/webinars/": "/api/rooms/",
}
# What never crosses a browser: blanks of a draft, which happen to be right for EventLive.
REGISTRATIONS = """[registration_table]
table = "registrations"
webinar = "webinar_id"
user = "user_id"
"""
ROWS = """[database]
messages = '''
    select id::text, user_id::text, body, created_at::text
    from public.messages
    where webinar_id::text = %(webinar)s and user_id::text = any(%(users)s)
    order by messages.id
'''
"""
REMOVALS = """[[removals]]
table = "messages"
column = "id"
of = "messages"
webinar = "webinar_id"
"""


UNDERSTOOD = "--i-understand-this-is-production"
SAID_BEFORE = {"name": STRANGER, "body": BEFORE}
DOOR = ("--sign-in", "Come in")  # of the lounge, which has another button before it
HURRIED = ("--patience", "3")


@pytest.fixture(scope="module")
def served(serve_all: Callable[..., Served]) -> Served:
    """An EventLive whose messages come as broadcasts."""
    return serve_all()


@pytest.fixture(scope="module")
def other(serve_all: Callable[..., Served]) -> Served:
    """One whose messages come as new rows, in frames of the first version of the protocol."""
    return serve_all("--transport", "postgres_changes", "--defect", "text-frames-v1")


class Learner:
    """Somebody who has an account there, and learns from what she does."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.file, self.env = folder / "t.toml", folder / ".env.t"
        self._patch, self._capsys = monkeypatch, capsys
        # No settings of the developer's own.
        monkeypatch.chdir(folder)
        for key in BORROWED.values():
            monkeypatch.delenv(key, raising=False)

    def learn(self, url: str, who: Identity, *options: str, code: int = 0) -> str:
        """What the command says, if it ends with this code."""
        self._patch.setenv("SOUNDCHECK_LEARN_EMAIL", who.email)
        self._patch.setenv("SOUNDCHECK_LEARN_PASSWORD", who.password)
        ended = main(["learn", url, "--name", str(self.file), *options])
        said = self._capsys.readouterr()
        assert ended == code, said
        return said.err if code else said.out

    def check(self, served: Served) -> str:
        """What `check` says of the file, with the keys that its owner adds to what was kept."""
        kept = self.env.read_text(encoding="utf-8")
        assert f"SUPABASE_ANON_KEY={served.ready['anon_key']}\n" in kept
        for key in ("SUPABASE_SERVICE_ROLE_KEY", "DATABASE_URL"):
            assert f"# {key}=\n" in kept
            kept = kept.replace(f"# {key}=\n", f"{key}={served.secrets[key]}\n")
        self.env.write_text(kept, encoding="utf-8")
        main(["check", str(self.file), UNDERSTOOD])
        return self._capsys.readouterr().out

    def fill_in(self, *blanks: str) -> None:
        """These blanks of the draft are no comments any more."""
        text = self.draft
        for blank in blanks:
            commented = "".join(f"# {line}\n" for line in blank.splitlines())
            assert commented in text
            text = text.replace(commented, blank)
        self.file.write_text(text, encoding="utf-8")

    @property
    def draft(self) -> str:
        """The file."""
        return self.file.read_text(encoding="utf-8")

    @property
    def described(self) -> Description:
        """What the file says."""
        return load_description(str(self.file))


@pytest.fixture
def learner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Learner:
    """One of her own for each test."""
    return Learner(tmp_path, monkeypatch, capsys)


def let_in(served: Served) -> Identity:
    """Somebody with an account, who may enter the webinar."""
    with closing(Admin(served.target)) as admin:
        (identity,) = admin.provide(range(1))
        admin.register(WEBINAR, [identity], Registrations(table="registrations"))
    return identity


@contextmanager
def lounge(served: Served, without: str = "") -> Iterator[str]:
    """The address of an application that is not EventLive, on the same project."""
    page = LOUNGE.replace("SITE", served.ready["base_url"]).replace("WITHOUT", without)

    class Door(Quiet):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.replace("KEY", served.ready["anon_key"]).encode())

    with serving(Door) as url:
        yield f"{url}/rooms/{WEBINAR}"


def test_a_draft_is_so_once_its_blanks_are_filled_in_and_bears_little(
    learner: Learner, served: Served
) -> None:
    said = learner.learn(f"{served.ready['base_url']}/webinars/{WEBINAR}", let_in(served))
    assert "NOT LEARNT: where messages are stored was not seen" in learner.draft
    assert "open    rows" in said

    learner.fill_in(REGISTRATIONS, ROWS, REMOVALS)
    learner.file.write_text(learner.draft.replace('rows = "absent"', 'rows = "database"'))

    assert learner.check(served).endswith("all is as the file says\n")
    described = learner.described
    assert (described.page.greet, described.page.leave) == (None, None)
    assert described.has_presence
    assert described.production
    assert described.webinars == [WEBINAR]
    assert (described.limits.users, described.limits.sends_per_s) == (10, 1.0)


def test_other_names_frames_and_routes_are_learnt_as_they_are(
    learner: Learner, other: Served
) -> None:
    with warped(other.ready["base_url"], names=ENGLISH) as site:
        learner.learn(
            f"{site}/webinars/{WEBINAR}", let_in(other), "--greet", "Say hello", "--leave", "Leave"
        )
        learner.fill_in(REGISTRATIONS)
        checked = learner.check(other)

    assert checked.endswith("all is as the file says\n"), checked
    described = learner.described
    assert described.exchanges.by_name == {
        "sign_in": "POST /auth/v1/token?grant_type=password",
        "enter": "POST /api/rooms/{id}/access/track",
        "send": "POST /api/rooms/{id}/messages",
        "poll": "GET /api/rooms/{id}/messages",
        "leave": "POST /api/rooms/{id}/presence/leave",
    }
    assert described.page.composer == Control(role="textbox", name="Your message")
    assert described.page.greet == Control(role="button", name="Say hello")
    assert described.page.leave == Control(role="button", name="Leave")
    assert described.broadcast is None
    assert described.changes is not None
    assert described.page.shown is not None
    assert described.page.shown.id_attribute == "data-id"
    assert described.page.shown.log.role == "log"


def test_a_rehearsal_goes_by_what_was_drafted(
    learner: Learner, other: Served, rehearse: Callable[..., Ended]
) -> None:
    learner.learn(f"{other.ready['base_url']}/webinars/{WEBINAR}", let_in(other))
    learner.fill_in(REGISTRATIONS)

    ended = rehearse(
        *("-n", "2", "--users", "4", "--target", str(learner.file), UNDERSTOOD), env=other.secrets
    )

    assert ended.code == 0, ended.output
    assert ended.summary["deliveries"]["received"] == {"n": 32, "of": 32}
    verdicts = {one["check"]: one["validity"] for one in ended.summary["checks"]}
    assert verdicts["rendering"] == "valid"


def test_an_application_that_is_not_eventlive_is_learnt(learner: Learner, other: Served) -> None:
    with lounge(other) as url:
        learner.learn(url, let_in(other), *DOOR)
        learner.fill_in(REGISTRATIONS)
        checked = learner.check(other)

    assert checked.endswith("all is as the file says\n"), checked
    assert learner.described.exchanges.send == "POST /rest/v1/messages"
    assert learner.described.sign_in.submit == Control(role="button", name="Come in")
    assert learner.described.page.send is None
    assert "NOT LEARNT: the answer tells no id" in learner.draft


def test_a_form_that_does_not_lead_to_the_webinar_is_done_without(
    learner: Learner, other: Served
) -> None:
    with lounge(other, without="way") as url:
        learner.learn(url, let_in(other), *DOOR, *HURRIED)
        learner.fill_in(REGISTRATIONS)
        checked = learner.check(other)

    assert checked.endswith("all is as the file says\n"), checked
    assert learner.described.sign_in.how == "storage"
    assert "NOT LEARNT: no form that leads to the webinar by itself" in learner.draft


def test_no_secret_stands_in_a_draft_or_is_said(learner: Learner, served: Served) -> None:
    who = let_in(served)
    served.execute("delete from auth.refresh_tokens", STRANGERS, SAYS.format(**SAID_BEFORE))

    said = learner.learn(f"{served.ready['base_url']}/webinars/{WEBINAR}", who)

    with psycopg.connect(served.ready["database_url"]) as connection:
        tokens = connection.execute("select token from auth.refresh_tokens").fetchall()
    assert tokens
    known = {"her address": who.email, "her password": who.password}
    secrets = Secrets({**known, "a stranger": STRANGER, "said before": BEFORE}, public="")
    for number, (token,) in enumerate(tokens):
        secrets.know(f"refresh token {number}", token)
    assert secrets.found_in({"draft": learner.draft, "output": said}) == {}
    assert secrets.named_in(learner.env.read_text()) == ["a token"]  # the project's public key
    assert learner.env.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("door", "nobody signed in: the form at {url} did not ask Auth"),
        ("request", "no request held the message soundcheck-"),
        ("http", "the message went out on the Realtime socket of {url}, by no request"),
    ],
)
def test_what_is_not_seen_is_one_sentence_and_no_file(
    learner: Learner, other: Served, without: str, said: str
) -> None:
    with lounge(other, without=without) as url:
        (line,) = learner.learn(url, let_in(other), *DOOR, *HURRIED, code=4).splitlines()

    assert said.format(url=url) in line
    assert not learner.file.exists()


def test_a_banner_over_the_form_is_told(learner: Learner, served: Served) -> None:
    banner = '<div id="consent" style="position:fixed;inset:0;z-index:9">쿠키에 동의</div></body>'
    with warped(
        served.ready["base_url"], page=lambda page: page.replace("</body>", banner)
    ) as site:
        said = learner.learn(f"{site}/webinars/{WEBINAR}", let_in(served), *HURRIED, code=4)

    assert said.startswith('nobody signed in: the form could not be filled in (<div id="consent"')


def test_a_page_with_nothing_on_it_is_told(learner: Learner, served: Served) -> None:
    url = f"{served.ready['base_url']}/static/app.css?code=secret"

    said = learner.learn(url, let_in(served), *HURRIED, code=4)

    place = f"{served.ready['base_url']}/static/app.css"
    assert said.startswith(f"nobody signed in: at {place} there is no field for a password")


def test_a_window_that_is_closed_is_told(
    learner: Learner, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Hand(let_in(served), closes=True)

    with pytest.raises(TargetError, match="the window was closed before the message was seen"):
        at_the_window(learner, served, hand, monkeypatch)


def test_a_wrong_password_is_told_without_it(learner: Learner, served: Served) -> None:
    stranger = structs.replace(let_in(served), password="canary-of-a-password")
    url = f"{served.ready['base_url']}/webinars/{WEBINAR}"

    said = learner.learn(url, stranger, *HURRIED, code=4)

    assert said == "nobody signed in: Auth refused, 400 invalid_credentials\n"


def test_a_message_that_comes_back_by_no_frame_is_told_in_the_draft(
    learner: Learner, other: Served
) -> None:
    with lounge(other, without="frames") as url:
        learner.learn(url, let_in(other), *DOOR)

    assert "NOT LEARNT: no frame of Realtime brought the message to its own" in learner.draft
    assert learner.described.poll is not None
    assert not learner.described.has_frames


def test_a_message_that_does_not_come_back_leaves_a_draft_that_can_be_read(
    learner: Learner, other: Served
) -> None:
    with lounge(other, without="frames history") as url:
        learner.learn(url, let_in(other), *DOOR)

    assert learner.described.broadcast is not None
    assert learner.described.broadcast.event == "?"
    assert "NOT LEARNT: no answer listed the message" in learner.draft


class Hand:
    """Somebody at the window, who does what she is told; she signs in with Enter, sends with it."""

    def __init__(self, who: Identity, *, closes: bool = False) -> None:
        self._who = who
        self._closes = closes
        self._acts: list[asyncio.Task[None]] = []
        self.page: Page | None = None

    def hear(self, line: str) -> None:
        """She is told this, and begins with it."""
        for word, act in {
            "    soundcheck-": self._write,
            "greet": self._click("인사하기"),
            "leave": self._click("나가기"),
        }.items():
            if line.startswith((word, f"in the window: {word}")):
                self._acts.append(asyncio.get_running_loop().create_task(act(line.strip())))

    async def _write(self, message: str) -> None:
        assert self.page is not None
        if self._closes:
            # Chromium may not hear of a close while it shows a page for the first time.
            await self.page.get_by_label("이메일").wait_for()
            await self.page.close()
            return
        for label, text in {"이메일": self._who.email, "비밀번호": self._who.password}.items():
            await self.page.get_by_label(label).click()
            await self.page.keyboard.type(text)
        await self.page.get_by_label("비밀번호").press("Enter")
        await self.page.get_by_label("메시지").click()
        await self.page.keyboard.type(message)
        await self.page.keyboard.press("Enter")

    def _click(self, name: str) -> Callable[[str], Coroutine[Any, Any, None]]:
        async def act(_: str) -> None:
            assert self.page is not None
            # The mouse is there before the finger comes up again, for long enough to be noted.
            await self.page.get_by_role("button", name=name).click(delay=1_000)

        return act


def at_the_window(
    learner: Learner, served: Served, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """She sits there, and learns."""
    address = f"{served.ready['base_url']}/webinars/{WEBINAR}"

    class Told(Person):
        def __init__(self, page: Page, *rest: Any) -> None:
            super().__init__(page, *rest)
            hand.page = page

    # A headless shell has no window and needs no screen, but does not know.
    monkeypatch.setattr(lesson, "find_window", lambda _: find_browser().executable)
    monkeypatch.setattr(lesson, "Person", Told)
    monkeypatch.setenv("DISPLAY", ":99")
    asked = Lesson(url=address, target=str(learner.file), is_headed=True, patience_s=20.0)
    learn(asked, Settings(), hand.hear)


def test_a_person_at_the_window_is_told_what_to_do_and_watched(
    learner: Learner, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_window(learner, served, Hand(let_in(served)), monkeypatch)

    described = learner.described
    assert described.sign_in.submit == Control(role="button", name="로그인")
    assert described.page.send is None
    assert described.page.greet == Control(role="button", name="인사하기")
    assert described.page.leave == Control(role="button", name="나가기")
    assert described.exchanges.leave == "POST /api/webinars/{id}/presence/leave"
    learner.fill_in(REGISTRATIONS)
    assert learner.check(served).endswith("all is as the file says\n")
