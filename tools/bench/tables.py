"""The figures of the bench as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from tools.bench.kinds import Kind
from tools.bench.ratios import FIGURES, advantages, spread_of
from tools.bench.ways import Way

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from tools.bench.houses import House
    from tools.bench.ratios import Spread
    from tools.bench.ways import Drive

_NOTHING = "—"


def print_rounds(rounds: Sequence[Mapping[Way, Drive]], console: Console) -> None:
    """Each way's figures, and how many times better the suite's are: medians and their range."""
    drives = [drive for one in rounds for drive in one.values()]
    ways = [way for way in Way if any(drive.way is way for drive in drives)]
    table = _table("", *ways)
    for figure in FIGURES.values():
        of_way = [spread_of(figure.of(one) for one in drives if one.way is way) for way in ways]
        table.add_row(figure.title, *map(shown, of_way))
    _print(_title(drives[0], len(rounds)), table, console)
    if Way.SUITE in ways and ways[1:]:
        _print_advantages(rounds, ways[1:], console)
    for said in {f"CPU by {one.cpu_from}; memory by {one.peak_from}" for one in drives}:
        console.print(said)


def _print_advantages(
    rounds: Sequence[Mapping[Way, Drive]], rivals: Sequence[Way], console: Console
) -> None:
    table = _table("", *(f"than {one}" for one in rivals))
    ratios = [advantages(rounds, rival) for rival in rivals]
    for name, figure in FIGURES.items():
        table.add_row(figure.title, *(shown(one[name]) for one in ratios))
    _print("so many times better is the suite", table, console)


def _table(*columns: str) -> Table:
    """A table whose first column is words, and all others figures."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table


def _print(title: str, table: Table, console: Console) -> None:
    """A title of its own line: that of rich is no wider than its table."""
    console.print(title)
    console.print(table)


def print_profile(house: House, console: Console) -> None:
    """Where the house's CPU-seconds and time went: a column per part, a row per kind of process."""
    title = f"{house.users} users, -n {house.workers}: {house.wall_s:.0f} s, {house.peak_mb:,} MB"
    parts = [one.part for one in house.profile]
    table = _table("CPU-seconds", *parts, "all")
    for kind in Kind:
        if of_kind := house.cpu_by_kind.get(kind):
            of_part = [one.cpu_s.get(kind, 0.0) for one in house.profile]
            table.add_row(kind, *(f"{cpu_s:.1f}" for cpu_s in (*of_part, of_kind)))
    table.add_section()
    walls = [*(one.wall_s for one in house.profile), house.wall_s]
    table.add_row("time", *(f"{wall_s:.1f}" for wall_s in walls))
    _print(f"{title}, {house.cpu_s:.0f} CPU-seconds", table, console)
    console.print(f"CPU by {house.cpu_from}; memory by {house.peak_from}")


def shown(spread: Spread | None) -> str:
    """`1.80 (1.71 to 1.95)`; one value stands alone."""
    if spread is None:
        return _NOTHING
    if spread.least == spread.most:
        return _number(spread.median)
    return f"{_number(spread.median)} ({_number(spread.least)} to {_number(spread.most)})"


def _number(value: float) -> str:
    """Three digits that mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _title(one: Drive, rounds: int) -> str:
    """What was measured, and that a figure is a median and, in brackets, its range."""
    messages = f"{1 + one.messages} messages each"
    times = f"{rounds} {'round' if rounds == 1 else 'rounds'}"
    return f"{one.users} users, {messages}, {times}: median (least to most)"
