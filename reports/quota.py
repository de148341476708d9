"""What a plan of the platform allows, and what a run will ask of it: before the run, by arithmetic.

Limits are those the platform documents for Realtime and Auth (protocol reference A.20 and B.9; the
defaults of its own repository for a self-hosted server). Realtime counts every delivery, so a
message to 400 people is 401 messages. What is over a limit breaks in the order of `forecast`.
What was foreseen is kept in the run's history; whether it came true is what `losses` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set

    from reports.history import Header

# Every address may sign in so often at once, and then so often a second, on any hosted plan.
SIGN_IN_BURST = 30
SIGN_INS_PER_S = 0.5

LIMITS: Mapping[str, Mapping[str, float]] = {
    "free": {
        "connections": 200,
        "joins per s": 100,
        "messages per s": 100,
        "presence messages per s": 20,
        "sign-ins at once per address": SIGN_IN_BURST,
    },
    "pro": {
        "connections": 500,
        "joins per s": 500,
        "messages per s": 500,
        "presence messages per s": 50,
        "sign-ins at once per address": SIGN_IN_BURST,
    },
    "team": {
        "connections": 10_000,
        "joins per s": 2_500,
        "messages per s": 2_500,
        "presence messages per s": 1_000,
        "sign-ins at once per address": SIGN_IN_BURST,
    },
    "self-hosted": {"connections": 200, "joins per s": 100, "messages per s": 100},
    "none": {},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a run asks of one limit of its plan."""

    what: str
    needed: float
    limit: float

    @property
    def times(self) -> float:
        """1 is exactly what is allowed."""
        return self.needed / self.limit

    def __str__(self) -> str:
        """As the run's header says it."""
        return f"{self.what} {self.needed:,.0f} of {self.limit:,.0f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """How many come, and how fast. `fill` are seats that only listen, `fill_accounts` those that
    they share, if any.

    A pace of 0 is everybody within one second. `arrived_after_s` is when the last user arrives,
    where something else slows arrivals down.
    """

    users: int
    arrivals_per_s: float
    sends_per_s: float
    fill: int = 0
    fill_accounts: int = 0
    arrived_after_s: float = 0.0

    @property
    def seats(self) -> int:
        """All that hear what is said."""
        return self.users + self.fill


def forecast(plan: str, house: House) -> list[Demand]:
    """What a house asks of each limit of this plan, what breaks first in front.

    Raises KeyError for a plan that is not in `LIMITS`.
    """
    seats, accounts = house.seats, house.users + (house.fill_accounts or house.fill)
    arrivals = min(seats, house.arrivals_per_s or seats)
    sends = min(house.users, house.sends_per_s or house.users)
    needed = {
        "connections": seats,
        "joins per s": arrivals,
        "messages per s": sends * (seats + 1),
        "presence messages per s": arrivals * seats,
        "sign-ins at once per address": _sign_ins_at_once(
            accounts, max(house.arrived_after_s, accounts / arrivals)
        ),
    }
    demands = [
        Demand(what=what, needed=needed[what], limit=limit) for what, limit in LIMITS[plan].items()
    ]
    return sorted(demands, key=lambda demand: (-demand.times, demand.what))


def _sign_ins_at_once(users: int, arrived_after_s: float) -> float:
    """How many the bucket must hold at the start: it gains while people arrive."""
    return max(1.0, users - SIGN_INS_PER_S * arrived_after_s)


def preflight(plan: str, house: House) -> list[str]:
    """Sentences for the header of a run: what this plan does not allow; empty where all fits."""
    demands = forecast(plan, house)
    over = [demand for demand in demands if demand.times > 1]
    if not over:
        return []
    lines = [f"plan {plan} allows less than this run asks; first to break: {over[0]}"]
    lines += [f"also over the plan: {', '.join(map(str, over[1:]))}"] if over[1:] else []
    return [*lines, *_advice(plan, house.seats, {demand.what for demand in over})]


def _advice(plan: str, seats: int, over: Set[str]) -> list[str]:
    """The pace at which the chat would fit, and what lets everybody in."""
    pace = LIMITS[plan]["messages per s"] / (seats + 1)
    lines = [f"the chat of {seats} users fits at --sends-per-s {pace:.2g}"]
    if "sign-ins at once per address" in over:
        lines.append(
            "sign-ins come at the pace of Auth where the target's file says it "
            "(limits.sign_ins_at_once, limits.sign_ins_per_s)"
        )
    return lines


def foreseen(headers: Iterable[Header]) -> list[str]:
    """What `preflight` said before this run; empty as well where the run named no plan.

    Each part of a merged run foresaw the same of the whole house.
    """
    return list(dict.fromkeys(line for one in headers if one.is_house for line in one.quota))
