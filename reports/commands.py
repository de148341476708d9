"""What `python -m reports` can be told to do: one function per command, from words to exit code.

Each finds the runs it was named, has others judge or tell, and prints. Raises NoRunError or
NotInRunError where there is no such run, user or message, and HistoryTooLargeError where memory is
too short; their one sentence says what there is.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.archive import read_history
from reports.comparing import Trend, compare
from reports.evidence import gaps
from reports.findings import findings_of
from reports.health import saturation
from reports.judging import judge
from reports.ledger import build_ledger
from reports.memory import require_memory
from reports.naming import first_of
from reports.parts import default_id, merge
from reports.runs import is_run, list_runs, make_latest
from reports.story import story_of_message, story_of_user
from reports.summary import Word
from reports.terminal import print_summary
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.archive import History
    from reports.comparing import Comparison, Difference
    from reports.findings import Findings
    from reports.runs import StoredRun

RUNS = Path(__file__).parent / "runs"
LATEST = Path(__file__).parent / "latest"
_HEADLINES = {
    Word.GO: "no regression",
    Word.NO_GO: "regressed",
    Word.INVALID: "nothing can be compared",
}
_NAMED_MAX = 5
_SECONDS_CHARS = len("2026-02-07T00:00:00")


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
    print_summary(summary, folder.resolve(), Console())
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
    runs = list_runs(RUNS)
    if runs:
        Console().print(_table_of_runs(runs))
    else:
        Console().print(Text(f"no run is stored in {RUNS}"), soft_wrap=True)
    return 0


def _table_of_runs(runs: Sequence[StoredRun]) -> Table:
    table = Table("started (UTC)", box=SIMPLE_HEAD)
    table.add_column("run", overflow="fold")
    table.add_column("verdict")
    table.add_column("users", justify="right")
    table.add_column("MB", justify="right")
    table.add_column("remark")
    for run in runs:
        cells = (
            run.started_at[:_SECONDS_CHARS].replace("T", " ") or "-",
            run.run_id,
            run.verdict or "-",
            "-" if run.users is None else f"{run.users:,}",
            f"{run.size_mb:,.1f}",
            run.problem,
        )
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    return table


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
    Console().print(Text("\n".join(lines)), soft_wrap=True)


def compare_runs(before: str, after: str) -> int:
    """What became worse and better is printed; the code says whether that is a regression.

    Two runs that share no figure prove nothing, and least of all that nothing became worse; nor
    does a run that is INVALID whatever its gates are.
    """
    runs = (before, after)
    folders = [run_folder(run) for run in runs]
    require_memory(*folders)
    findings = [findings_of(read_history(folder)) for folder in folders]
    doubts = [
        f"{one_line(run)}: {doubt}"
        for run, of_run in zip(runs, findings, strict=True)
        for doubt in _doubts(of_run)
    ]
    comparison = compare(*findings)
    word = _word(comparison, doubts)
    _print_comparison(word, doubts, comparison)
    return word.exit_code


def _doubts(findings: Findings) -> Iterator[str]:
    yield from gaps(findings)
    yield from saturation(findings.history, is_timed=False)


def _word(comparison: Comparison, doubts: Sequence[str]) -> Word:
    if doubts or {one.trend for one in comparison.differences} <= {Trend.NOT_COMPARABLE}:
        return Word.INVALID
    return Word.NO_GO if comparison.regressed else Word.GO


def _print_comparison(word: Word, doubts: Sequence[str], comparison: Comparison) -> None:
    """Verdict first, its reasons and what changed next, the method last."""
    console = Console()
    console.print(Text("\n  ".join([_HEADLINES[word], *doubts])), soft_wrap=True)
    shown = (Trend.WORSENED, Trend.IMPROVED, Trend.NOT_COMPARABLE)
    for trend in shown:
        found = [one for one in comparison.differences if one.trend is trend]
        if found:
            console.print(_table_of_differences(trend, found))
    within = sum(one.trend is Trend.WITHIN_NOISE for one in comparison.differences)
    console.print(Text(f"within noise: {within} of {len(comparison.differences)} figures"))
    console.print(Text(f"method: {comparison.method}"), soft_wrap=True)


def _table_of_differences(trend: Trend, differences: Sequence[Difference]) -> Table:
    table = Table("", title=trend, title_justify="left", box=SIMPLE_HEAD)
    for column in ("A", "B", "B - A", "noise floor"):
        table.add_column(column, justify="right")
    table.add_column("unit")
    for one in differences:
        figures = (one.a, one.b, one.difference, one.noise_floor)
        table.add_row(Text(one.figure), *map(_figure, figures), one.unit)
    return table


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:,.3f}".rstrip("0").rstrip(".")
