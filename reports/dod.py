"""The Definition of Done after a deploy, as the gates, checks and tests of a run decide it.

The four promises are those of the incident report (section 8.1). Where one is broken, what was
deployed is to be rolled back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from reports.history import Outcome
from reports.verdicts import Validity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.endpoints import Chain, Endpoints
    from reports.gates import GateResult
    from reports.history import Promise
    from reports.verdicts import Verdict

_WORDS = {Outcome.OK: Validity.VALID, Outcome.FAIL: Validity.INVALID}
ADVICE = "roll the last deploy back (incident report, section 8.1)"


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """One promise of the DoD, and what decided it.

    `failed` names the gates, checks and tests that do not hold, `evidence` the chains of calls
    behind them. `advice` is what to do; empty where nothing is broken, or
    the run does not prove that it is.
    """

    dod: str
    promise: str
    validity: Validity
    failed: list[str]
    evidence: list[str]
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    """Gates belong to the promise whose metrics have these beginnings, tests by their marks."""

    dod: str
    text: str
    metrics: tuple[str, ...]
    chains: str = ""  # those that touch this resource are evidence
    has_checks: bool = False

    @property
    def mark(self) -> str:
        """Its tests carry this marker: `dod2`."""
        return self.dod.replace("-", "").lower()


_PROMISES = (
    _Promise(
        dod="DoD-1",
        text="no 400 on registrations",
        metrics=("registrations.status_400", "database.rollbacks_per_entry"),
        chains="registrations",
    ),
    _Promise(
        dod="DoD-2",
        text="409 on registrations does not explode",
        metrics=("registrations.status_409", "registrations.conflict_growth"),
        chains="registrations",
    ),
    _Promise(dod="DoD-3", text="Auth is not asked more than before", metrics=("auth.",)),
    _Promise(
        dod="DoD-4",
        text="everything works as before",
        metrics=("users.", "messages.", "deliveries."),
        has_checks=True,
    ),
)


def done_of(
    checks: Sequence[Verdict],
    gates: Sequence[GateResult],
    endpoints: Endpoints,
    tests: Sequence[Promise] = (),
) -> list[Done]:
    """Each promise for which the run's gates, checks or tests stand, in their order."""
    done = []
    for promise in _PROMISES:
        words = {one.gate: one.validity for one in gates if _is_of(promise, one)}
        if promise.has_checks:
            words |= {one.check: one.validity for one in checks}
        marked = [one for one in tests if promise.mark in one.marks]
        words |= {one.name: _WORDS[one.outcome] for one in marked if one.outcome in _WORDS}
        # A test that was skipped says nothing, and is not missed where others speak.
        words = words or {one.name: Validity.UNKNOWN for one in marked}
        if words:
            done.append(_done(promise, words, endpoints))
    return done


def dod_of(gate: GateResult) -> str:
    """The promise that this gate belongs to; empty for none."""
    return next((promise.dod for promise in _PROMISES if _is_of(promise, gate)), "")


def _is_of(promise: _Promise, gate: GateResult) -> bool:
    return gate.metric.startswith(promise.metrics)


def _done(promise: _Promise, words: dict[str, Validity], endpoints: Endpoints) -> Done:
    failed = [name for name, word in words.items() if word is Validity.INVALID]
    return Done(
        dod=promise.dod,
        promise=promise.text,
        validity=_worst(words.values()),
        failed=failed,
        evidence=_chains(promise, endpoints) if failed else [],
        advice=ADVICE if failed else "",
    )


def _worst(words: Iterable[Validity]) -> Validity:
    order = (Validity.INVALID, Validity.UNKNOWN, Validity.VALID)
    return min(words, key=order.index)


def _chains(promise: _Promise, endpoints: Endpoints) -> list[str]:
    """What was called after which failure: as the gateway saw it, or at least the browsers."""
    seen = endpoints.gateway.chains if endpoints.gateway else endpoints.chains or []
    if not promise.chains:
        return []
    return [_words(chain) for chain in seen if f" {promise.chains} " in chain.text]


def _words(chain: Chain) -> str:
    users = "1 user" if chain.users == 1 else f"{chain.users:,} users"
    return f"{chain.text}, {chain.n:,} times, {users}, from {chain.onset_s:g} s on"
