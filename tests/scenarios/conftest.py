"""What these tests share: async tests run on the event loop that the crowd uses."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """One loop is enough: Playwright knows no other."""
    return "asyncio"
