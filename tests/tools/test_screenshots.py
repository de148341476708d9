"""The README's pictures are taken of the runs that were named, and stay small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.report_page.runs import full_house, lossy_house
from tools import screenshots
from tools.screenshots import BYTES_MAX, SHOTS, main

if TYPE_CHECKING:
    from pathlib import Path

JPEG = b"\xff\xd8\xff"


@pytest.mark.real
def test_a_picture_of_each_part_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screenshots, "FOLDER", tmp_path / "docs")
    folders = [full_house(tmp_path / "go"), lossy_house(tmp_path / "no-go")]

    assert main([str(folder) for folder in folders]) == 0

    taken = {path.name: path.read_bytes() for path in (tmp_path / "docs").iterdir()}
    assert sorted(taken) == sorted(f"{shot.name}.jpg" for shot in SHOTS)
    assert all(one.startswith(JPEG) and len(one) <= BYTES_MAX for one in taken.values())
    assert len(set(taken.values())) == len(SHOTS)
