"""A comparison as people read it in a terminal: what would be noticed, what changed, the method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from reports.comparing import METHOD, Trend
from reports.effects import noticed
from reports.page.texts import texts_of
from reports.summary import Word
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from reports.comparing import Difference
    from reports.side_by_side import Compared, SideBySide

_HEADLINES = {
    Word.GO: "no regression",
    Word.NO_GO: "regressed",
    Word.INVALID: "nothing can be compared",
}
_SHOWN = (Trend.WORSENED, Trend.IMPROVED, Trend.NOT_COMPARABLE)


def print_comparison(compared: SideBySide, console: Console) -> None:
    """The word of all first, then each run against the baseline, the method last."""
    lines = [_HEADLINES[compared.word], *map(_doubt, _doubts(compared))]
    console.print(Text("\n  ".join(lines)), soft_wrap=True)
    for run in compared.others:
        words = f": {_HEADLINES[run.word]}" if len(compared.others) > 1 and run.word else ""
        console.print(
            Text(f"{_called(run)} against {_called(compared.baseline)}{words}"), soft_wrap=True
        )
        _print_run(run, console)
    console.print(Text(f"method: {METHOD}"), soft_wrap=True)


def _doubts(compared: SideBySide) -> Iterator[tuple[Compared, str]]:
    for run in compared.runs:
        for doubt in run.doubts:
            yield run, doubt


def _doubt(of_run: tuple[Compared, str]) -> str:
    run, doubt = of_run
    return f"{_called(run)}: {doubt}"


def _called(run: Compared) -> str:
    return f"{run.letter} {one_line(run.name)}"


def _print_run(run: Compared, console: Console) -> None:
    for line in _headlines(run):
        console.print(Text(f"  {line}"), soft_wrap=True)
    for trend in _SHOWN:
        found = [one for one in run.differences if one.trend is trend]
        if found:
            console.print(_table(trend, found, run.letter))
    within = sum(one.trend is Trend.WITHIN_NOISE for one in run.differences)
    console.print(Text(f"within noise: {within} of {len(run.differences)} figures"))


def _headlines(run: Compared) -> Iterator[str]:
    """What people would notice, what holds no longer, and in what the runs were not alike."""
    texts = texts_of("en")
    for effect, _ in noticed(run.differences):
        yield texts.of("effect", effect)
    for claim in run.no_longer:
        yield f"no longer holds: {claim.kind} {one_line(claim.name)}"
    if run.differing:
        unlike = [texts.of("circumstance", what).lower() for what in run.differing]
        yield f"set up differently: {', '.join(unlike)}"


def _table(trend: Trend, differences: Sequence[Difference], letter: str) -> Table:
    table = Table("", title=trend, title_justify="left", box=SIMPLE_HEAD)
    for column in ("A", letter, f"{letter} - A", "noise floor"):
        table.add_column(column, justify="right")
    table.add_column("unit")
    for one in differences:
        figures = (one.a, one.b, one.difference, one.noise_floor)
        table.add_row(Text(one.figure), *map(_figure, figures), one.unit)
    return table


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:,.3f}".rstrip("0").rstrip(".")
