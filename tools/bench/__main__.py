"""Measure the suite: `python -m tools.bench`, figures as JSON and, on stderr, as tables.

By default one journey on the embedded EventLive is driven in three ways, one after the other and
several times (`ways`), and judging and recording are measured, which need neither browser nor
target. `--only houses` measures whole rehearsals. Run it on an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from reports.console import console_on
from scenarios.errors import SuiteError
from tools.bench.host import this_host
from tools.bench.houses import house
from tools.bench.judging import SIZES, judging
from tools.bench.ratios import advantages, figures_of, order_of
from tools.bench.recorder import recording
from tools.bench.tables import print_profile, print_rounds
from tools.bench.ways import VIEWERS_PER_BROWSER, Way, drive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from tools.bench.houses import House
    from tools.bench.ways import Drive

EXIT_CONFIG = 4
PARTS = (*Way, "houses", "judging", "recorder")
USUAL = tuple(part for part in PARTS if part != "houses")
PLAIN_WIDTH = 110  # where nobody says how wide it is


def main(arguments: Sequence[str]) -> int:
    """Prints the figures; 0 when every journey was whole and every house ended with GO."""
    wanted = _parser().parse_args(arguments)
    # Whoever ends the bench ends what it is measuring, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    parts = [wanted.only] if wanted.only else USUAL
    console, host = console_on(stderr=True), this_host()
    if host.warning:
        console.print(host.warning)
    try:
        rounds = _rounds([way for way in Way if way in parts], wanted, console)
        houses = _houses(wanted) if "houses" in parts else []
    except SuiteError as error:
        console.print(f"bench: {error}")
        return EXIT_CONFIG
    figures = {
        "machine": asdict(host),
        "ways": _as_figures(rounds),
        "houses": [asdict(one) for one in houses],
        "judging": [asdict(judging(size)) for size in SIZES if "judging" in parts],
        "recorder": asdict(recording()) if "recorder" in parts else None,
    }
    _print(rounds, houses, console)
    text = json.dumps(_rounded(figures))
    print(text)
    if wanted.json:
        wanted.json.write_text(text, encoding="utf-8")
    is_whole = all(one.is_whole for round_ in rounds for one in round_.values())
    return max((one.exit_code for one in houses), default=0 if is_whole else 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--only", choices=PARTS, help="measure this part (all but houses)")
    parser.add_argument("--users", type=_some, default=40, help="of each journey and house (40)")
    parser.add_argument("--messages", type=_count, default=1, help="of each after greeting (1)")
    parser.add_argument("--rounds", type=_some, default=5, help="of all ways (5: 15 to 20 minutes)")
    parser.add_argument(
        "--together",
        type=_some,
        default=VIEWERS_PER_BROWSER,
        help="in locust's browsers (10)",
    )
    parser.add_argument(
        "--warm-up",
        type=_count,
        default=4,
        help="users of each way before it is measured (4)",
    )
    parser.add_argument(
        "--workers",
        type=lambda text: [int(workers) for workers in text.split(",")],
        default="16,4",
        help="one house for each number, separated by commas (16,4)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser


def _rounds(
    ways: Sequence[Way], wanted: argparse.Namespace, console: Console
) -> list[Mapping[Way, Drive]]:
    """The ways in turn, after each has warmed up the machine's caches and compiled its files."""

    def driven(way: Way, users: int, what: str) -> Drive:
        one = drive(way, users=users, messages=wanted.messages, together=wanted.together)
        took = f"{one.wall_s:.0f} s, {one.cpu_s:.0f} CPU-s"
        console.print(f"{what}: {way}, {took}, {one.done} of {users} done")
        return one

    for way in ways if wanted.warm_up else ():
        driven(way, wanted.warm_up, "warm-up")
    return [
        {way: driven(way, wanted.users, f"round {number + 1}") for way in order_of(number, ways)}
        for number in range(wanted.rounds if ways else 0)
    ]


def _houses(wanted: argparse.Namespace) -> list[House]:
    return [house(workers, wanted.users, wanted.messages) for workers in wanted.workers]


def _print(
    rounds: Sequence[Mapping[Way, Drive]], houses: Sequence[House], console: Console
) -> None:
    """The tables, below all that those who were measured had to say."""
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    if rounds:
        print_rounds(rounds, console)
    for one in houses:
        print_profile(one, console)


def _as_figures(rounds: Sequence[Mapping[Way, Drive]]) -> dict[str, object]:
    rivals = [way for way in Way if way is not Way.SUITE and any(way in one for one in rounds)]
    return {
        "rounds": [
            {way: {**asdict(one), **figures_of(one)} for way, one in driven.items()}
            for driven in rounds
        ],
        "suite_is_times_better": {
            rival: {
                name: asdict(spread) if spread else None
                for name, spread in advantages(rounds, rival).items()
            }
            for rival in rivals
        },
    }


def _rounded(figure: object) -> object:
    """The same with three decimals: there is noise in the second already."""
    match figure:
        case float():
            return round(figure, 3)
        case dict():
            return {key: _rounded(value) for key, value in figure.items()}
        case list() | tuple():
            return [_rounded(value) for value in figure]
    return figure


def _some(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {number}")
    return number


def _count(text: str) -> int:
    if (number := int(text)) < 0:
        raise argparse.ArgumentTypeError(f"expected 0 or more, got {number}")
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
