"""Each user of a run: how far she came, what stopped her, how long it took, what was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reports.history import StepName
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.users import UserRow

# Screenshots, traces and films of one user, by the beginning of the file's name.
KEPT = (".png", ".jpg", ".webp", ".zip", ".webm")


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One user. `steps` are seconds without waiting, in the order of StepName; None: not taken."""

    user: str
    stage: str
    reason: str
    seconds: float | None
    steps: list[float | None]
    accepted: int
    expected: int
    received: int
    owed: int
    kept: list[str]


def people_of(rows: Iterable[UserRow], files: Sequence[str] = ()) -> list[Person]:
    """All users; `files` are paths in the run's folder, among which are those kept of a user."""
    kept = [path for path in sorted(files) if path.endswith(KEPT)]
    return [
        Person(
            user=one_line(row.user),
            stage=row.stage,
            reason=row.reason,
            seconds=row.seconds,
            steps=[row.step_seconds.get(step) for step in StepName],
            accepted=row.accepted,
            expected=row.expected,
            received=row.received,
            owed=row.owed,
            kept=[path for path in kept if _is_of(path, row.user)],
        )
        for row in rows
    ]


def _is_of(path: str, user: str) -> bool:
    """`u0001.png` and `u0001-trace.zip`, and not `u00010.png`."""
    name = path.rpartition("/")[2]
    return name.startswith(user) and not name[len(user) :][:1].isalnum()
