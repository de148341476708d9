"""False alarms: `python -m tools.soak [--runs 20]`, healthy rehearsals in a row, none of them red.

They differ in what must not matter: seed, chat transport, protocol version, and whether Realtime
goes down in mid-chat so that everybody polls. The exit code is 0 when every run was GO.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from tools.defects import ENVIRONMENT, red_of
from tools.rehearsing import rehearse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TRANSPORTS = ("broadcast", "database", "postgres_changes")
SMALL = ("-n", "0", "--users", "4", "--messages", "2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to be healthy."""

    seed: int
    transport: str
    is_text: bool
    is_polling: bool

    @property
    def options(self) -> tuple[str, ...]:
        """What the rehearsal is started with."""
        protocol = ("--defect", "text-frames-v1") if self.is_text else ()
        fault = ("--fault", "realtime-down") if self.is_polling else ()
        return (*SMALL, "--seed", str(self.seed), "--transport", self.transport, *protocol, *fault)

    def __str__(self) -> str:
        """As a row of the table."""
        protocol = "protocol 1.0.0" if self.is_text else "protocol 2.0.0"
        fallback = "polling in between" if self.is_polling else "no polling"
        return f"seed {self.seed:2}  {self.transport:16}  {protocol}  {fallback:18}"


def variants(runs: int) -> Iterator[Variant]:
    """So many variants; twelve in a row have every combination of what must not matter."""
    for seed in range(1, runs + 1):
        yield Variant(
            seed=seed,
            transport=TRANSPORTS[seed % 3],
            is_text=seed % 2 == 0,
            is_polling=seed % 4 in (2, 3),
        )


def main(arguments: Sequence[str]) -> int:
    """Prints a row for each run and how many were green; 0 when all were."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=20)
    wanted = parser.parse_args(arguments).runs
    started_s = monotonic()
    green = sum(_is_green(variant) for variant in variants(wanted))
    seconds = monotonic() - started_s
    sys.stdout.write(f"{green} of {wanted} healthy runs all green, in {seconds:.0f} s\n")
    return 0 if green == wanted else 1


def _is_green(variant: Variant) -> bool:
    started_s = monotonic()
    done = rehearse(*variant.options, environment=ENVIRONMENT)
    seconds, verdict = monotonic() - started_s, done.summary["verdict"]
    problems = ", ".join((*red_of(done.summary), *done.summary["reasons"])) or "all green"
    sys.stdout.write(f"{variant}  {verdict:8} {seconds:4.0f} s  {problems}\n")
    sys.stdout.flush()
    return bool(verdict == "GO")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
