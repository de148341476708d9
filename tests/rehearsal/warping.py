"""A proxy in front of a site that changes what comes through: how a target may be different."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from reports.throttling import PASSWORD_GRANT
from tests.serving import Quiet, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    site: str, *, page: Page = str, date: str = "", leads_to: str = "", trusted: str = ""
) -> Iterator[str]:
    """The address of a proxy for `site`: its pages are changed by `page`, its answers have this
    date, who opens it is led elsewhere, and Auth asks all for a captcha who sign in without the
    `trusted` key.
    """

    class Proxy(Quiet):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if leads_to and self.path.startswith("/?next="):
                self._answer(302, {"Location": leads_to}, b"")
                return
            is_known = self.headers.get("Authorization") == f"Bearer {trusted}"
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if trusted and self.path.startswith(PASSWORD_GRANT) and not is_known:
                kind = {"Content-Type": "application/json"}
                self._answer(400, kind, b'{"code": 400, "error_code": "captcha_failed"}')
                return
            headers = {key: value for key, value in self.headers.items() if key.lower() != "host"}
            got = http.request(self.command, site + self.path, headers=headers, content=body)
            is_page = got.headers.get("content-type", "").startswith("text/html")
            content = page(got.text).encode() if is_page else got.content
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
