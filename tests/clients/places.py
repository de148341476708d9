"""Where the official clients run: in Node, in Chromium, and in a Python of their own.

Scripts drive a client and return what it told them; the tests judge. The JavaScript is the same in
Node and in Chromium.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from playwright.sync_api import sync_playwright

from fixtures.browser import find_browser

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from playwright.sync_api import Browser, Page, Route

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
JAVASCRIPT = HERE / "javascript"
SUPABASE_JS = ROOT / "eventlive/site/node_modules/@supabase/supabase-js/dist/umd/supabase.js"
IN_NODE = ("node", str(JAVASCRIPT / "node.mjs"))
IN_PYTHON = (str(ROOT / ".venv-supabase-py/bin/python"), "-m", "tests.clients.python.play")

Json: TypeAlias = dict[str, Any]

IN_CHROMIUM = """async ([script, name, given]) => {
    const { play } = await import("/clients/play.mjs");
    const loaded = await import(`/clients/${script}.mjs`);
    const { createClient } = window.supabase;
    return play({ createClient, WebSocket }, loaded, name, given);
}"""


class Place(Protocol):
    """Somewhere a script can be played."""

    def play(self, script: str, name: str, **given: object) -> Json:
        """What the function `name` of this script returns; fails the test when it throws."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process that plays scripts: a request per line in, an answer per line out."""

    process: subprocess.Popen[str]
    given: Mapping[str, object]

    def play(self, script: str, name: str, **given: object) -> Json:
        """Play a script to its end."""
        self.begin(script, name, **given)
        return self.finish()

    def begin(self, script: str, name: str, **given: object) -> None:
        """Start a script, to meet with another one elsewhere."""
        assert self.process.stdin is not None
        request = {"script": script, "name": name, "given": {**self.given, **given}}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()

    def finish(self) -> Json:
        """What the script that was begun returns."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the process has ended: {self.process.args!r}"
        answer: Json = json.loads(line)
        assert "error" not in answer, answer["error"]
        result: Json = answer["result"]
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A page with supabase-js and nothing else, which finds the scripts below /clients/."""

    page: Page
    given: Mapping[str, object]

    def play(self, script: str, name: str, **given: object) -> Json:
        """Play a script to its end."""
        result: Json = self.page.evaluate(IN_CHROMIUM, [script, name, {**self.given, **given}])
        return result

    def reload(self) -> None:
        """Load the page anew: nothing stays but what the browser keeps."""
        # No script runs on the server's "not found". It must come from the server: a page that
        # a route made up may not connect to anything on this machine.
        self.page.goto("/nowhere")
        self.page.add_script_tag(url="/clients/supabase.js")


@contextmanager
def process_playing(command: Sequence[str], given: Mapping[str, object]) -> Iterator[Process]:
    """A process for the block; the end of its input ends it."""
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Process(process=process, given=given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chromium:
    """A browser that opens tabs."""

    browser: Browser
    given: Mapping[str, object]

    def open(self, origin: str) -> Tab:
        """A tab in a context of its own, whose page belongs to this origin.

        The site's policy, which would keep it from connecting to another origin, is put aside.
        """
        page = self.browser.new_page(base_url=origin, bypass_csp=True)
        page.route("**/clients/*", fulfil)
        tab = Tab(page=page, given=self.given)
        tab.reload()
        return tab


@contextmanager
def running_chromium(given: Mapping[str, object]) -> Iterator[Chromium]:
    """A browser for the block."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    executable = find_browser().executable
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=sandbox)
        yield Chromium(browser=browser, given=given)
        browser.close()


def fulfil(route: Route) -> None:
    """Serve a file of the tests, or the client as npm installed it."""
    name = Path(route.request.url).name
    route.fulfill(path=SUPABASE_JS if name == SUPABASE_JS.name else JAVASCRIPT / name)
