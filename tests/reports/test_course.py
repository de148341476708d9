"""The trend reads what stored summaries say, whatever has become of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reports import course
from reports.course import course_of
from reports.figures import Share
from reports.judging import judge
from reports.summary import Word
from tests.reports.histories import healthy, write_run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from reports.summary import Summary


def stored(folder: Path, **changed: object) -> Path:
    """A judged run of three users, and then of `changed` members of its summary."""
    write_run(folder, {"shard00": ["ada", "ben", "cho"]}, healthy())
    judge(folder)
    path = folder / "summary.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))
    return folder


def compared(folder: Path) -> tuple[Path, Summary]:
    stored(folder)
    return folder, judge(folder)


def test_a_run_has_the_figures_of_its_summary(tmp_path: Path) -> None:
    stored(tmp_path / "run-1")

    (point,) = course_of(tmp_path, {}).points

    assert (point.place, point.letter, point.users, point.verdict) == ("run-1", "", 3, Word.GO)
    assert (point.received, point.accepted) == (Share(18, 18), Share(6, 6))
    assert (point.delivery_ms_p95, point.sign_in_s_p95) == (90, 4)
    assert point.mean_s is not None


def test_the_oldest_is_first_and_compared_runs_have_their_letter(tmp_path: Path) -> None:
    stored(tmp_path / "late", started_at="2026-02-09T00:00:00Z")
    stored(tmp_path / "early", started_at="2026-02-05T00:00:00Z")
    runs = {"A": compared(tmp_path / "one"), "B": compared(tmp_path.parent / "elsewhere")}

    points = course_of(tmp_path, runs).points

    assert [(one.place, one.letter) for one in points] == [
        ("early", ""),
        ("elsewhere", "B"),
        ("one", "A"),
        ("late", ""),
    ]


def test_a_run_set_against_itself_is_one_point(tmp_path: Path) -> None:
    run = compared(tmp_path / "one")

    assert [one.letter for one in course_of(tmp_path, {"A": run, "B": run}).points] == ["A"]


def test_an_older_summary_lacks_figures_and_is_shown_all_the_same(tmp_path: Path) -> None:
    share = {"n": 3, "of": 3}
    old = {
        "started_at": "2025-01-01T00:00:00Z",
        "verdict": "INVALID",
        "users": {"signed_in": share},
        "messages": {"accepted": {"n": 0, "of": 0}},
        "deliveries": {"received": share},
        "seconds": {},
    }
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "summary.json").write_text(json.dumps(old))

    (point,) = course_of(tmp_path, {}).points

    assert (point.verdict, point.received) == (Word.INVALID, Share(3, 3))
    assert (point.accepted, point.delivery_ms_p95, point.mean_s) == (None, None, None)


def test_broken_targets_empty_houses_and_damage_are_no_points(tmp_path: Path) -> None:
    nobody = {"signed_in": {"n": 0, "of": 0}}
    stored(tmp_path / "broken", defects=["delay-5s"])
    stored(tmp_path / "empty", users=nobody)
    stored(tmp_path / "unjudged").joinpath("summary.json").unlink()
    stored(tmp_path / "damaged").joinpath("summary.json").write_text("[" * 100_000)
    (tmp_path / "no run").mkdir()

    found = course_of(tmp_path, {})

    assert (found.points, found.older, found.broken) == ([], 0, 1)
    assert course_of(tmp_path / "nowhere", {}).points == []


def test_of_very_many_runs_the_newest_are_shown_and_the_others_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "RUNS_MAX", 2)
    for day in (1, 2, 3):
        stored(tmp_path / f"run-{day}", started_at=f"2026-02-0{day}T00:00:00Z")

    found = course_of(tmp_path, {})

    assert [one.place for one in found.points] == ["run-2", "run-3"]
    assert found.older == 1
