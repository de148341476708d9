"""A summary as people read it in a terminal: verdict, figures beside the incident's, losses, files.

What the plan was foreseen not to allow stands right above the losses, which say what came of it.

Everything a target or browser said is shown as plain text, never as markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from reports.console import say
from reports.hosts import clock_of
from reports.incident import INCIDENT
from reports.page.bundle import NOT_BUILT
from reports.summary import FILES, PAGES, Word
from reports.verdicts import Validity
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rich.console import Console

    from reports.budget import Budget
    from reports.dod import Done
    from reports.figures import Share
    from reports.gates import GateResult
    from reports.losses import Loss
    from reports.spread import Spread
    from reports.summary import CheckLine, Failures, Summary

_STYLES = {Word.GO: "bold green", Word.NO_GO: "bold red", Word.INVALID: "bold yellow"}
_WORDS = {Validity.VALID: "", Validity.INVALID: "red", Validity.UNKNOWN: "yellow"}
_REASONS_MAX = 6
_USERS_MAX = 8
_EVIDENCE_MAX = 3


def print_summary(summary: Summary, run_dir: Path, console: Console, *, verbosity: int = 0) -> None:
    """The summary is on `console`: verdict first, reasons next, files last.

    `verbosity` is pytest's: below 0 there is the verdict and where its report is, and from 1 on
    there is each gate and each check as well.
    """
    headline = f"{summary.verdict}  run {one_line(summary.run_id)}{_part(summary)}"
    say(console, headline, _STYLES[summary.verdict])
    _print_lines(console, summary.reasons, _REASONS_MAX)
    pages = [name for name in PAGES if (run_dir / name).exists()]
    if verbosity < 0:
        _print_path(console, run_dir / pages[0] if pages else run_dir)
        return
    say(console, _scores(summary), indent=2)
    _print_done(console, summary.dod)
    if summary.users.signed_in.of:
        console.print(_figures(summary))
        console.print(_seconds(summary))
    if verbosity > 0:
        _print_gates(console, summary.gates)
        _print_checks(console, summary.checks)
    for line in [
        *summary.evidence.absent,
        *map(clock_of, summary.hosts),
        *(f"broken on purpose: {one_line(one)}" for one in summary.defects),
        *summary.sign_ins.in_words,
        *(f"quota: {one_line(one)}" for one in summary.quota),
        *_budget(summary.budget),
        *map(_loss, summary.losses),
    ]:
        say(console, line)
    _print_failures(console, summary.failures)
    _print_lines(console, summary.evidence.damage, _REASONS_MAX)
    _print_path(console, run_dir)
    shards = f"{'part-*/' if summary.parts else ''}history-*.jsonl"
    say(console, " · ".join((*pages, *FILES, shards)), indent=2)
    if not pages:
        say(console, NOT_BUILT, indent=2)


def _print_path(console: Console, path: Path) -> None:
    # Whoever copies it wants it whole: only the terminal itself may break it.
    console.print(Text(str(path)), soft_wrap=True)


def _part(summary: Summary) -> str:
    """Nobody is to take one part's verdict for that of the house."""
    if summary.part:
        return f", part {summary.part} only: merge the parts for the verdict of the house"
    house = ", one house over several hosts" if summary.hosts else ""
    return f", merged of {len(summary.parts)} parts{house}" if summary.parts else ""


def _scores(summary: Summary) -> str:
    """How many checks and gates hold, and which checks were asked nothing."""
    checks = [check.validity for check in summary.checks]
    gates = [gate.validity for gate in summary.gates]
    parts = []
    if checks or gates:
        parts.append(f"checks {checks.count(Validity.VALID)}/{len(checks)}")
        parts.append(f"gates {gates.count(Validity.VALID)}/{len(gates)}")
    promises = summary.promises
    quarantined = len(promises.quarantined)
    if asked := promises.kept + promises.broken + promises.skipped + quarantined:
        parts.append(f"promises {promises.kept}/{asked}")
    if quarantined:
        parts.append(f"in quarantine {quarantined}")
    if summary.not_asked:
        parts.append(f"nothing was asked of: {', '.join(summary.not_asked)}")
    return " · ".join(parts)


def _print_done(console: Console, dod: Sequence[Done]) -> None:
    """Each promise that is not kept, the first of its evidence, and what to do."""
    broken = [one for one in dod if one.validity is Validity.INVALID]
    for one in broken:
        say(console, f"{one.dod} failed: {one.promise}", "bold red", indent=2)
        _print_lines(console, one.evidence, _EVIDENCE_MAX, indent=4)
    for advice in dict.fromkeys(filter(None, (one.advice for one in broken))):
        say(console, advice, indent=2)


def _print_lines(
    console: Console,
    lines: Sequence[str],
    most: int,
    *,
    indent: int = 2,
    total: int | None = None,
    rest_in: str = "summary.json",
) -> None:
    """The first `most` of `lines`, and how many of `total` are left."""
    for line in lines[:most]:
        say(console, one_line(line), indent=indent)
    rest = (len(lines) if total is None else total) - len(lines[:most])
    if rest:
        say(console, f"and {rest} more, in {rest_in}", indent=indent)


def _print_gates(console: Console, gates: Sequence[GateResult]) -> None:
    """Each gate with its bound, what was observed, and how far from the bound that is."""
    say(console, "gates")
    for gate in gates:
        parts = [one_line(gate.text)]
        if gate.interval:
            parts.append(f"interval {' to '.join(f'{end:.4g}' for end in gate.interval)}")
        if gate.margin is not None:
            parts.append(f"margin {gate.margin:.4g}")
        _print_word(console, gate.validity, ", ".join(parts))


def _print_checks(console: Console, checks: Sequence[CheckLine]) -> None:
    """Each check with what it says, and the first of its cases."""
    say(console, "checks")
    for check in checks:
        _print_word(console, check.validity, f"{check.check}: {one_line(check.text)}")
        _print_lines(
            console,
            check.first,
            len(check.first),
            indent=6,
            total=check.cases,
            rest_in="checks.json",
        )


def _print_word(console: Console, validity: Validity, text: str) -> None:
    say(console, f"{validity:7}  {text}", _WORDS[validity], indent=2)


def _figures(summary: Summary) -> Table:
    """The incident report's figures (section 8.2, 2026-02-07) with this run's beside them."""
    table = Table("", title=Text(f"webinar {one_line(summary.webinar)}"), box=SIMPLE_HEAD)
    table.add_column("this run", justify="right")
    table.add_column("incident test", justify="right")
    for name, figure, incident in figure_rows(summary):
        table.add_row(name, Text(figure), incident)
    return table


def figure_rows(summary: Summary) -> Iterator[tuple[str, str, str]]:
    users, messages, deliveries = summary.users, summary.messages, summary.deliveries
    journey = summary.seconds.journey
    yield "signed in", _share(users.signed_in), INCIDENT["signed_in"]
    yield "seated", _share(users.seated), ""
    yield "greeted", _share(users.greeted), INCIDENT["greeted"]
    yield "sent everything (users)", _share(users.sent), INCIDENT["sent"]
    yield "accepted (messages)", _share(messages.accepted), ""
    yield "stored (messages)", _share(messages.stored) if messages.stored else "not read", ""
    yield "received everything (users)", _share(users.received), INCIDENT["received"]
    yield "received (pairs)", _share(deliveries.received), ""
    yield "mean per user", _unit(journey.mean, "s"), INCIDENT["mean"]
    yield "p95 per user", _unit(journey.p95, "s"), INCIDENT["p95"]
    if fill := summary.fill:
        yield "seats without a browser held", _share(fill.held), ""
        yield "received there (pairs)", _share(fill.deliveries), ""
    for name, count in _oddities(summary):
        if count:
            yield name, f"{count:,}", ""


def _oddities(summary: Summary) -> Iterator[tuple[str, int]]:
    deliveries = summary.deliveries
    yield "pairs nobody can know of", deliveries.unproven
    yield "not owed: left early (pairs)", deliveries.left_early
    yield "duplicate frames", deliveries.duplicates
    yield "phantom receipts", deliveries.phantoms
    if fill := summary.fill:
        yield "seats without a browser, cut off", fill.disconnects


def _seconds(summary: Summary) -> Table:
    """How long things took: steps in seconds, delivery in milliseconds."""
    table = Table("", title="seconds without waiting", box=SIMPLE_HEAD)
    for column in ("n", "mean", "p50", "p95", "max"):
        table.add_column(column, justify="right")
    for step, spread in summary.seconds.steps.items():
        table.add_row(step.replace("_", " "), *_cells(spread, digits=2))
    table.add_row("waiting for the house", *_cells(summary.seconds.waiting, digits=2))
    for via, spread in summary.deliveries.latency_ms.items():
        if spread.n:
            table.add_row(f"delivery by {via}, ms", *_cells(spread, digits=0))
    for name, spread, digits in (
        ("sign in, from schedule", summary.schedule.sign_in_seconds, 2),
        ("delivery from schedule, ms", summary.schedule.delivery_ms, 0),
    ):
        if spread.n:
            table.add_row(name, *_cells(spread, digits=digits))
    if fill := summary.fill:
        table.add_row("without a browser, ms", *_cells(fill.latency_ms, digits=0))
        table.add_row("its listeners' lag, ms", *_cells(fill.lag_ms, digits=0))
    # How much of these times may be the generator's own.
    table.add_row("generator's lag, ms", *_cells(summary.generator.lag_ms, digits=0))
    if summary.generator.driver_ms.n:
        table.add_row("its drivers' answers, ms", *_cells(summary.generator.driver_ms, digits=0))
    return table


def _cells(spread: Spread, *, digits: int) -> list[str]:
    values = (spread.mean, spread.p50, spread.p95, spread.max)
    return [f"{spread.n:,}", *("-" if v is None else f"{v:,.{digits}f}" for v in values)]


def _budget(budget: Budget) -> Iterator[str]:
    """The price of the hot paths, as the incident report extrapolated it (section 3.2)."""
    if budget.queries_per_minute:
        price = f"{budget.track_per_call:g} a track, {budget.ping_per_call:g} a ping"
        viewers = (
            f"{n:,} a minute with {int(viewers):,} viewers"
            for viewers, n in budget.queries_per_minute.items()
        )
        yield f"queries: {price}; {', '.join(viewers)}"


def _loss(loss: Loss) -> str:
    causes = "; ".join(f"{count} x {one_line(cause)}" for cause, count in loss.causes.items())
    answers = f" ({causes})" if causes else ""
    return f"LOST  {loss}{answers}: {_names(loss.users, loss.users_total)}"


def _names(users: Sequence[str], total: int) -> str:
    more = f" and {total - _USERS_MAX} more" if total > _USERS_MAX else ""
    return ", ".join(map(one_line, users[:_USERS_MAX])) + more


def _print_failures(console: Console, failures: Failures) -> None:
    for one in failures.first[:_USERS_MAX]:
        words = f"{one_line(one.user)}  reached: {one.stage}  {one_line(one.reason)}"
        say(console, words)
    if failures.users > _USERS_MAX:
        say(console, f"and {failures.users - _USERS_MAX} more users, in users.csv")


def _share(share: Share) -> str:
    """`399/400 (99.75 %)`. Rounded down: only all of it is 100 %."""
    if not share.of:
        return f"{share.n:,}/0"
    return f"{share.n:,}/{share.of:,} ({share.percent:g} %)"


def _unit(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.2f} {unit}"
