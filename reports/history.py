"""The history of a run: every act that one worker saw, as typed ops in JSON lines.

A shard is one file, `history-<shard>.jsonl`: a `Header`, any number of ops, a `Footer` with their
count. A shard without its footer is evidence lost. Times are `time.monotonic_ns()` and compare
within one host only. `recorder` writes shards; `ledger` and the renderers read them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

SCHEMA_VERSION = 3
# Later versions only add kinds of ops and members with defaults, so earlier runs stay readable.
READABLE_VERSIONS = (1, 2, 3)
SEALED = 3  # the version from which on a footer says what the lines before it were
READS_ROSTERS = 2  # the version from which on runs record who is present
# The sources of a roster that are not a user's page: `webinar_live_presence`, and the admin's view.
DATABASE, CONSOLE = "database", "console"
# What an ASKED channel op says of the token that its join carried.
USER_TOKEN, NO_TOKEN = "user token", "no token"
# What a call served that an application's server made, where nobody knows for which of its routes.
SERVER = "server"
# The topic under which a WebSocket itself is recorded.
SOCKET = "socket"
# The controller's own shard: every user of the run, the names of all shards, probes and rows.
HOUSE = "house"
# The probe that reads the messages table at the end of a run; a Row op for each row it found.
MESSAGES_PROBE = "messages"
LOG_PROBE = "hosted gateway log"
# The probe of a runner that heard nothing more of the others of its house.
RUNNERS_PROBE = "rendezvous of the runners"
# A witness that a target may be without.
ROWS = "rows"

# Bounded, so that a damaged figure is damage when it is read and not an overflow when it is used.
Nanoseconds = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
Figure = Annotated[float, msgspec.Meta(ge=0, le=1e15)]
# Bounded, so that the parts of a run can be counted out.
PartNumber = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class Outcome(StrEnum):
    """What became of an act: it did happen, it did not, or it may have (an answer timed out).

    THROTTLED: it did not, since a limit of the platform held it back to the end.
    """

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"
    THROTTLED = "throttled"


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

    ASKED = "asked"  # the page pushed a join; `detail` says whose token it carried, if any
    OPENED = "opened"  # the WebSocket exists
    JOINED = "joined"  # the join reply said ok
    READY = "ready"  # joined, and live for postgres_changes where they were asked for
    REFUSED = "refused"  # the join reply said error
    ERRORED = "errored"  # a `system` or `phx_error` frame
    CLOSED = "closed"  # `phx_close`, or the WebSocket is gone


class Moment(StrEnum):
    """When somebody looked who is present."""

    SETTLED = "settled"  # nothing more arrives
    LEFT = "left"  # everybody has left


class Via(StrEnum):
    """How a receipt reached its recipient."""

    FRAME = "frame"
    POLL = "poll"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a run over several runners this is: `number` of `of`, from 1.

    `users` is the size of the whole house and `seed` that of its workload: parts that do not agree
    about them are not of one run. `house` tells the house apart that runners were as they met at a
    rendezvous; it is empty where each part was a house of its own.
    """

    number: PartNumber
    of: PartNumber
    users: Count
    seed: int
    house: str = ""

    @property
    def shard(self) -> str:
        """As `--shard` says it: 2/4."""
        return f"{self.number}/{self.of}"

    def __str__(self) -> str:
        """As reports call it."""
        return f"part {self.shard}"


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
    evidence lost. `gates` are those the run was made under, as `gates.toml` declared them (house
    only): a later judge must not apply others. `quota` is what was foreseen of the plan then, in
    sentences (house only): a later judge may know other limits. `defects` are what the target was
    broken with on purpose, `languages` those in which the run's page is to be (both house only).
    `part` is None unless the run was one runner's of several. `target` tells apart the deployments
    that outlive a run, without naming them; it is empty for an embedded one (house only).
    `unasked` are the checks for which the target has nothing to show, `absent` the witnesses that
    its file declares to be out of reach (both house only). `fill` are the seats without a browser
    that this shard holds, the house's header those of the whole run; they are no users.
    """

    schema: int = SCHEMA_VERSION
    run_id: str
    shard: str
    users: list[str]
    webinar: str
    messages_per_user: Count
    started_at: str
    started_at_ns: Nanoseconds
    shards: list[str] = []
    gates: dict[str, str] = {}
    quota: list[str] = []
    defects: list[str] = []
    languages: list[str] = []
    unasked: list[str] = []
    absent: list[str] = []
    part: Part | None = None
    target: str = ""
    fill: list[str] = []

    @property
    def is_house(self) -> bool:
        """It is the controller's own shard; in a merged run, that of one of its parts."""
        return self.shard.rpartition("/")[2] == HOUSE

    @property
    def is_fill(self) -> bool:
        """It is the shard of a process that holds seats without a browser."""
        return bool(self.fill) and not self.is_house


class Step(Op, tag="step", frozen=True, kw_only=True):
    """One step of one user. `waited_ns` is the part of it spent at the rendezvous.

    `throttled` is how often a limit of the platform sent her away in it, and `held_ns` the part of
    it that she waited for that. `is_found`: what it is for, a session, was there from an earlier
    run, and how long that took to come about is not known.
    """

    user: str
    step: StepName
    outcome: Outcome
    started_at_ns: Nanoseconds
    ended_at_ns: Nanoseconds
    waited_ns: Nanoseconds = 0
    throttled: Count = 0
    held_ns: Nanoseconds = 0
    is_found: bool = False
    detail: str = ""


class Due(Op, tag="due", frozen=True, kw_only=True):
    """When one act of one user was to begin by the workload's schedule, whenever it did.

    `number` counts her sends, as in `Send`; her sign-in is 0.
    """

    user: str
    step: StepName
    number: Count
    due_at_ns: Nanoseconds


class Send(Op, tag="send", frozen=True, kw_only=True):
    """One attempt to send, from the click on. UNKNOWN: requested, and no answer came.

    `number` counts a user's sends from 0 (the greeting). `message_id` is known once accepted.
    `digest` is `digest_of(body)` of the body as requested. Sources: the sender's HTTP exchange.
    """

    user: str
    number: Count
    outcome: Outcome
    clicked_at_ns: Nanoseconds
    requested_at_ns: Nanoseconds | None = None
    accepted_at_ns: Nanoseconds | None = None
    message_id: str | None = None
    digest: str = ""
    status: Count | None = None
    code: str = ""


class Exchange(Op, tag="exchange", frozen=True, kw_only=True):
    """One HTTP exchange with the app or Supabase. No status: it failed (`code` says how).

    `caller` is the client library that called, `supabase-js/2.119.1`; empty for the page's own
    code.
    """

    user: str
    method: str
    route: str
    status: Count | None
    started_at_ns: Nanoseconds
    duration_ms: Figure
    code: str = ""
    request_id: str = ""
    caller: str = ""


class Served(Op, tag="served", frozen=True, kw_only=True):
    """One HTTP call that Supabase answered, as its gateway's own log says (house only).

    Servers' calls are among them, which no browser sees. `user` is whose token it carried: empty
    for keys and strangers, and where the log does not say. `serving` is the app's own route on
    whose behalf its server called, or SERVER, and `call` tells apart the calls of that route; both
    are empty for browsers. `log_id` is what a hosted project's log calls it: several runners may be
    told of it, each in its own time.
    """

    user: str
    method: str
    route: str
    status: Count | None
    started_at_ns: Nanoseconds
    duration_ms: Figure
    code: str = ""
    caller: str = ""
    serving: str = ""
    call: str = ""
    log_id: str = ""


class Channel(Op, tag="channel", frozen=True, kw_only=True):
    """A Realtime socket or channel changed its state."""

    user: str
    topic: str
    state: ChannelState
    at_ns: Nanoseconds
    detail: str = ""


class Receipt(Op, tag="receipt", frozen=True, kw_only=True):
    """A message arrived at one recipient, as its frame or poll answer showed it.

    `webinar` is the one the message says it belongs to, where that is not the run's own: a leak.
    """

    user: str
    message_id: str
    via: Via
    at_ns: Nanoseconds
    author: str
    digest: str
    webinar: str = ""


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
    """One read-only look, at the database or at the run's own processes; rows it found are ops."""

    name: str
    outcome: Outcome
    at_ns: Nanoseconds
    rows: Count = 0
    detail: str = ""


class Promise(Op, tag="promise", frozen=True, kw_only=True):
    """One test beside the crowd, and whether what it promises holds (house only).

    UNKNOWN: it was skipped, or it failed in quarantine, where a failure does not count. `marks` are
    those of its pytest markers that mean something to a reader, such as `dod2`.
    """

    name: str
    outcome: Outcome
    detail: str = ""
    marks: list[str] = []
    is_quarantined: bool = False


class Rendezvous(Op, tag="rendezvous", frozen=True, kw_only=True):
    """One shard passed a rendezvous; `missing` shards were not waited for any longer.

    Nor were `missing_parts`, by the names of their folders in a merged run.
    """

    shard: str
    name: str
    arrived_at_ns: Nanoseconds
    left_at_ns: Nanoseconds
    missing: list[str] = []
    missing_parts: list[str] = []


class Clock(Op, tag="clock", frozen=True, kw_only=True):
    """One look at the clock of the server where runners meet: what it said, and what this one did.

    It said `reference_ns` (since the epoch) when it was `at_ns` here, give or take `error_ns`: half
    of the time that asking took (Cristian, "Probabilistic clock synchronization", 1989).
    """

    at_ns: Nanoseconds
    reference_ns: Nanoseconds
    error_ns: Nanoseconds


class Roster(Op, tag="roster", frozen=True, kw_only=True):
    """Who was present at one moment, as one source shows it.

    `source` is a user's name (her page's `presence_state`; `at_ns` is then when it last changed),
    `database` or `console`. `present` holds names of the run's users, sorted; other people are not
    named, and a page's `others` counts them: those of seats without a browser, and strangers.
    """

    source: str
    moment: Moment
    at_ns: Nanoseconds
    present: list[str]
    others: Count = 0


class Rendered(Op, tag="rendered", frozen=True, kw_only=True):
    """One look at the screen of a user of the drawn sample: the messages that stood there.

    `people` is the number of attendees that stood there, if any did; older runs did not look.
    """

    user: str
    at_ns: Nanoseconds
    message_ids: list[str]
    people: Count | None = None


class Fault(Op, tag="fault", frozen=True, kw_only=True):
    """One injected condition, from its begin to its confirmed end. No users: it hit everybody."""

    name: str
    injected_at_ns: Nanoseconds
    healed_at_ns: Nanoseconds | None = None
    users: list[str] = []


class Health(Op, tag="health", frozen=True, kw_only=True):
    """How the load generator itself was, as one worker saw it.

    `lag_ms` is how late its event loop woke up. `driver_ms` is how long Playwright's driver took
    for an answer that needs no browser, or has owed one by now; the event loop reads the answer, so
    its own lateness is in it (None: not measured). Shares are of 1: `cpu` of one core, by the
    worker and its driver; `host_cpu` of all cores. `runnable` counts processes that want a core,
    per core.
    """

    shard: str
    at_ns: Nanoseconds
    lag_ms: Figure
    cpu: Figure
    host_cpu: Figure
    available_mb: Count
    runnable: Figure
    driver_ms: Figure | None = None


class Counters(Op, tag="counters", frozen=True, kw_only=True):
    """The database's own counters at the end of a phase (`pg_stat_database`, `pg_stat_activity`).

    They only grow; differences between phases are what counts. `connections` is by application.
    Not OK: they could not be read, `detail` says why, and the figures mean nothing.
    """

    phase: str
    outcome: Outcome
    at_ns: Nanoseconds
    commits: Count = 0
    rollbacks: Count = 0
    deadlocks: Count = 0
    connections: dict[str, Count] = {}
    detail: str = ""


class Statement(Op, tag="statement", frozen=True, kw_only=True):
    """One statement's counters at the end of a phase (`pg_stat_statements`); they only grow.

    `query` is normalised text, without values. `table` is the first table it names, if any.
    """

    phase: str
    query: str
    table: str
    calls: Count
    total_ms: Figure
    rows: Count


class FillSeat(Op, tag="fill_seat", frozen=True, kw_only=True):
    """One seat without a browser, told when it was over.

    It was ready to receive from each of `joined_at_ns` to the moment at the same place of
    `ended_at_ns`; never, where it did not get in. `is_held`: the last of these ended because the
    seat was given up at the end of the run. `joins` is how often it told Realtime its token, to
    join or anew. `missing` are those of its shard's messages that did not come to it, `repeated`
    frames beyond the first of a message. `is_throttled`: a limit of Auth refused it a session the
    last time. `detail`: why it never got in, or what first cut it off.
    """

    shard: str
    name: str
    joined_at_ns: list[Nanoseconds]
    ended_at_ns: list[Nanoseconds]
    is_held: bool
    joins: Count = 0
    missing: list[str] = []
    repeated: Count = 0
    is_throttled: bool = False
    detail: str = ""


class FillReceipts(Op, tag="fill_receipts", frozen=True, kw_only=True):
    """One message at all the seats without a browser of one shard.

    `after_ms` has, for so many ms after the first receipt, how many seats had it then: two digits
    of each time, since a house of 10,000 seats has 8,000,000 of them. `author` and `digest` are
    those of the first; `altered` counts the other
    things that a frame said under this id.
    """

    shard: str
    message_id: str
    author: str
    digest: str
    first_at_ns: Nanoseconds
    after_ms: list[tuple[Count, Count]]
    altered: Count = 0


class Footer(Op, tag="footer", frozen=True, kw_only=True):
    """Last line of a complete shard. `ops` counts the lines between header and footer.

    `digest` is the BLAKE2b (16 bytes, hexadecimal) of all bytes before it: a line that was changed
    afterwards, however sensibly, is damage. It keeps nobody from sealing a made-up history.
    """

    ops: Count
    digest: str = ""


AnyOp = (
    Header
    | Step
    | Due
    | Send
    | Exchange
    | Served
    | Channel
    | Receipt
    | Undecodable
    | Row
    | Probe
    | Promise
    | Rendezvous
    | Clock
    | Roster
    | Rendered
    | Fault
    | Health
    | Counters
    | Statement
    | FillSeat
    | FillReceipts
    | Footer
)
