"""What does not fit into memory is refused before it is read, with figures and advice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reports import __main__ as command
from reports import commands, judging, memory
from reports.memory import HistoryTooLargeError, available_bytes, require_memory
from reports.shards import shard_path
from tests.reports.histories import healthy, write_run

if TYPE_CHECKING:
    from pathlib import Path

GB = 2**30
TOO_LARGE = (
    "3.0 GB of history need about 7.8 GB of memory, and 5.2 GB are available: "
    "use another machine, or give this one more memory"
)


@pytest.fixture
def available(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 5.2 GB to spare: enough for 2 GB of history."""
    monkeypatch.setattr(memory, "available_bytes", lambda: round(5.2 * GB))


def run_of(folder: Path, *sizes: int) -> Path:
    """A run's folder with shards of so many bytes, which take no room on the disk."""
    folder.mkdir()
    for number, size in enumerate(sizes):
        with shard_path(folder, f"shard{number:02}").open("wb") as shard:
            shard.truncate(size)
    return folder


@pytest.mark.usefixtures("available")
@pytest.mark.parametrize("sizes", [(), (0,), (GB,), (2 * GB,), (GB, GB)])
def test_what_fits_is_not_refused(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    require_memory(run_of(tmp_path / "run", *sizes))


@pytest.mark.usefixtures("available")
@pytest.mark.parametrize("sizes", [(3 * GB,), (GB, GB, GB)])
def test_what_does_not_fit_is_refused_in_figures_and_with_advice(
    tmp_path: Path, sizes: tuple[int, ...]
) -> None:
    with pytest.raises(HistoryTooLargeError) as refused:
        require_memory(run_of(tmp_path / "run", *sizes))

    assert str(refused.value) == TOO_LARGE


@pytest.mark.usefixtures("available")
def test_one_byte_too_many_is_too_many(tmp_path: Path) -> None:
    with pytest.raises(HistoryTooLargeError):
        require_memory(run_of(tmp_path / "run", 2 * GB + 1))


@pytest.mark.usefixtures("available")
def test_runs_that_are_read_together_must_fit_together(tmp_path: Path) -> None:
    before, after = run_of(tmp_path / "before", GB), run_of(tmp_path / "after", 2 * GB)

    with pytest.raises(HistoryTooLargeError, match=r"^3\.0 GB of history need about 7\.8 GB"):
        require_memory(before, after)


@pytest.mark.usefixtures("available")
def test_only_shards_are_read_and_count(tmp_path: Path) -> None:
    folder = run_of(tmp_path / "run", GB)
    with (folder / "checks.json").open("wb") as checks:
        checks.truncate(9 * GB)

    require_memory(folder)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("MemTotal:  9 kB\nMemFree:  1 kB\nMemAvailable:    7340032 kB\n", 7 * GB),
        ("MemTotal:  9 kB\nMemFree:  1 kB\n", None),
        ("", None),
    ],
)
def test_the_kernel_says_what_is_available(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: int | None
) -> None:
    (tmp_path / "meminfo").write_text(text)
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")

    assert available_bytes() == told


def test_where_nobody_says_what_is_available_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "nowhere")

    assert available_bytes() is None
    require_memory(run_of(tmp_path / "run", 1000 * GB))


@pytest.mark.usefixtures("available")
def test_judging_refuses_before_it_reads_or_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "read_history", lambda _: pytest.fail("was read"))
    folder = run_of(tmp_path / "run", 3 * GB)

    with pytest.raises(HistoryTooLargeError):
        judging.judge(folder)
    assert [path.name for path in folder.iterdir()] == ["history-shard00.jsonl"]


@pytest.mark.usefixtures("available")
@pytest.mark.parametrize(
    "words",
    [
        ["judge", "large"],
        ["show", "large", "--user", "u0001"],
        ["explain", "large", "71"],
        ["compare", "large", "small"],
        ["compare", "small", "large"],
    ],
)
def test_every_command_refuses_in_one_sentence_and_exits_4(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    run_of(tmp_path / "large", 3 * GB)
    write_run(tmp_path / "small", {"shard00": ["ada", "ben", "cho"]}, healthy())
    monkeypatch.setattr(commands, "RUNS", tmp_path)
    monkeypatch.setattr(commands, "read_history", lambda _: pytest.fail("was read"))

    assert command.main(words) == 4

    said = capsys.readouterr()
    assert (said.out, said.err) == ("", TOO_LARGE + "\n")


@pytest.mark.usefixtures("available")
def test_a_list_reads_first_lines_only_and_refuses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(tmp_path / "run-1", {"shard00": ["ada", "ben", "cho"]}, healthy())
    monkeypatch.setattr(commands, "RUNS", tmp_path)
    monkeypatch.setattr(memory, "available_bytes", lambda: 0)

    assert command.main(["list"]) == 0
    assert "run-1" in capsys.readouterr().out
