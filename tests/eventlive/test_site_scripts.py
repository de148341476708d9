"""The site's scripts that need no browser, tested by Node's own test runner."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parent / "site_scripts").glob("*.mjs"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_the_sites_scripts_keep_their_promises(script: Path) -> None:
    command = ["node", "--test", "--test-reporter=spec", str(script)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert run.returncode == 0, run.stdout + run.stderr
