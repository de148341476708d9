"""`python -m reports judge RUN_DIR`: judge a stored run again, without a browser or a database.

Exits with the verdict's code (0 GO, 10 NO-GO, 11 INVALID), or 4 where there is no run to judge.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from reports.shards import shard_path
from reports.summary import judge
from reports.terminal import print_summary

if TYPE_CHECKING:
    from collections.abc import Sequence

BAD_CONFIGURATION = 4
LATEST = Path(__file__).parent / "latest"


def main(arguments: Sequence[str]) -> int:
    """The exit code for a command line."""
    named = _parser().parse_args(arguments).run_dir
    run_dir = LATEST if named == "latest" else Path(named)
    try:
        if not any(run_dir.glob(shard_path(run_dir, "*").name)):
            return _refuse(f"{run_dir}: expected a run's folder with history-*.jsonl, found none")
        summary = judge(run_dir)
    except OSError as error:
        return _refuse(f"{run_dir}: {error.strerror} ({error.filename})")
    print_summary(summary, run_dir.resolve(), Console())
    return summary.exit_code


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m reports", description="Judge stored runs.")
    commands = parser.add_subparsers(required=True, metavar="judge")
    judging = commands.add_parser("judge", help="judge a run again and print its summary")
    judging.add_argument("run_dir", help="a run's folder, or `latest`")
    return parser


def _refuse(message: str) -> int:
    Console(stderr=True).print(message, markup=False, soft_wrap=True)
    return BAD_CONFIGURATION


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
