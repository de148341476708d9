"""A target that is not as its file says is told in one sentence, with the line to look at."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fixtures.settings import Settings
from fixtures.target import tryout
from fixtures.target.check import check
from fixtures.target.deployment import require
from fixtures.target.description import load_description
from tests.rehearsal.warping import warped
from tests.serving import Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.rehearsal.conftest import Served

    Ask = Callable[..., list[str]]

# Nothing here takes longer, and whatever is missing is waited for that long.
PATIENCE_S = 4.0
LOOPBACK = IPv4Address("127.0.0.1")
TABLES = ("messages", "registrations", "webinar_live_presence", "webinar_user_sessions")


@pytest.fixture(scope="module")
def served(serve_all: Callable[..., Served]) -> Served:
    """An EventLive that all tests here look at; each leaves it as it was."""
    return serve_all()


@pytest.fixture(scope="module")
def other(serve_all: Callable[..., Served]) -> Served:
    """Another one, with keys and a database of its own."""
    return serve_all()


@pytest.fixture
def ask(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """What a check says of `served` where its file says this in addition; the lines that are no
    `ok`, and there is no other line.
    """
    monkeypatch.setattr(tryout, "PATIENCE_S", PATIENCE_S)

    def said(text: str = "", **settings: str) -> list[str]:
        file = tmp_path / "t.toml"
        file.write_text(f'like = "embedded"\nproduction = false\n{text}')
        lines: list[str] = []
        described = load_description(str(file))
        check(require(replace(of(served), **settings), described), described, lines.append)  # type: ignore[arg-type]
        return [line for line in lines[1:-1] if not line.startswith("  ok ")]

    return said


def of(served: Served) -> Settings:
    """The settings that lead to it."""
    ready = served.ready
    return Settings(
        users=1,
        base_url=ready["base_url"],
        supabase_url=ready["supabase_url"],
        supabase_anon_key=ready["anon_key"],
        supabase_service_role_key=ready["service_role_key"],
        database_url=ready["database_url"],
    )


def rows_of(served: Served) -> dict[str, int]:
    """How many rows each table has."""
    with psycopg.connect(served.ready["database_url"]) as connection:
        found = {table: connection.execute(f"select count(*) from {table}") for table in TABLES}
        return {table: one.fetchall()[0][0] for table, one in found.items()}


def test_a_target_that_is_as_its_file_says_is_left_as_it_was(ask: Ask, served: Served) -> None:
    before = rows_of(served)

    assert ask() == []
    assert rows_of(served) == before
    # Nobody of the pool, who may be in a run of somebody else's at the same time.
    with psycopg.connect(served.ready["database_url"]) as connection:
        asked = "select email from auth.users where email like '%@soundcheck.test'"
        assert [email.partition("-")[0] for (email,) in connection.execute(asked)] == ["checker"]


def test_another_addresses_key_is_told(ask: Ask, other: Served) -> None:
    (line,) = ask(supabase_anon_key=other.ready["anon_key"])

    assert "does not take SUPABASE_ANON_KEY (401): is it a key of this project?" in line


def test_a_wrong_service_key_is_told(ask: Ask, other: Served) -> None:
    (line,) = ask(supabase_service_role_key=other.ready["service_role_key"])

    assert "does not take SUPABASE_SERVICE_ROLE_KEY" in line


def test_keys_that_were_mixed_up_are_told(ask: Ask, served: Served) -> None:
    (line,) = ask(supabase_anon_key=served.ready["service_role_key"])

    assert "SUPABASE_ANON_KEY must be a key of the kind anon or sb_publishable_…, got " in line
    assert served.ready["service_role_key"] not in line


def test_the_address_of_no_project_is_told(ask: Ask, served: Served) -> None:
    (line,) = ask(supabase_url=f"{served.ready['base_url']}/elsewhere")

    assert "answers 404: this is not the address of a Supabase project" in line


def test_a_host_at_which_nobody_answers_is_told(ask: Ask) -> None:
    (line,) = ask('url = "http://127.0.0.1:9"\n', base_url="http://127.0.0.1:9")

    assert "t.toml:3 (url): nobody answers at 127.0.0.1:9" in line


def test_a_host_that_does_not_exist_is_told(ask: Ask) -> None:
    (line,) = ask(base_url="http://no-such-host.invalid")

    assert "there is no host no-such-host.invalid" in line


def test_an_expired_certificate_is_told(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with expired(tmp_path) as (url, authority):
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        (line,) = ask(base_url=url)

    assert "is not to be trusted: certificate has expired" in line


def test_the_database_of_another_project_is_told(ask: Ask, other: Served) -> None:
    (line,) = ask(database_url=other.ready["database_url"])

    assert "WRONG  row" in line
    assert "and is DATABASE_URL, if it is asked, that of this project?" in line


def test_a_database_that_is_not_there_is_told(ask: Ask) -> None:
    (line,) = ask(database_url="postgresql://postgres:secret@127.0.0.1:9/postgres")

    assert "DATABASE_URL leads to no database" in line
    assert "secret" not in line


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select id::text from public.nowhere", 'relation "public.nowhere" does not exist'),
        ("select 1, 2, 3, 4", "must answer 4 columns of text, and answers ?column? (int4)"),
        ("delete from messages returning id::text", "in a read-only transaction"),
    ],
)
def test_a_query_that_cannot_be_asked_is_told_with_its_line(
    ask: Ask, query: str, said: str
) -> None:
    (line,) = ask(f"[database]\nmessages = '{query}'\n")

    assert "t.toml:4 (database.messages): " in line
    assert said in line


def test_a_captcha_on_the_form_is_told(ask: Ask, served: Served) -> None:
    def with_captcha(page: str) -> str:
        swallow = "(one) => one.preventDefault() || one.stopPropagation()"
        gate = f"addEventListener('submit', {swallow}, true)"
        captcha = f'<div class="h-captcha"></div><script>{gate}</script></body>'
        return page.replace("</body>", captcha)

    with warped(served.ready["base_url"], page=with_captcha) as site:
        (line,) = ask(base_url=site)

    assert "WRONG  sign-in" in line
    assert "was not asked; the page is at" in line
    assert 'a captcha stands there (where only the page asks for it, how = "storage" or' in line


def test_a_captcha_that_auth_itself_asks_for_is_told(ask: Ask, served: Served) -> None:
    here, trusted = served.ready["supabase_url"], served.ready["service_role_key"]
    places = [here]
    with warped(here, page=lambda page: page.replace(here, places[-1]), trusted=trusted) as site:
        places.append(site)  # its page signs in there, too
        (line,) = ask(base_url=site)

    assert "WRONG  sign-in" in line
    assert "(sign_in.how): Auth refused " in line
    assert "@soundcheck.test: Auth asks for a captcha" in line


def test_a_session_is_brought_past_a_captcha_of_auths_own(ask: Ask, served: Served) -> None:
    trusted = served.ready["service_role_key"]
    with warped(served.ready["supabase_url"], trusted=trusted) as site:
        assert ask('[sign_in]\nhow = "storage"\n', supabase_url=site) == []


def test_a_banner_over_the_button_is_told(ask: Ask, served: Served) -> None:
    banner = '<div id="consent" style="position:fixed;inset:0;z-index:9">쿠키에 동의</div></body>'
    with warped(
        served.ready["base_url"], page=lambda page: page.replace("</body>", banner)
    ) as site:
        (line,) = ask(base_url=site)

    assert "(sign_in.email): field '이메일' is covered by <div id=\"consent\"" in line


def test_a_sign_in_that_leads_elsewhere_is_told(ask: Ask, served: Served, other: Served) -> None:
    elsewhere = f"{other.ready['base_url']}/static/app.css?code=secret"
    with warped(served.ready["base_url"], leads_to=elsewhere) as site:
        (line,) = ask(base_url=site)

    place = f"{other.ready['base_url']}/static/app.css"
    assert f"there is no field '이메일' at {place}, which has nothing to click" in line


def test_a_page_in_another_language_is_told_with_what_it_has(ask: Ask, served: Served) -> None:
    english = {"이메일": "E-mail", "비밀번호": "Password", 'lang="ko"': 'lang="en"'}
    with warped(served.ready["base_url"], names=english) as site:
        (line,) = ask(base_url=site)

    assert "there is no field '이메일' at" in line
    assert 'which has textbox "E-mail", textbox "Password"' in line
    assert "(the page's language: en)" in line


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_minutes_off_is_told(ask: Ask, served: Served, minutes: int) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)
    with warped(served.ready["supabase_url"], date=date) as project:
        (line,) = ask(supabase_url=project)

    assert "this machine's clock and the target's are 10 min apart" in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[exchanges]\nenter = "POST /api/enter"',
            "(exchanges.enter): POST /api/enter was not asked; the page is at",
        ),
        (
            '[exchanges]\nsend = "POST /api/rooms/{id}/posts"',
            "was not asked; the message went out by POST /api/webinars/{id}/messages",
        ),
        ('[sending]\nbody = "text"', "(sending.body): the request has its text at 'body'"),
        ('[sending]\nid = "row.id"', "(sending.id): the answer has no id there; it is {id: int,"),
        (
            '[broadcast]\nevent = "chat"',
            "(broadcast): a frame of the event 'broadcast' brought the message, not as described: "
            "its text stands at 'payload.body' of {",
        ),
        (
            '[broadcast]\nauthor = "author"',
            "(broadcast.author): the message arrived, and not with its sender's user id",
        ),
        ('[poll]\nitems = "rows"', "it stands in the answer of GET /api/webinars/{id}/messages"),
        ('[webinar_table]\ntable = "rooms"', "(webinar_table): GET /rest/v1/rooms answered 404"),
        ('[page]\nsend = { role = "button", name = "기" }', "there are 3 of button '기'"),
    ],
)
def test_a_line_that_is_not_so_is_told(ask: Ask, text: str, said: str) -> None:
    lines = ask(text)

    assert said in lines[0]


@contextmanager
def expired(folder: Path) -> Iterator[tuple[str, Path]]:
    """A server whose certificate ended yesterday, and the authority that signed it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now - timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, authority = folder / "server.pem", folder / "authority.pem"
    authority.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + authority.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with serving(Quiet, context) as url:
        yield url, authority
