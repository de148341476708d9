"""What `python -m reports` can be told to do: one function per command, from words to exit code.

Each finds the runs it was named, has others judge or tell, and prints. Raises NoRunError or
NotInRunError where there is no such run, user or message, BadCountError where so many runs cannot
be kept, and HistoryTooLargeError where memory is too short; their one sentence says what there is.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from reports.archive import read_history
from reports.comparison_terminal import print_comparison
from reports.console import console_on
from reports.judging import judge
from reports.ledger import build_ledger
from reports.memory import require_memory
from reports.naming import first_of
from reports.page.bundle import NOT_BUILT, read_bundle
from reports.page.comparison import comparison_of
from reports.page.render import Edition, comparison_names, rendered_comparison
from reports.page.texts import LANGUAGES
from reports.parts import default_id, merge
from reports.retention import count_of, remove, surplus_of
from reports.runs import LATEST, RUNS, is_run, list_runs, make_latest
from reports.shelf import counted, print_runs, size
from reports.side_by_side import side_by_side
from reports.story import story_of_message, story_of_user
from reports.terminal import print_summary
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.archive import History
    from reports.side_by_side import SideBySide

_NAMED_MAX = 5


class NoRunError(LookupError):
    """There is no such run; the words say which there are."""


def run_folder(named: str) -> Path:
    """The folder of the run called `latest`, the folder so named, or the run of that id."""
    candidates = [LATEST] if named == "latest" else [Path(named), RUNS / named]
    for folder in candidates:
        if is_run(folder):
            return folder
    raise NoRunError(
        f"{one_line(named)}: expected a run's folder with history-*.jsonl, a run id or `latest`, "
        f"found none; {_existing()}"
    )


def _existing() -> str:
    ids = [run.run_id for run in list_runs(RUNS) if run.started_at]
    return f"stored runs are {first_of(ids, _NAMED_MAX)}" if ids else "no run is stored"


def judge_run(run: str, languages: Sequence[str] = ()) -> int:
    """The run is judged again and its summary printed; the code is the verdict's.

    Its page is in `languages`, or else in those that the run asked for.
    """
    folder = run_folder(run)
    summary = judge(folder, languages)
    print_summary(summary, folder.resolve(), console_on())
    return summary.exit_code


def merge_runs(parts: Sequence[str], run_id: str) -> int:
    """One run is made of these parts, judged, and the latest; the code is its verdict's.

    Raises MergeError where they cannot be put together.
    """
    folders = [run_folder(part).resolve() for part in parts]
    folder = RUNS / (run_id or default_id(folders))
    merge(folders, folder)
    make_latest(LATEST, folder)
    return judge_run(str(folder))


def list_stored() -> int:
    """The stored runs are printed, the newest first."""
    if runs := list_runs(RUNS):
        print_runs(runs, console_on())
    else:
        console_on().print(Text(f"no run is stored in {RUNS}"), soft_wrap=True)
    return 0


def prune_stored(keep: str, *, is_trial: bool) -> int:
    """The oldest runs beyond the newest `keep` are gone, or named only where that is a trial.

    What must stay is named with the reason. Raises BadCountError.
    """
    console = console_on()
    done = "would remove" if is_trial else "removed"
    removed = []
    for one in surplus_of(RUNS, LATEST, count_of(keep)):
        word = f"kept: {one.spared}" if one.spared else done
        if not one.spared:
            removed.append(one.run)
            if not is_trial:
                remove(one)
        line = f"{one_line(one.run.run_id)}  {size([one.run])}  {word}"
        console.print(Text(line), soft_wrap=True)
    console.print(Text(f"{done} {counted(removed)}, {size(removed)}"), soft_wrap=True)
    return 0


def show_user(run: str, user: str) -> int:
    """One user's timeline is printed."""
    history = _history(run)
    _print_lines(story_of_user(history, build_ledger(history), user))
    return 0


def explain_message(run: str, message: str, *, show_all: bool) -> int:
    """One message's way is printed."""
    history = _history(run)
    _print_lines(story_of_message(history, build_ledger(history), message, show_all=show_all))
    return 0


def _history(run: str) -> History:
    folder = run_folder(run)
    require_memory(folder)
    return read_history(folder)


def _print_lines(lines: Sequence[str]) -> None:
    console_on().print(Text("\n".join(lines)), soft_wrap=True)


def compare_runs(
    runs: Sequence[str], baseline: str | None, page: Path | None, languages: Sequence[str]
) -> int:
    """What became worse and better is printed and is on a page; the code says whether it is worse.

    The baseline is the first run, or the one so named. The page is `comparison.html` in the folder
    of the run that started last, or at `page`: a file, or a folder that exists.
    """
    first, others = _sides(runs, baseline)
    compared = side_by_side(first, others)
    console = console_on()
    print_comparison(compared, console)
    path = page or compared.newest.folder.resolve()
    _print_lines(_write_page(compared, path, languages or LANGUAGES))
    return compared.word.exit_code


def _sides(runs: Sequence[str], baseline: str | None) -> tuple[Path, list[Path]]:
    """The baseline's folder and the others'. A baseline that is named may be among the runs."""
    folders = [run_folder(run) for run in runs]
    if baseline is None:
        first, others = folders[0], folders[1:]
    else:
        first = run_folder(baseline)
        others = [folder for folder in folders if folder.resolve() != first.resolve()]
    if not others:
        name = one_line(first.resolve().name)
        raise NoRunError(f"{name}: expected a second run to set beside it; {_existing()}")
    return first, others


def _write_page(compared: SideBySide, path: Path, languages: Sequence[str]) -> list[str]:
    """The page is there in each language, and in no other from an earlier time; says where."""
    folder, stem = (path, Edition.COMPARISON) if path.is_dir() else (path.parent, path.stem)
    bundle = read_bundle()
    if bundle is None:
        return [NOT_BUILT]
    files = rendered_comparison(comparison_of(compared, RUNS, folder), languages, bundle, stem)
    for one in comparison_names(stem, LANGUAGES):
        (folder / one.name).unlink(missing_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return [f"page: {folder / name}" for name in files]
