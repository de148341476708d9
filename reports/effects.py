"""What people in the webinar would notice where a figure became worse.

Each metric belongs to one family; of two families the one that harms more stands first.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from reports.comparing import Trend
from reports.history import StepName, Via
from reports.metrics import QUERIED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.comparing import Difference


class Effect(StrEnum):
    """What is noticed, the worst first."""

    ENTRY = "entry"
    SENDING = "sending"
    RECEIVING = "receiving"
    KEEPING = "keeping"
    PHANTOM = "phantom"
    TWICE = "twice"
    LATER = "later"
    SIGN_IN = "sign_in"
    SEAT = "seat"
    SPEAKING = "speaking"
    JOURNEY = "journey"
    LEAVING = "leaving"
    ROSTER = "roster"
    HOLDING = "holding"
    RECOVERY = "recovery"
    THROTTLED = "throttled"
    REGISTRATION = "registration"
    LOAD = "load"


class Noticed(NamedTuple):
    """One effect, and the figures that became worse and say so."""

    effect: Effect
    differences: list[Difference]


EFFECTS: Mapping[str, Effect] = {
    "users.signed_in": Effect.ENTRY,
    "users.seated": Effect.ENTRY,
    "users.greeted": Effect.SENDING,
    "users.sent": Effect.SENDING,
    "users.received": Effect.RECEIVING,
    "messages.accepted": Effect.SENDING,
    "messages.stored": Effect.KEEPING,
    "deliveries.received": Effect.RECEIVING,
    "deliveries.lost": Effect.RECEIVING,
    "deliveries.late": Effect.LATER,
    "deliveries.duplicates": Effect.TWICE,
    "deliveries.phantoms": Effect.PHANTOM,
    "delivery.latency_ms": Effect.LATER,
    **{f"delivery.latency_ms.{via}": Effect.LATER for via in Via},
    "journey.seconds": Effect.JOURNEY,
    f"step.{StepName.SIGN_IN}.seconds": Effect.SIGN_IN,
    f"step.{StepName.SEAT}.seconds": Effect.SEAT,
    f"step.{StepName.GREET}.seconds": Effect.SPEAKING,
    f"step.{StepName.CHAT}.seconds": Effect.SPEAKING,
    f"step.{StepName.RECEIVE}.seconds": Effect.LATER,
    f"step.{StepName.LEAVE}.seconds": Effect.LEAVING,
    "presence.convergence.seconds": Effect.ROSTER,
    "recovery.seconds": Effect.RECOVERY,
    "realtime.held": Effect.HOLDING,
    "realtime.throttled": Effect.THROTTLED,
    "sign_in.throttled": Effect.THROTTLED,
    "auth.token.latency_ms": Effect.SIGN_IN,
    "auth.token.requests_per_user": Effect.LOAD,
    "auth.user.requests_per_user": Effect.LOAD,
    "registrations.status_400": Effect.REGISTRATION,
    "registrations.status_409": Effect.REGISTRATION,
    "registrations.conflict_growth": Effect.REGISTRATION,
    "database.rollbacks_per_entry": Effect.LOAD,
    **{f"queries.{name}": Effect.LOAD for name in QUERIED},
}


def noticed(differences: Sequence[Difference]) -> list[Noticed]:
    """The effects of what became worse, the worst first."""
    worse = [one for one in differences if one.trend is Trend.WORSENED]
    by_effect = {
        effect: [one for one in worse if EFFECTS[one.metric] is effect] for effect in Effect
    }
    return [Noticed(effect, found) for effect, found in by_effect.items() if found]
