"""`python -m reports`: judge, merge, list, show, explain, compare and prune stored runs.

`judge` and `merge` exit with the verdict's code (0 GO, 10 NO-GO, 11 INVALID); `compare` with 10
where a run has regressed, and with 11 where that cannot be told. Everything exits with 4 where
there is no such run, user or message, parts cannot be put together, a count is none, a file cannot
be read, written or removed, or memory is too short for a history.
"""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from reports.commands import (
    NoRunError,
    compare_runs,
    explain_message,
    judge_run,
    list_stored,
    merge_runs,
    prune_stored,
    show_user,
)
from reports.console import console_on
from reports.memory import HistoryTooLargeError
from reports.page.texts import LANGUAGES, languages_of
from reports.parts import MergeError
from reports.retention import BadCountError
from reports.story import NotInRunError
from reports.wording import one_line

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

BAD_CONFIGURATION = 4
_RUN_HELP = "a run's folder, the id of a stored run, or `latest`"


def main(arguments: Sequence[str]) -> int:
    """The exit code for a command line."""
    options = _parser().parse_args(arguments)
    try:
        return _do(options)
    except (
        NoRunError,
        NotInRunError,
        MergeError,
        BadCountError,
        HistoryTooLargeError,
    ) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(_in_words(error))


def _do(options: Namespace) -> int:
    match options.command:
        case "judge":
            return judge_run(options.run, options.report_lang)
        case "merge":
            return merge_runs(options.parts, options.run_id)
        case "show":
            return show_user(options.run, options.user)
        case "explain":
            return explain_message(options.run, options.message, show_all=options.all)
        case "compare":
            return compare_runs(options.runs, options.baseline, options.page, options.report_lang)
        case "prune":
            return prune_stored(options.keep, is_trial=options.dry_run)
        case _:
            return list_stored()


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m reports", description="Judge and read stored runs.")
    commands = parser.add_subparsers(dest="command", required=True)
    judging = commands.add_parser("judge", help="judge a run again and print its summary")
    judging.add_argument("run", help=_RUN_HELP)
    _add_languages(judging, "default: those the run asked for")
    merging = commands.add_parser("merge", help="one run of the parts that several runners played")
    merging.add_argument("parts", nargs="+", metavar="part", help="a run with --shard k/N")
    merging.add_argument(
        "--run-id", default="", metavar="NAME", help="of the merged run (default: PART-merged)"
    )
    commands.add_parser("list", help="the stored runs, the newest first")
    showing = commands.add_parser("show", help="one user's time in a run")
    showing.add_argument("run", help=_RUN_HELP)
    showing.add_argument("--user", required=True, help="the user's name, as u0001")
    explaining = commands.add_parser("explain", help="one message's way to everybody")
    explaining.add_argument("run", help=_RUN_HELP)
    explaining.add_argument("message", help="the message's id, or author and number, as u0001#0")
    explaining.add_argument("--all", action="store_true", help="every recipient, not just the ends")
    comparing = commands.add_parser(
        "compare", help="what became worse or better in runs, in words and on a page"
    )
    comparing.add_argument(
        "runs", nargs="+", metavar="RUN", help=f"{_RUN_HELP}; the first is the baseline"
    )
    comparing.add_argument("--baseline", metavar="RUN", help="set all others against this one")
    comparing.add_argument(
        "--page",
        type=Path,
        metavar="PATH",
        help="of the page to write (default: comparison.html in the folder of the newest run)",
    )
    _add_languages(comparing, f"default: {','.join(LANGUAGES)}")
    pruning = commands.add_parser("prune", help="remove the oldest runs")
    pruning.add_argument("--keep", required=True, metavar="N", help="the newest so many stay")
    pruning.add_argument("--dry-run", action="store_true", help="say what would go, and do nothing")
    return parser


def _add_languages(parser: ArgumentParser, default: str) -> None:
    parser.add_argument(
        "--report-lang",
        type=_languages,
        default=(),
        metavar="LANGUAGES",
        help=f"of its page, the first one first, as ko,en ({default})",
    )


def _languages(listed: str) -> tuple[str, ...]:
    try:
        return languages_of(listed)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def _in_words(error: OSError) -> str:
    """What failed, and at which file where that is known: a read that breaks off does not say."""
    words = error.strerror or str(error)
    return one_line(words if error.filename is None else f"{words} ({error.filename})")


def _refuse(message: str) -> int:
    console_on(stderr=True).print(Text(message), soft_wrap=True)
    return BAD_CONFIGURATION


if __name__ == "__main__":
    # Whoever closes the pipe or presses Ctrl-C wants silence: end by the signal, as other tools do.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main(sys.argv[1:]))
