"""A summary as Markdown, for a comment or a job's page: verdict first, reasons next, files last.

Whatever a target, a browser or a file said stands in a code span: inside one there is no markup, no
HTML, no link and no mention. It is never put into a table, where a pipe would still end its cell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reports.hosts import clock_of
from reports.terminal import figure_rows
from reports.verdicts import Validity
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reports.dod import Done
    from reports.gates import GateResult
    from reports.losses import Loss
    from reports.promises import Promises
    from reports.summary import Failures, Summary
    from reports.verdicts import Verdict

# So many of each, and so much of a text: a comment on GitHub has at most 65,536 characters.
_LINES_MAX = 10
_FAILED_MAX = 20
_EVIDENCE_MAX = 3
_QUOTA_MAX = 3  # as many as a forecast has
_USERS_MAX = 8
_WORDS = {Validity.INVALID: "failed", Validity.UNKNOWN: "unknown"}


def markdown(summary: Summary, checks: Sequence[Verdict], gates: Sequence[GateResult]) -> str:
    """The whole page; a section without anything to say is left out."""
    sections = [
        [f"## Soundcheck: {summary.verdict}{_part(summary)}", "", *_reasons(summary)],
        _figures(summary),
        _section("Checks", _checks(checks)),
        _section("Gates", _gates(gates)),
        _section("Definition of Done", _done(summary.dod)),
        _section("Promises", _promises(summary.promises)),
        # Right above the losses, which say what came of it.
        _section("Quota", _quota(summary)),
        _section("Losses", [*map(_loss, summary.losses), *_failures(summary.failures)]),
        _section("Evidence", _evidence(summary)),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _part(summary: Summary) -> str:
    """Nobody is to take one part's verdict for that of the house."""
    if summary.parts:
        house = ", one house over several hosts" if summary.hosts else ""
        return f", merged of {len(summary.parts)} parts{house}"
    return f", part {summary.part} only" if summary.part else ""


def code(text: str) -> str:
    """`text` as one code span that it cannot end, whatever is in it."""
    plain = one_line(text)
    longest = max(map(len, re.findall("`+", plain)), default=0)
    fence = "`" * (longest + 1)
    # Markdown takes one space off each end, and needs it where the text has a backtick there.
    pad = " " if "`" in plain or not plain else ""
    return f"{fence}{pad}{plain}{pad}{fence}"


def _reasons(summary: Summary) -> Iterator[str]:
    run, webinar, started = map(code, (summary.run_id, summary.webinar, summary.started_at))
    yield f"run {run}, webinar {webinar}, started {started}"
    if summary.reasons:
        yield ""
    yield from _listed(map(code, summary.reasons), len(summary.reasons), _LINES_MAX)


def _figures(summary: Summary) -> list[str]:
    """The incident report's figures with this run's beside them; no word in it is a target's."""
    rows = [f"| {' | '.join(cells)} |" for cells in figure_rows(summary)]
    return ["|  | this run | incident test |", "|---|---:|---:|", *rows]


def _section(title: str, lines: Iterable[str]) -> list[str]:
    lines = list(lines)
    return [f"### {title}", "", *lines] if lines else []


def _quota(summary: Summary) -> Iterator[str]:
    """What was foreseen not to be allowed, and what was held back."""
    yield from _listed(map(code, summary.quota), len(summary.quota), _QUOTA_MAX)
    yield from (f"- {told}" for told in summary.sign_ins.in_words)


def _checks(checks: Sequence[Verdict]) -> Iterator[str]:
    failed = [check for check in checks if check.validity in _WORDS]
    yield from _passed(len(checks) - len(failed), len(checks))
    for check in failed[:_FAILED_MAX]:
        yield f"- {_WORDS[check.validity]}: {code(check.check)} {code(check.text)}"
        evidence = map(code, check.evidence)
        for line in _listed(evidence, len(check.evidence), _EVIDENCE_MAX):
            yield f"  {line}"
    yield from _more(len(failed), _FAILED_MAX)


def _gates(gates: Sequence[GateResult]) -> Iterator[str]:
    failed = [gate for gate in gates if gate.validity in _WORDS]
    yield from _passed(len(gates) - len(failed), len(gates))
    lines = (f"{_WORDS[gate.validity]}: {code(gate.gate)} {code(gate.text)}" for gate in failed)
    yield from _listed(lines, len(failed), _FAILED_MAX)


def _done(dod: Sequence[Done]) -> Iterator[str]:
    """What is broken of it, the first of the evidence, and what to do."""
    broken = [one for one in dod if one.validity is Validity.INVALID]
    for one in broken:
        yield f"- {one.dod} failed: {one.promise}"
        for line in _listed(map(code, one.evidence), len(one.evidence), _EVIDENCE_MAX):
            yield f"  {line}"
    for advice in dict.fromkeys(filter(None, (one.advice for one in broken))):
        yield f"- {advice}"


def _promises(promises: Promises) -> Iterator[str]:
    asked = promises.kept + promises.broken
    yield from _passed(promises.kept, asked)
    lines = (f"broken: {code(one.name)} {code(one.detail)}" for one in promises.first)
    yield from _listed(lines, promises.broken, _FAILED_MAX)
    for one in promises.quarantined:
        yield f"- in quarantine: {code(one.name)} {code(one.detail)}"


def _passed(passed: int, of: int) -> Iterator[str]:
    if of:
        yield f"- passed: {passed:,} of {of:,}"


def _loss(loss: Loss) -> str:
    causes = [f"{count:,} x {code(cause)}" for cause, count in [*loss.causes.items()][:_LINES_MAX]]
    answers = f" ({'; '.join(causes)})" if causes else ""
    return f"- {code(str(loss))}{answers}: {_names(loss)}"


def _names(loss: Loss) -> str:
    names = ", ".join(map(code, loss.users[:_USERS_MAX]))
    more = loss.users_total - _USERS_MAX
    return f"{names} and {more:,} more" if more > 0 else names


def _failures(failures: Failures) -> Iterator[str]:
    lines = (f"{code(one.user)} reached: {one.stage}, {code(one.reason)}" for one in failures.first)
    yield from _listed(lines, failures.users, _USERS_MAX)


def _evidence(summary: Summary) -> Iterator[str]:
    damage = summary.evidence.damage
    yield from (f"- {line}" for line in summary.evidence.absent)
    yield from _listed(map(code, damage), len(damage), _LINES_MAX)
    for one in summary.parts:
        yield f"- part {code(one.part)}: run {code(one.run_id)}, {one.users:,} users"
    yield from (f"- {clock_of(host)}" for host in summary.hosts)
    for name in ("summary.json", "users.csv", "history-*.jsonl"):
        yield f"- {code(name)}"


def _listed(lines: Iterable[str], count: int, most: int) -> Iterator[str]:
    """The first `most` of `count` lines as a list, and how many there are besides."""
    for _, line in zip(range(most), lines, strict=False):
        yield f"- {line}"
    yield from _more(count, most)


def _more(count: int, most: int) -> Iterator[str]:
    if count > most:
        yield f"- and {count - most:,} more, in {code('summary.json')}"
