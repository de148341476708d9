"""Marks the tests that need a server, a database or a browser, by the folder they are in."""

from pathlib import Path

import hypothesis
import pytest

# Time is measured in `make bench`; in a test it only says how busy the machine was.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")

HERE = Path(__file__).parent
REAL = tuple(HERE / name for name in ("clients", "eventlive", "rehearsal", "report_page"))


# First, so that `-m "not real"` sees the marks.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever starts something real says so; `make check` leaves it out to stay quick."""
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in REAL):
            item.add_marker(pytest.mark.real)
