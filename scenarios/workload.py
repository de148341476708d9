"""Who arrives when, and who says what when: a seeded plan, pure data.

The same seed gives the same plan whatever the number of workers, so a run can be repeated. Pace is
that of the whole house, not of a worker.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from scenarios.admission import Admission

if TYPE_CHECKING:
    from scenarios.arrivals import Arrivals

PHRASES = (
    "안녕하세요, 잘 들립니다",
    "자료는 어디에서 받을 수 있나요?",
    "오늘 주제 기대하고 있어요 🙌",
    "화면이 잘 보입니다",
    "질문 있습니다: 선행기술 조사에도 쓸 수 있나요?",
    "좋은 설명 감사합니다 😊",
    "Could you share the slides, please?",
    "녹화본도 제공되나요?",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """The plan of one run. Times are seconds from the phase's start."""

    seed: int
    users: int
    messages_per_user: int
    arrivals: Arrivals
    sends_per_s: float
    admission: Admission = field(default_factory=Admission)
    signed_in: frozenset[int] = frozenset()  # users who have their session already

    @property
    def sends_per_user(self) -> int:
        """The greeting and the messages after it."""
        return 1 + self.messages_per_user

    def arrives_at_s(self, user: int) -> float:
        """When the user with this index opens the sign-in page: not before Auth lets her in."""
        due_s = self.arrivals.times_s(self.users, self.seed)
        place = self._order(0)[user]
        if user in self.signed_in:
            return due_s[place]
        return _admitted_s(self.admission, due_s, self._asking)[place]

    @property
    def arrived_after_s(self) -> float:
        """When the last of them arrives."""
        return max(map(self.arrives_at_s, range(self.users)))

    def sends_at_s(self, user: int, number: int) -> float:
        """When this user makes her send of this number (0 = the greeting).

        Rounds follow each other without a gap, each in an order of its own.
        """
        place = number * self.users + self._order(1 + number)[user]
        return _due_s(place, self.sends_per_s)

    def body(self, run_id: str, name: str, user: int, number: int) -> str:
        """What the user types; carries run id, user and number, so that every body is unique."""
        phrase = Random(f"{self.seed}/{user}/{number}").choice(PHRASES)
        return f"{phrase} [{run_id} {name} #{number}]"

    @property
    def _asking(self) -> tuple[int, ...]:
        """The places of those who need a session."""
        return _asking(self.seed, self.users, self.signed_in)

    def _order(self, turn: int) -> tuple[int, ...]:
        return _shuffled(self.seed, self.users, turn)


@lru_cache(maxsize=64)
def _shuffled(seed: int, users: int, turn: int) -> tuple[int, ...]:
    places = list(range(users))
    Random(f"{seed}/{turn}").shuffle(places)
    return tuple(places)


@lru_cache(maxsize=8)
def _asking(seed: int, users: int, signed_in: frozenset[int]) -> tuple[int, ...]:
    order = _shuffled(seed, users, 0)
    return tuple(sorted(order[user] for user in set(range(users)) - signed_in))


@lru_cache(maxsize=8)
def _admitted_s(
    admission: Admission, due_s: tuple[float, ...], asking: tuple[int, ...]
) -> dict[int, float]:
    """When those who ask Auth arrive, by their places among all."""
    return dict(zip(asking, admission.times_s(due_s[place] for place in asking), strict=True))


def _due_s(place: int, rate_per_s: float) -> float:
    return place / rate_per_s if rate_per_s > 0 else 0.0
