"""What a rival is told: where to go, as whom, with which browser; and where it leaves its word.

Standard library only: locust has an environment of its own.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

PLAN, WORD = "BENCH_PLAN", "BENCH_WORD"  # environment variables that name files


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The journey: everybody signs in, enters, greets, and says `messages` things."""

    base_url: str
    webinar: str
    browser: str
    switches: list[str]
    people: list[tuple[str, str]]  # e-mail and password
    messages: int
    together: int  # viewers in one browser, for those who share one

    @property
    def door(self) -> str:
        """The path of the form that leads to the webinar."""
        return f"/?next=/webinars/{self.webinar}"


def read_plan() -> Plan:
    """The plan of this run."""
    return Plan(**json.loads(Path(os.environ[PLAN]).read_text(encoding="utf-8")))


def give_word(email: str, seen: int) -> None:
    """This person has done everything, and saw `seen` of her messages."""
    with Path(os.environ[WORD]).open("a", encoding="utf-8") as file:
        file.write(f"{json.dumps([email, seen])}\n")
