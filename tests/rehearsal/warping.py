"""A proxy in front of a site that changes what comes through: how a target may be different."""

from __future__ import annotations

from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

import httpx

from reports.throttling import PASSWORD_GRANT
from tests.serving import Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Page = Callable[[str], str]

# Of one connection, or told anew by this one; and the policy that lets nobody change the page.
HOP = {
    "connection",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "date",
    "server",
    "transfer-encoding",
}


@contextmanager
def warped(
    site: str,
    *,
    page: Page = str,
    names: Mapping[str, str] = MappingProxyType({}),
    date: str = "",
    leads_to: str = "",
    trusted: str = "",
) -> Iterator[str]:
    """The address of a proxy for `site`: its pages are changed by `page`, its answers have this
    date, who opens it is led elsewhere, and Auth asks all for a captcha who sign in without the
    `trusted` key. What pages and scripts name is called by other `names`, and asked for by those.
    """

    def renamed(text: str) -> str:
        for its, other in names.items():
            text = text.replace(its, other)
        return text

    def named(path: str) -> str:
        for its, other in names.items():
            path = path.replace(other, its) if its.startswith("/") else path
        return path

    class Proxy(Quiet):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if leads_to and self.path.startswith("/?next="):
                self._answer(302, {"Location": leads_to}, b"")
                return
            is_known = self.headers.get("Authorization") == f"Bearer {trusted}"
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if trusted and self.path.startswith(PASSWORD_GRANT) and not is_known:
                told = b'{"code": 400, "error_code": "captcha_failed"}'
                self._answer(400, {"Content-Type": "application/json"}, told)
                return
            headers = {key: value for key, value in self.headers.items() if key.lower() != "host"}
            path = site + named(self.path)
            got = http.request(self.command, path, headers=headers, content=body)
            kind = got.headers.get("content-type", "")
            content = page(got.text).encode() if kind.startswith("text/html") else got.content
            if kind.startswith(("text/html", "text/javascript")):
                content = renamed(content.decode()).encode()
            kept = {key: value for key, value in got.headers.items() if key.lower() not in HOP}
            self._answer(got.status_code, kept, content)

        do_POST = do_PUT = do_DELETE = do_OPTIONS = do_GET

        def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response_only(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Date", date or self.date_time_string())
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with httpx.Client(trust_env=False) as http, serving(Proxy) as url:
        yield url
