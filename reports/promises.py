"""The promises of a run: tests beside the crowd, as pytest saw them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reports.history import Outcome
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.history import Promise

NAMED_MAX = 20


class Broken(msgspec.Struct, frozen=True):
    """A promise that does not hold, and why in a sentence."""

    name: str
    detail: str


class Promises(msgspec.Struct, frozen=True, kw_only=True):
    """How many promises hold, do not, and were not asked; the first of the broken by name.

    `quarantined` do not hold either, which does not count for a while.
    """

    kept: int
    broken: int
    skipped: int
    first: list[Broken]
    quarantined: list[Broken]


def promises_of(promises: Iterable[Promise]) -> Promises:
    """The figures of these promises."""
    promises = sorted(promises, key=lambda one: one.name)
    broken = [one for one in promises if one.outcome is Outcome.FAIL]
    quarantined = [one for one in promises if one.is_quarantined]
    outcomes = [one.outcome for one in promises]
    return Promises(
        kept=outcomes.count(Outcome.OK),
        broken=len(broken),
        skipped=outcomes.count(Outcome.UNKNOWN) - len(quarantined),
        first=[_broken(one) for one in broken[:NAMED_MAX]],
        quarantined=[_broken(one) for one in quarantined],
    )


def _broken(promise: Promise) -> Broken:
    return Broken(promise.name, one_line(promise.detail))
