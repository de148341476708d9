"""The matrix of defects: `python -m tools.defects [NAME ...]`, one small rehearsal for each.

Each row says which checks were expected to turn red, which did, and how long it took. The exit
code is 0 when every expected check turned red, no other family did, and the healthy target was all
green.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from tools.rehearsing import CROWD, ROOT, rehearse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HEALTHY = "(healthy)"
# No defect of the target: the run itself has no time, and must say that it cannot know.
STARVED = {
    "name": "starve-the-generator",
    "expected": ["generator"],
    "run": ["--gates", "webinar"],
}
# As few users as can miss each other's messages, and no wait for what will not come.
SMALL = ("-n", "0", "--users", "3", "--messages", "1")
ENVIRONMENT = {"SOUNDCHECK_SETTLE_S": "8", "SOUNDCHECK_STEP_TIMEOUT_S": "10"}
# Checks that tell of the same kind of harm; a gate goes with the first word of its metric, and
# whatever tests beside the crowd promise is of one kind: a defect's folder says which.
FAMILIES = {
    "delivery": (
        "no loss",
        "exactly once",
        "order",
        "no phantom",
        "no alteration",
        "no leak",
        "witnesses agree",
        "rendering",
        "recovery",
        "users",
        "messages",
        "deliveries",
        "delivery",
        "journey",
        "step",
    ),
    "presence": ("presence", "heartbeat"),
    "fallback": ("fallback",),
    "sessions": ("sessions", "auth"),
    "registrations": ("registrations",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one defect was expected to turn red, and what did; `verdict` is the run's."""

    name: str
    expected: tuple[str, ...]
    red: tuple[str, ...]
    verdict: str
    seconds: float

    @property
    def problem(self) -> str:
        """What is wrong with this row; empty where nothing is."""
        if missing := [check for check in self.expected if check not in self.red]:
            return f"not seen by {', '.join(missing)}"
        if strange := families(self.red) - families(self.expected):
            return f"also turned red: {', '.join(sorted(strange))}"
        wanted = "NO-GO" if self.expected else "GO"
        if self.name == STARVED["name"]:
            wanted = "INVALID"
        return "" if self.verdict == wanted else f"expected {wanted}"


def families(checks: Iterable[str]) -> set[str]:
    """The families of these checks; one that is in none is a family of its own."""
    return {_family(check) for check in checks}


def _family(check: str) -> str:
    if check.startswith("test_"):
        return "promises"
    word = check.partition(".")[0]
    return next((name for name, members in FAMILIES.items() if word in members), word)


def red_of(summary: dict[str, Any]) -> tuple[str, ...]:
    """The checks and gates of a run that are not valid, and the tests whose promise is broken."""
    checks = [one["check"] for one in summary["checks"] if one["validity"] == "invalid"]
    gates = [one["gate"] for one in summary["gates"] if one["validity"] == "invalid"]
    saturated = any(reason.startswith("the load generator") for reason in summary["reasons"])
    promises = [_test(one["name"]) for one in summary["promises"]["first"]]
    return (
        *("generator",) * saturated,
        *checks,
        *(gate.partition(" ")[0] for gate in gates),
        *dict.fromkeys(promises),
    )


def _test(promise: str) -> str:
    """The function's name in `security/test_rows.py::test_nobody_reads[foreigner]`."""
    return promise.partition("::")[2].partition("[")[0]


def parted(run: Iterable[str]) -> tuple[list[str], list[str]]:
    """The folders to rehearse that are among a defect's options, and the other options."""
    run = list(run)
    folders = [one for one in run if one.startswith("e2e/")]
    return folders or [CROWD], [one for one in run if one not in folders]


def main(arguments: Sequence[str]) -> int:
    """Prints the matrix; 0 when it is as it should be, 4 for a name that there is not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="defects to try (all)")
    wanted = parser.parse_args(arguments).names
    listed = {one["name"]: one for one in _listed()}
    if unknown := sorted(set(wanted) - set(listed)):
        sys.stderr.write(f"no defect {', '.join(unknown)}; there are {', '.join(listed)}\n")
        return 4
    asked = [listed[name] for name in wanted or listed]
    folders = sorted({folder for one in asked for folder in parted(one["run"])[0]})
    trials = [(HEALTHY, (), tuple(folders))]
    trials += [(one["name"], tuple(one["expected"]), tuple(one["run"])) for one in asked]
    rows = [_shown(_tried(*trial)) for trial in trials]
    wrong = [row for row in rows if row.problem]
    seconds = sum(row.seconds for row in rows)
    sys.stdout.write(f"{len(rows) - len(wrong)} of {len(rows)} as expected, in {seconds:.0f} s\n")
    return 1 if wrong else 0


def _listed() -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "eventlive", "--list-defects"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [STARVED, *json.loads(done.stdout)]


def _tried(name: str, expected: tuple[str, ...], run: tuple[str, ...]) -> Row:
    started_s = monotonic()
    folders, options = parted(run)
    is_whole = name in (HEALTHY, STARVED["name"]) or "--defect" in options
    chosen = () if is_whole else ("--defect", name)
    done = rehearse(
        *SMALL,
        *chosen,
        *options,
        folders=folders,
        environment=ENVIRONMENT,
        is_starved=name == STARVED["name"],
    )
    return Row(
        name=name,
        expected=expected,
        red=red_of(done.summary),
        verdict=done.summary["verdict"],
        seconds=monotonic() - started_s,
    )


def _shown(row: Row) -> Row:
    expected = ", ".join(row.expected) or "nothing"
    red = ", ".join(row.red) or "nothing"
    mark = f"WRONG ({row.problem})" if row.problem else "ok"
    sys.stdout.write(
        f"{row.name:28} {row.verdict:8} {row.seconds:4.0f} s  {mark}\n"
        f"    expected red: {expected}\n    turned red:   {red}\n"
    )
    sys.stdout.flush()
    return row


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
