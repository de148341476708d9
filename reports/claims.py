"""What a run is held to beside its figures: checks that no figure measures, and promises.

Of what is measured noise is known, and one lost pair in many is within it. A message out of order
or a promise that is broken has no noise: it holds or it does not.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from reports.history import Outcome
from reports.verdicts import Validity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reports.history import Promise
    from reports.verdicts import Verdict

# deliveries.lost, deliveries.duplicates and deliveries.phantoms count the same.
MEASURED = {"no loss", "exactly once", "no phantom"}


class ClaimKind(StrEnum):
    """Who says whether it holds: a checker, or a test beside the crowd."""

    CHECK = "check"
    PROMISE = "promise"


class Claim(NamedTuple):
    """One thing that holds or does not."""

    kind: ClaimKind
    name: str


def claims_of(checks: Iterable[Verdict], promises: Iterable[Promise]) -> dict[Claim, bool]:
    """Whether each claim holds, in the order of checks and of promises' names.

    What cannot be told, was not asked or is in quarantine is no claim.
    """
    told = {
        Claim(ClaimKind.CHECK, one.check): one.validity is Validity.VALID
        for one in checks
        if one.validity is not Validity.UNKNOWN and one.check not in MEASURED
    }
    kept = {
        Claim(ClaimKind.PROMISE, one.name): one.outcome is Outcome.OK
        for one in sorted(promises, key=lambda one: one.name)
        if one.outcome is not Outcome.UNKNOWN
    }
    return told | kept


def no_longer(before: Mapping[Claim, bool], now: Mapping[Claim, bool]) -> list[Claim]:
    """What held before and does not hold now."""
    return [claim for claim, holds in now.items() if not holds and before.get(claim)]
