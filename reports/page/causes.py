"""What went wrong, grouped by cause: the same kind, step or stage, status and code are one.

Each cause says whom it befell and where to look next; `look` is a key of the texts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from reports.history import Outcome
from reports.losses import NOT_DELIVERED_BY_LIMIT, UNDELIVERED
from reports.users import cause
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reports.endpoints import Endpoint
    from reports.findings import Findings
    from reports.losses import Loss
    from reports.summary import Summary

NAMED_MAX = 8
_UNDELIVERED = frozenset({*UNDELIVERED.values(), NOT_DELIVERED_BY_LIMIT})
# The first marks a quoted number that differs from case to case, with all that follow it.
_FIGURES = re.compile(r"\d+(?:[.,:]\d+)*(?:, \d+(?:[.,:]\d+)*)*")
LOOKS = (400, 401, 403, 404, 409, 429)


class Kind(StrEnum):
    """What sort of thing went wrong, the one that explains most first."""

    GAP = "gap"  # the evidence is not whole
    UNSENT = "unsent"  # a message never lasted
    UNDELIVERED = "undelivered"  # it did, and did not come
    STEP = "step"  # a user could not finish a step
    PROMISE = "promise"  # a test beside the crowd
    REQUEST = "request"  # an answer of a server, or none


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """One cause: it showed `n` times, at `users` users, `first` of them by name.

    `what` is the stage, step or route. `status` is empty where none was told, `-` where no answer
    came. `text` is an example, as a browser or target said it.
    """

    kind: Kind
    what: str
    status: str = ""
    code: str = ""
    n: int
    users: int
    first: list[str] = []
    text: str = ""
    look: str


def causes_of(findings: Findings, summary: Summary) -> list[Cause]:
    """All causes: gaps in the evidence, and then whatever befell most users."""
    found = [
        *_gaps(summary.evidence.gaps),
        *_unsent(findings),
        *_undelivered(summary.losses),
        *_steps(findings),
        *_promises(summary),
        *_requests(summary),
    ]
    kinds = list(Kind)
    return sorted(
        found,
        key=lambda one: (one.kind is not Kind.GAP, -one.users, -one.n, kinds.index(one.kind)),
    )


def _gaps(gaps: Iterable[str]) -> Iterator[Cause]:
    for gap in gaps:
        yield Cause(kind=Kind.GAP, what="", n=1, users=0, text=one_line(gap), look="gap")


def _unsent(findings: Findings) -> Iterator[Cause]:
    alike: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for message in findings.ledger.messages:
        if message.fate not in UNDELIVERED:
            alike[message.fate, cause(message)].append(message.send.user)
    for (fate, answer), users in alike.items():
        status, _, code = answer.partition(" ")
        yield _cause(Kind.UNSENT, fate, users, status=status, code=code, look=fate)


def _undelivered(losses: Iterable[Loss]) -> Iterator[Cause]:
    for loss in losses:
        if loss.stage in _UNDELIVERED:
            yield Cause(
                kind=Kind.UNDELIVERED,
                what=loss.stage,
                n=loss.pairs,
                users=loss.users_total,
                first=[one_line(user) for user in loss.users[:NAMED_MAX]],
                look=loss.stage,
            )


class _Failed(NamedTuple):
    """A step that went wrong, by what it has in common with others."""

    step: str
    pattern: str


def _steps(findings: Findings) -> Iterator[Cause]:
    """Details differ in their figures from user to user; the rest of the words is the cause."""
    alike: defaultdict[_Failed, list[tuple[str, str]]] = defaultdict(list)
    for step in findings.history.steps:
        if step.outcome is not Outcome.OK:
            words = one_line(step.detail) or step.outcome
            alike[_Failed(step.step, _FIGURES.sub("#", words))].append((step.user, words))
    for failed, cases in alike.items():
        users = [user for user, _ in cases]
        yield _cause(Kind.STEP, failed.step, users, text=min(cases)[1], look=failed.step)


def _promises(summary: Summary) -> Iterator[Cause]:
    for one in summary.promises.first:
        yield Cause(
            kind=Kind.PROMISE,
            what=one_line(one.name),
            n=1,
            users=0,
            text=one_line(one.detail),
            look="promise",
        )


def _requests(summary: Summary) -> Iterator[Cause]:
    gateway = summary.endpoints.gateway
    servers = [one for one in gateway.endpoints if one.serving] if gateway else []
    for one in [*summary.endpoints.endpoints, *servers]:
        if one.status is None or one.status >= 400:
            yield _request(one)


def _request(one: Endpoint) -> Cause:
    return Cause(
        kind=Kind.REQUEST,
        what=one_line(f"{one.method} {one.route}"),
        status="-" if one.status is None else str(one.status),
        code=one_line(one.code),
        n=one.n,
        users=one.users,
        text=one_line(one.serving or ", ".join(one.request_ids)),
        look=look_of(one.status),
    )


def look_of(status: int | None) -> str:
    """The key of what to look at after such an answer."""
    if status is None:
        return "unanswered"
    if status in LOOKS:
        return str(status)
    return "5xx" if status >= 500 else "4xx"


def _cause(
    kind: Kind,
    what: str,
    users: Sequence[str],
    *,
    status: str = "",
    code: str = "",
    text: str = "",
    look: str,
) -> Cause:
    names = sorted(set(users))
    return Cause(
        kind=kind,
        what=what,
        status=status,
        code=one_line(code),
        n=len(users),
        users=len(names),
        first=[one_line(name) for name in names[:NAMED_MAX]],
        text=text,
        look=look,
    )
