"""The report page of stored runs, in all its editions: `python -m tools.report_demo [RUN ...]`.

Without a run named it takes two: of the stored ones, the GO with most users and the newest NO-GO.
Each is judged again, so its page is that of this checkout.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from reports.commands import NoRunError, run_folder
from reports.judging import judge
from reports.memory import HistoryTooLargeError
from reports.page.bundle import NOT_BUILT, read_bundle
from reports.page.render import file_names
from reports.page.texts import LANGUAGES
from reports.runs import RUNS, list_runs
from reports.summary import Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.runs import StoredRun

HOW_TO_MAKE = {
    Word.GO: 'make e2e (or smaller: make e2e ARGS="--users 40")',
    Word.NO_GO: 'make e2e ARGS="--users 40 --defect drop-random,probability=0.1"',
}
NOTHING_TO_SHOW = 4


def main(arguments: Sequence[str]) -> int:
    """Prints where the pages are; 4 and one sentence where there is nothing to show."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("run", nargs="*", help="a run's folder, the id of a stored run, or latest")
    named: list[str] = parser.parse_args(arguments).run
    try:
        if read_bundle() is None:
            raise NoRunError(NOT_BUILT)
        for run in named or chosen(list_runs(RUNS)):
            _show(run)
    except (NoRunError, HistoryTooLargeError) as error:
        sys.stderr.write(f"{error}\n")
        return NOTHING_TO_SHOW
    return 0


def chosen(stored: Sequence[StoredRun]) -> list[str]:
    """The ids of the two runs to show. Raises NoRunError, saying how to make what is missing."""
    return [_best(word, stored) for word in HOW_TO_MAKE]


def _best(word: Word, stored: Sequence[StoredRun]) -> str:
    """Stored runs come newest first, and `max` keeps the first of equals."""
    found = [run for run in stored if run.verdict is word]
    if not found:
        raise NoRunError(f"no {word} run is stored; make one: {HOW_TO_MAKE[word]}")
    return max(found, key=lambda run: (run.users or 0) if word is Word.GO else 0).run_id


def _show(run: str) -> None:
    folder = run_folder(run).resolve()
    summary = judge(folder, LANGUAGES)
    print(f"{summary.verdict}  {summary.run_id}, {summary.users.signed_in.of:,} users")
    for line in _files(folder.as_posix()):
        print(f"  {line}")


def _files(folder: str) -> Iterator[str]:
    for one in file_names(LANGUAGES):
        yield f"{folder}/{one.name}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
