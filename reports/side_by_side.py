"""Several runs side by side: each judged by today's rules, and set against one of them.

From folders to what is to be shown; `comparing` says what differs, and nothing is written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_uppercase
from typing import TYPE_CHECKING

from reports.archive import read_history
from reports.circumstances import circumstances_of, differing
from reports.claims import claims_of, no_longer
from reports.comparing import Trend, compare
from reports.evidence import gaps
from reports.findings import findings_of
from reports.health import saturation
from reports.judging import judged
from reports.memory import require_memory
from reports.summary import Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from reports.circumstances import Circumstance, Circumstances
    from reports.claims import Claim
    from reports.comparing import Comparison, Difference
    from reports.findings import Findings
    from reports.summary import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One run, and how it stands against the baseline; of the baseline itself that is nothing.

    `letter` is what a comparison calls it: the baseline is A. `doubts` are why it proves nothing,
    whatever its gates are. `no_longer` are the claims that hold of the baseline and not of it.
    `word` is GO where nothing became worse beyond the noise, NO-GO where something did, INVALID
    where that cannot be told; None of the baseline.
    """

    letter: str
    folder: Path
    summary: Summary
    circumstances: Circumstances
    doubts: list[str]
    claims: dict[Claim, bool]
    no_longer: list[Claim]
    word: Word | None = None
    differences: list[Difference]
    differing: list[Circumstance]

    @property
    def name(self) -> str:
        """The name by which commands find it: its folder's, whatever it was called by."""
        return self.folder.resolve().name


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """A baseline and the runs set against it, of which there is one at least."""

    baseline: Compared
    others: list[Compared]

    @property
    def runs(self) -> list[Compared]:
        """All of them, the baseline first."""
        return [self.baseline, *self.others]

    @property
    def word(self) -> Word:
        """The word of all: a regression is proven, whatever cannot be told of another run."""
        words = {one.word for one in self.others}
        return next(word for word in (Word.NO_GO, Word.INVALID, Word.GO) if word in words)

    @property
    def newest(self) -> Compared:
        """The run that started last; the later named of two."""
        return max(reversed(self.runs), key=lambda one: one.summary.started_at)


def side_by_side(baseline: Path, others: Sequence[Path]) -> SideBySide:
    """`others`, one at least, set against `baseline`.

    Two histories are in memory at a time. Raises HistoryTooLargeError, before anything is read,
    where memory is too short for that.
    """
    for folder in others:
        require_memory(baseline, folder)
    against = findings_of(read_history(baseline))
    first = _baseline(baseline, against)
    return SideBySide(
        baseline=first,
        others=[
            _set_against(first, against, folder, letter)
            for folder, letter in zip(others, _letters(len(others)), strict=True)
        ],
    )


def _letters(count: int) -> Iterator[str]:
    """B, C, … Z, and R27, R28, … where that is not enough."""
    for place in range(2, count + 2):
        yield ascii_uppercase[place - 1] if place <= len(ascii_uppercase) else f"R{place}"


def _baseline(folder: Path, findings: Findings) -> Compared:
    summary, checks, _ = judged(findings)
    return Compared(
        letter="A",
        folder=folder,
        summary=summary,
        circumstances=circumstances_of(findings.history),
        doubts=list(_doubts(findings)),
        claims=claims_of(checks, findings.history.promises),
        no_longer=[],
        differences=[],
        differing=[],
    )


def _set_against(baseline: Compared, against: Findings, folder: Path, letter: str) -> Compared:
    findings = findings_of(read_history(folder))
    summary, checks, _ = judged(findings)
    doubts = list(_doubts(findings))
    claims = claims_of(checks, findings.history.promises)
    broken = no_longer(baseline.claims, claims)
    comparison = compare(against, findings)
    circumstances = circumstances_of(findings.history)
    return Compared(
        letter=letter,
        folder=folder,
        summary=summary,
        circumstances=circumstances,
        doubts=doubts,
        claims=claims,
        no_longer=broken,
        word=_word(comparison, broken, [*baseline.doubts, *doubts]),
        differences=comparison.differences,
        differing=differing(baseline.circumstances, circumstances),
    )


def _doubts(findings: Findings) -> Iterator[str]:
    yield from gaps(findings)
    yield from saturation(findings.history, is_timed=False)


def _word(comparison: Comparison, broken: Sequence[Claim], doubts: Sequence[str]) -> Word:
    """Runs that share no figure prove nothing, and least of all that nothing became worse."""
    if doubts:
        return Word.INVALID
    if comparison.regressed or broken:
        return Word.NO_GO
    trends = {one.trend for one in comparison.differences}
    return Word.INVALID if trends <= {Trend.NOT_COMPARABLE} else Word.GO
