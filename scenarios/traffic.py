"""What one user's browser has exchanged so far: the facts that journeys wait for.

The observer in `fixtures.network` writes it, journeys read it. Nothing in it comes from the page's
DOM: an answer is an HTTP exchange, readiness and receipts are frames (or poll answers).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from reports.throttling import TOO_MANY_REQUESTS

# Auth's own word for a sign-in without the captcha that the project asks for.
CAPTCHA_FAILED = "captcha_failed"


class Kind(StrEnum):
    """What an exchange is to the chat. A target may go without some of them."""

    SIGN_IN = "sign_in"
    ENTRY = "enter"
    SENDING = "send"
    POLLING = "poll"
    LEAVING = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One finished HTTP exchange. `status` is None when no answer came; `code` then says why.

    `retry_after_s` is when to ask again, where a server that refused said so.
    """

    status: int | None
    code: str
    at_ns: int
    retry_after_s: float | None = None

    @property
    def is_ok(self) -> bool:
        """The server said yes."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_throttled(self) -> bool:
        """The server said: not now, you are too fast."""
        return self.status == TOO_MANY_REQUESTS

    @property
    def is_for_captcha(self) -> bool:
        """Auth wants a captcha solved first."""
        return self.code == CAPTCHA_FAILED

    def __str__(self) -> str:
        """As a person reads it: `429 over_request_rate_limit`, or the network's error."""
        return f"{self.status if self.status is not None else 'no answer'} {self.code}".strip()


@dataclass(slots=True, kw_only=True)
class SendExchange:
    """One request that sends a message, and what became of it."""

    requested_at_ns: int
    body: str
    answer: Answer | None = None
    message_id: str | None = None


@dataclass(slots=True, kw_only=True)
class Traffic:
    """Everything seen so far, in the order it was seen."""

    sign_ins: list[Answer] = field(default_factory=list)
    entries: list[Answer] = field(default_factory=list)
    leaves: list[Answer] = field(default_factory=list)
    polls: list[Answer] = field(default_factory=list)
    sends: list[SendExchange] = field(default_factory=list)
    ready_at_ns: int | None = None
    channel_state: str = "no Realtime channel was opened"
    joins: int = 0  # of Realtime channels: one, as long as none was lost
    present: set[str] = field(default_factory=set)  # the run's users in this page's presence…
    others: int = 0  # …how many people beside them…
    present_at_ns: int = 0  # …and when that last changed
    first_receipts: dict[str, int] = field(default_factory=dict)  # message id → at_ns
