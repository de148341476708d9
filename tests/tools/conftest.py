"""What the tests of set-up share: a checkout."""

import json
from pathlib import Path

import pytest

DRIVER = ".venv/lib/python3.11/site-packages/playwright/driver/package"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout whose environment is there, so that each step can be tested by itself."""
    (tmp_path / "requirements.lock").write_text("pytest==9.2.0\n")
    for folder in ("eventlive/site", "reports/page"):
        (tmp_path / folder / "src").mkdir(parents=True)
        (tmp_path / folder / "package-lock.json").write_text("{}\n")
        (tmp_path / folder / "package.json").write_text("{}\n")
        (tmp_path / folder / "build.js").write_text("build();\n")
        (tmp_path / folder / "src/app.js").write_text("open();\n")
    driver = tmp_path / DRIVER
    driver.mkdir(parents=True)
    entries = [{"name": "chromium-headless-shell", "revision": "1255"}]
    (driver / "browsers.json").write_text(json.dumps({"browsers": entries}))
    return tmp_path
