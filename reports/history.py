"""The history of a run: every act that one worker saw, as typed ops in JSON lines.

A shard is one file, `history-<shard>.jsonl`: a `Header`, any number of ops, a `Footer` with their
count. A shard without its footer is evidence lost. Times are `time.monotonic_ns()` and compare
within one host only. `recorder` writes shards; `ledger` and the renderers read them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

SCHEMA_VERSION = 1
# The controller's own shard: every user of the run, the names of all shards, probes and rows.
HOUSE = "house"
# The probe that reads the messages table at the end of a run; a Row op for each row it found.
MESSAGES_PROBE = "messages"

# Bounded, so that a damaged figure is damage when it is read and not an overflow when it is used.
Nanoseconds = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class Outcome(StrEnum):
    """What became of an act: it did happen, it did not, or it may have (an answer timed out)."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


class StepName(StrEnum):
    """The timed parts of a virtual user's journey, in their order."""

    SIGN_IN = "sign_in"
    SEAT = "seat"
    GREET = "greet"
    CHAT = "chat"
    RECEIVE = "receive"
    LEAVE = "leave"


class ChannelState(StrEnum):
    """A Realtime socket or channel's life as its frames tell it."""

    OPENED = "opened"  # the WebSocket exists
    JOINED = "joined"  # the join reply said ok
    READY = "ready"  # joined, and live for postgres_changes where they were asked for
    REFUSED = "refused"  # the join reply said error
    ERRORED = "errored"  # a `system` or `phx_error` frame
    CLOSED = "closed"  # `phx_close`, or the WebSocket is gone


class Via(StrEnum):
    """How a receipt reached its recipient."""

    FRAME = "frame"
    POLL = "poll"


class Op(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, tag_field="op"):
    """One recorded act; the subclasses say of what kind.

    `kw_only` stands on every subclass because msgspec applies it to a class's own fields, `frozen`
    because mypy does not inherit it. `gc=False`: ops hold no cycles, and a run has very many.
    """


class Header(Op, tag="header", frozen=True, kw_only=True, omit_defaults=False):
    """First line of a shard.

    `started_at` is UTC (ISO 8601) and says what time of the world `started_at_ns` was. The schema
    version is always written out: a later reader must not take its own version for this one.
    `shards` names every shard the run should have, where the writer knows: one that never came is
    evidence lost.
    """

    schema: int = SCHEMA_VERSION
    run_id: str
    shard: str
    users: list[str]
    webinar: str
    messages_per_user: int
    started_at: str
    started_at_ns: Nanoseconds
    shards: list[str] = []


class Step(Op, tag="step", frozen=True, kw_only=True):
    """One step of one user. `waited_ns` is the part of it spent at the rendezvous."""

    user: str
    step: StepName
    outcome: Outcome
    started_at_ns: Nanoseconds
    ended_at_ns: Nanoseconds
    waited_ns: Nanoseconds = 0
    detail: str = ""


class Send(Op, tag="send", frozen=True, kw_only=True):
    """One attempt to send, from the click on. UNKNOWN: requested, and no answer came.

    `number` counts a user's sends from 0 (the greeting). `message_id` is known once accepted.
    `digest` is `digest_of(body)` of the body as requested. Sources: the sender's HTTP exchange.
    """

    user: str
    number: int
    outcome: Outcome
    clicked_at_ns: Nanoseconds
    requested_at_ns: Nanoseconds | None = None
    accepted_at_ns: Nanoseconds | None = None
    message_id: str | None = None
    digest: str = ""
    status: int | None = None
    code: str = ""


class Exchange(Op, tag="exchange", frozen=True, kw_only=True):
    """One HTTP exchange with the app or Supabase. No status: it failed (`code` says how)."""

    user: str
    method: str
    route: str
    status: int | None
    started_at_ns: Nanoseconds
    duration_ms: float
    code: str = ""
    request_id: str = ""


class Channel(Op, tag="channel", frozen=True, kw_only=True):
    """A Realtime socket or channel changed its state."""

    user: str
    topic: str
    state: ChannelState
    at_ns: Nanoseconds
    detail: str = ""


class Receipt(Op, tag="receipt", frozen=True, kw_only=True):
    """A message arrived at one recipient, as its frame or poll answer showed it."""

    user: str
    message_id: str
    via: Via
    at_ns: Nanoseconds
    author: str
    digest: str


class Undecodable(Op, tag="undecodable", frozen=True, kw_only=True):
    """A frame on a Realtime socket that the decoder could not read: evidence lost."""

    user: str
    at_ns: Nanoseconds
    detail: str


class Row(Op, tag="row", frozen=True, kw_only=True):
    """A message's row, as the final read of the database found it."""

    message_id: str
    author: str
    digest: str
    at_ns: Nanoseconds
    created_at: str = ""


class Probe(Op, tag="probe", frozen=True, kw_only=True):
    """One read-only look at the database; its rows follow as ops of their own."""

    name: str
    outcome: Outcome
    at_ns: Nanoseconds
    rows: int = 0
    detail: str = ""


class Rendezvous(Op, tag="rendezvous", frozen=True, kw_only=True):
    """One shard passed a rendezvous; `missing` shards were not waited for any longer."""

    shard: str
    name: str
    arrived_at_ns: Nanoseconds
    left_at_ns: Nanoseconds
    missing: list[str] = []


class Footer(Op, tag="footer", frozen=True, kw_only=True):
    """Last line of a complete shard. `ops` counts the lines between header and footer."""

    ops: int


AnyOp = (
    Header
    | Step
    | Send
    | Exchange
    | Channel
    | Receipt
    | Undecodable
    | Row
    | Probe
    | Rendezvous
    | Footer
)
