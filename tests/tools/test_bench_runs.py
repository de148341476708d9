"""The suite's own runs while it is measured: told nothing else, and gone afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.runs import make_latest
from tools.bench import runs
from tools.bench.runs import bare_environment, command_of, passing_run


@pytest.fixture
def checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A checkout without any run."""
    monkeypatch.setattr(runs, "ROOT", tmp_path)
    (tmp_path / "reports").mkdir()
    return tmp_path


def rehearsed(run_dir: Path, latest: Path) -> None:
    """What a rehearsal leaves there."""
    run_dir.mkdir(parents=True)
    (run_dir / "summary.json").write_text("{}")
    make_latest(latest, run_dir)


@pytest.mark.parametrize("had_one", [True, False])
def test_a_measured_run_is_removed_and_the_latest_is_what_it_was(
    checkout: Path, had_one: bool
) -> None:
    latest, stored = checkout / "reports" / "latest", checkout / "reports" / "runs" / "one"
    if had_one:
        rehearsed(stored, latest)

    with passing_run() as run_dir:
        rehearsed(run_dir, latest)

    assert not run_dir.exists()
    assert latest.is_symlink() == had_one
    assert not had_one or latest.resolve() == stored


def test_a_run_that_somebody_else_made_meanwhile_stays_the_latest(checkout: Path) -> None:
    latest, others = checkout / "reports" / "latest", checkout / "reports" / "runs" / "other"

    with passing_run() as run_dir:
        rehearsed(run_dir, latest)
        rehearsed(others, latest)

    assert latest.resolve() == others


def test_what_a_developer_has_set_is_not_what_is_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for key in ("SOUNDCHECK_FILL", "SUPABASE_URL", "DATABASE_URL"):
        monkeypatch.setenv(key, "1")
    monkeypatch.setenv("SOUNDCHECK_BROWSER", "shell")

    environment = bare_environment()
    command = command_of(Path("runs", "bench-1"), 4, "--users", "3")

    assert "PATH" in environment
    assert not {"SOUNDCHECK_FILL", "SOUNDCHECK_BROWSER", "SUPABASE_URL", "DATABASE_URL"} & set(
        environment
    )
    assert command[-6:] == [
        "--browser",
        str(tmp_path / "shell"),
        "--users",
        "3",
        "--run-id",
        "bench-1",
    ]
