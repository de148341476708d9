"""A capacity search as people read it in a terminal: a line per trial, and the knee."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from reports.knee import Limit
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from reports.knee import Found, Knee, Trial

_UNKNOWN = "-"
_CUT = {Limit.TIME: "out of time", Limit.STOPPED: "stopped"}
_THEN = {
    Limit.EVIDENCE: "- then a run proved nothing",
    Limit.TIME: "- then the time was over",
    Limit.STOPPED: "- then it was stopped",
}


def trial_line(trial: Trial) -> str:
    """What one trial came to: ` GO    lost 0 of 1,600 · p95 212 ms · …`."""
    word = _CUT.get(trial.limit, trial.verdict)
    facts = (
        f"lost {trial.lost:,} of {trial.owed:,}",
        f"p95 {_figure(trial.delivery_p95_ms, 'ms')}",
        f"generator {_figure(trial.lag_p95_ms, 'ms')} late",
        f"CPU {_UNKNOWN if trial.cpu is None else f'{trial.cpu:.0%}'}",
        f"{trial.seconds:.0f} s",
    )
    return f" {word:<8} {' · '.join(facts)}"


def _figure(value: float | None, unit: str) -> str:
    return _UNKNOWN if value is None else f"{value:,.0f} {unit}"


def print_knee(found: Found, files: Sequence[str], console: Console) -> None:
    """What gives way, at how many users, and why; then where all of it is."""
    for line in [sentence(found), *(f"  {one_line(one)}" for one in found.knee.reasons), *files]:
        console.print(Text(line), soft_wrap=True)


def sentence(found: Found) -> str:
    """The knee in one sentence."""
    return " ".join(_told(found.knee, found.most))


def _told(knee: Knee, most: int) -> Iterator[str]:
    if knee.holds:
        yield f"{knee.holds:,} users hold"
    else:
        yield "no size of house holds"
    if knee.breaks is not None:
        giver = "the target gives" if knee.limit is Limit.TARGET else "the load generator gives"
        if knee.limit in _THEN:
            giver = "something gives"
        yield f"and {giver} way at {knee.breaks:,} ({knee.broken} of {knee.tried} trials)"
    if knee.limit in _THEN:
        yield _THEN[knee.limit]
    elif knee.breaks is None and knee.holds == most:
        yield "and more were not asked for"
