"""One EventLive for all client tests, and the places where clients run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.clients.places import (
    IN_NODE,
    IN_PYTHON,
    Chromium,
    Place,
    Process,
    process_playing,
    running_chromium,
)
from tests.clients.served import EventLive, Person, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def eventlive() -> Iterator[EventLive]:
    """A running EventLive. Tests share it: make people, webinars and topics of your own."""
    with serving() as running:
        yield running


@pytest.fixture(scope="package")
def node(eventlive: EventLive) -> Iterator[Process]:
    """The unmodified supabase-js in Node."""
    with process_playing(IN_NODE, eventlive.given) as process:
        yield process


@pytest.fixture(scope="package")
def chromium(eventlive: EventLive) -> Iterator[Chromium]:
    """A browser for the site's own supabase-js."""
    with running_chromium(eventlive.given) as browser:
        yield browser


@pytest.fixture(scope="package", params=["node", "chromium"])
def supabase_js(request: pytest.FixtureRequest, eventlive: EventLive) -> Place:
    """The unmodified supabase-js, in Node and then in a real browser."""
    if request.param == "node":
        node: Process = request.getfixturevalue("node")
        return node
    chromium: Chromium = request.getfixturevalue("chromium")
    return chromium.open(eventlive.url)


@pytest.fixture(scope="package")
def supabase_py(eventlive: EventLive) -> Iterator[Process]:
    """The unmodified supabase-py, in the environment that set-up makes for it."""
    assert Path(IN_PYTHON[0]).exists(), "supabase-py is not installed; run: make setup"
    with process_playing(IN_PYTHON, eventlive.given) as process:
        yield process


@pytest.fixture
def topic() -> str:
    """A public topic that no other test uses."""
    return f"room:{uuid4()}"


@pytest.fixture
def webinar(eventlive: EventLive) -> int:
    """A webinar with its chat."""
    return eventlive.new_webinar()


@pytest.fixture
def member(eventlive: EventLive, webinar: int) -> Person:
    """Somebody who is registered for the webinar."""
    person = eventlive.new_person()
    eventlive.register(person, webinar)
    return person


@pytest.fixture
def stranger(eventlive: EventLive) -> Person:
    """Somebody who can sign in and is registered for nothing."""
    return eventlive.new_person()
