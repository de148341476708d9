"""The incident and its repair: `python -m tools.incident [OPTION ...]`, two small rehearsals.

Before the fix of 2026-02-07 the run must be NO-GO and show the chain of calls that brought the
webinar down; after it, GO. Options go to both, as `--users 40`. The exit code is 0 when both came
out so, and 1 otherwise.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console

from reports.summary import Summary
from reports.terminal import print_summary
from tools.rehearsing import GO, NO_GO, ROOT, RUNS, rehearse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tools.rehearsing import Rehearsal

SMALL = ("-n", "0", "--users", "8", "--messages", "1", "--gates", "release")
DEFECT = ("--defect", "continue-after-400")
BROKEN_PROMISES = ("DoD-1", "DoD-2")
CHAIN = "GET registrations 400 -> POST registrations 409"
BEFORE, AFTER = "before the fix", "after the fix"


def main(arguments: Sequence[str]) -> int:
    """Prints both summaries, and what is not as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options = parser.parse_known_args(arguments)[1]
    before = _shown(f"{BEFORE}: a failed look-up is taken for 'not registered'", *options, *DEFECT)
    after = _shown(f"{AFTER}: the door is one upsert, and an error ends the call", *options)
    wrong = complaints(before, after)
    for line in wrong or [f"{BEFORE} NO-GO, {AFTER} GO, as it should be"]:
        sys.stdout.write(f"{line}\n")
    return 1 if wrong else 0


def complaints(before: Rehearsal, after: Rehearsal) -> list[str]:
    """What is not as the incident and its repair must look; empty where all is."""
    return [*_before(before), *_after(after)]


def _before(run: Rehearsal) -> Iterator[str]:
    if run.code != NO_GO:
        yield f"{BEFORE}: expected exit code {NO_GO} (NO-GO), got {run.code}"
    for promise in BROKEN_PROMISES:
        if not any(reason.startswith(f"{promise} failed") for reason in run.summary["reasons"]):
            yield f"{BEFORE}: expected a reason that begins with '{promise} failed', found none"
    if not any(CHAIN in line for done in run.summary["dod"] for line in done["evidence"]):
        yield f"{BEFORE}: expected the chain {CHAIN} as evidence, found none"


def _after(run: Rehearsal) -> Iterator[str]:
    if run.code != GO:
        yield f"{AFTER}: expected exit code {GO} (GO), got {run.code}"


def _shown(heading: str, *options: str) -> Rehearsal:
    """A rehearsal whose summary is on stdout, as it would have shown it itself."""
    sys.stdout.write(f"{heading}\n")
    sys.stdout.flush()
    run = rehearse(*SMALL, *options)
    summary = msgspec.convert(run.summary, type=Summary)
    print_summary(summary, ROOT / RUNS / summary.run_id, Console(highlight=False))
    return run


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
