"""Stories of a run, as lines of text: one user's time in it, and one message's way to everybody.

Times are seconds after the run's start, latencies run from the message's request. What a target or
browser said stands on one line without control characters; whoever shows the lines must still not
take them for markup. Judges nothing: `ledger` and `users` have done that.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from reports.clocks import began_at_ns
from reports.history import Outcome, Via
from reports.ledger import Fate
from reports.naming import first_of
from reports.users import cause, user_rows
from reports.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reports.archive import History
    from reports.history import Channel, Exchange, Fault, Receipt, Send, Step, Undecodable
    from reports.ledger import Arrival, Ledger, Message
    from reports.users import UserRow

NAMED_MAX = 5  # of the names that exist, where one does not
MISSING_MAX = 20  # of the deliveries that never came, unless all are asked for
ENDS = 5  # the fastest and the slowest deliveries, unless all are asked for
KIND_MAX = 40  # of a user's channel changes, failed exchanges and undecodable frames, each

_NS_PER_S = 1_000_000_000
_NS_PER_MS = 1_000_000
_TALKATIVE = ("channel", "exchange", "frame")
_ANSWERS = {Outcome.OK: "accepted", Outcome.FAIL: "refused", Outcome.UNKNOWN: "no answer"}


class NotInRunError(LookupError):
    """The run has no such user or message; the words say which it has."""


def story_of_user(history: History, ledger: Ledger, name: str) -> list[str]:
    """Everything that is known of one user, in time. Raises NotInRunError."""
    row = next((row for row in user_rows(history, ledger) if row.user == name), None)
    if row is None:
        raise _not_in_run("user", name, history.users())
    moments, left_out = _bounded(_moments(history, ledger, name))
    start_ns = began_at_ns(history)
    return [
        f"{one_line(name)}  reached: {row.stage}  {row.reason}".rstrip(),
        f"seconds after the start of run {one_line(history.run_id)}",
        "",
        *_columns([(_at(m.at_ns, start_ns), m.kind, m.state, m.text) for m in moments]),
        *left_out,
        "",
        *_receipts(history, ledger, row, start_ns),
    ]


def last_exchanges_of(history: History, name: str, most: int) -> list[str]:
    """The last that this user's page asked and was answered, in time."""
    asked = [_exchange(one) for one in history.exchanges if one.user == name]
    last = sorted(asked, key=lambda one: one.at_ns)[-most:]
    start_ns = began_at_ns(history)
    return _columns([(_at(one.at_ns, start_ns), one.state, one.text) for one in last])


class _Moment(NamedTuple):
    """One thing that happened to a user."""

    at_ns: int
    kind: str
    state: str
    text: str


def _moments(history: History, ledger: Ledger, name: str) -> Iterator[_Moment]:
    yield from (_step(step) for step in history.steps if step.user == name)
    for message in ledger.messages:
        if message.send.user == name:
            yield _send(message)
    yield from (_channel(change) for change in history.channels if change.user == name)
    yield from (_exchange(one) for one in history.exchanges if one.user == name and _failed(one))
    yield from (_undecodable(frame) for frame in history.undecodables if frame.user == name)
    for fault in history.faults:
        if not fault.users or name in fault.users:
            yield from _fault(fault)


def _step(step: Step) -> _Moment:
    waited = f", {_s(step.waited_ns)} of it waiting" if step.waited_ns >= _NS_PER_MS else ""
    held = f", {_s(step.held_ns)} of it held back by a limit" if step.throttled else ""
    took = f"{step.outcome}, took {_s(step.ended_at_ns - step.started_at_ns)}{waited}{held}"
    return _Moment(step.started_at_ns, "step", step.step, _joined(took, step.detail))


def _send(message: Message) -> _Moment:
    """A send on one line, with all its stages: a user has many."""
    send = message.send
    stages = [f"{stage} {text}".strip() for _, stage, text in _stages(message)]
    back = message.arrivals.get(send.user)
    if back:
        stages.append(f"seen back by {back.via} {_since_request(message, back.at_ns)}")
    identity = f"message {message.message_id}: " if message.message_id else ""
    state = f"#{send.number} {message.fate}"
    return _Moment(send.clicked_at_ns, "send", state, identity + "; ".join(stages))


def _channel(change: Channel) -> _Moment:
    return _Moment(change.at_ns, "channel", change.state, _joined(change.topic, change.detail))


def _failed(exchange: Exchange) -> bool:
    return exchange.status is None or exchange.status >= 400


def _exchange(exchange: Exchange) -> _Moment:
    status = "no answer" if exchange.status is None else str(exchange.status)
    took = f"took {exchange.duration_ms:,.1f} ms"
    named = f"request id {exchange.request_id}" if exchange.request_id else ""
    text = _joined(f"{exchange.method} {exchange.route}", exchange.code, took, named)
    return _Moment(exchange.started_at_ns, "exchange", status, text)


def _undecodable(frame: Undecodable) -> _Moment:
    return _Moment(frame.at_ns, "frame", "undecodable", frame.detail)


def _fault(fault: Fault) -> Iterator[_Moment]:
    yield _Moment(fault.injected_at_ns, "fault", "injected", fault.name)
    if fault.healed_at_ns is not None:
        yield _Moment(fault.healed_at_ns, "fault", "healed", fault.name)


def _bounded(moments: Iterable[_Moment]) -> tuple[list[_Moment], list[str]]:
    """The moments in time, the first of each talkative kind; and what was left out, in words."""
    kept: list[_Moment] = []
    seen: dict[str, int] = {}
    for moment in sorted(moments, key=lambda one: one.at_ns):
        seen[moment.kind] = seen.get(moment.kind, 0) + 1
        if seen[moment.kind] <= KIND_MAX or moment.kind not in _TALKATIVE:
            kept.append(moment)
    over = [(kind, seen.get(kind, 0) - KIND_MAX) for kind in _TALKATIVE]
    return kept, [f"and {count:,} more of: {kind}" for kind, count in over if count > 0]


def _receipts(history: History, ledger: Ledger, row: UserRow, start_ns: int) -> Iterator[str]:
    """How much reached a user, what did not, and when it was silent."""
    receipts = [receipt for receipt in history.receipts if receipt.user == row.user]
    frames = sum(receipt.via is Via.FRAME for receipt in receipts)
    yield (
        f"receipts: {len(receipts):,} (by frame {frames:,}, by poll {len(receipts) - frames:,}); "
        f"owed messages received: {row.received:,} of {row.owed:,}"
    )
    missing = [_named(message) for message in ledger.messages if row.user in message.missing()]
    if missing:
        why = "nobody knows, her shard is damaged" if row.user in ledger.unproven else "never came"
        yield f"{why}: {first_of(missing, MISSING_MAX)}"
    yield from _silence(receipts, start_ns)


def _silence(receipts: Sequence[Receipt], start_ns: int) -> Iterator[str]:
    times_ns = sorted(receipt.at_ns for receipt in receipts)
    if len(times_ns) > 1:
        since_ns, until_ns = max(pairwise(times_ns), key=lambda pair: pair[1] - pair[0])
        yield (
            f"longest silence between receipts: {_s(until_ns - since_ns)}, "
            f"from {_at(since_ns, start_ns)} to {_at(until_ns, start_ns)}"
        )


def story_of_message(
    history: History, ledger: Ledger, message: str, *, show_all: bool = False
) -> list[str]:
    """The way of the message with this id, or `author#number`. Raises NotInRunError.

    A number that its author tried several times gives several ways, one after the other.
    """
    found = [one for one in ledger.messages if message in (one.message_id, _label(one.send))]
    if found:
        ways = [_way(history, ledger, one, show_all=show_all) for one in found]
        return [line for way in ways for line in (*way, "")][:-1]
    if message in ledger.phantoms:
        return _phantom(history, message)
    labels = [_label(one.send) for one in ledger.messages]
    raise _not_in_run("message", message, labels)


def _way(history: History, ledger: Ledger, message: Message, *, show_all: bool) -> list[str]:
    start_ns = began_at_ns(history)
    stages = [(_at(at_ns, start_ns), stage, text) for at_ns, stage, text in _stages(message)]
    return [
        f"{one_line(_named(message))}: {message.fate}",
        f"seconds after the start of run {one_line(history.run_id)}",
        "",
        *_columns([*stages, *_storage(history, message)]),
        "",
        _count(ledger, message),
        *_absent(ledger, message, show_all=show_all),
        *_arrived(history, message, start_ns, show_all=show_all),
    ]


def _stages(message: Message) -> Iterator[tuple[int | None, str, str]]:
    """`(at_ns, stage, text)` of what the author's own browser saw."""
    send = message.send
    yield send.clicked_at_ns, "clicked", ""
    if send.requested_at_ns is None:
        yield None, "no request", ""
        return
    taken = f"{_ms(send.requested_at_ns - send.clicked_at_ns)} after the click"
    yield send.requested_at_ns, "requested", taken
    since = _since_request(message, send.accepted_at_ns) if send.accepted_at_ns else ""
    yield send.accepted_at_ns, _ANSWERS[send.outcome], _joined(cause(message), since)


def _storage(history: History, message: Message) -> Iterator[tuple[str, str, str]]:
    """What the database says of a message that recipients may expect."""
    row = next((row for row in history.rows if row.message_id == message.message_id), None)
    if message.fate is Fate.STORED:
        created = f", created at {row.created_at}" if row and row.created_at else ""
        yield "", "stored", f"the final read found its row{created}"
    elif message.fate is Fate.NOT_STORED:
        yield "", "not stored", "the final read did not find its row"
    elif message.fate is Fate.ACCEPTED:
        yield "", "stored?", "nobody knows: the messages table was not read"


def _count(ledger: Ledger, message: Message) -> str:
    missing = message.missing()
    figures = {
        "owed": len(message.owed),
        "received": len(message.owed) - len(missing),
        "never came": len(missing - ledger.unproven),
        "unknown, shard damaged": len(missing & ledger.unproven),
        "received, not owed": len(message.arrivals.keys() - message.owed),
        "left early": len(message.left_early),
    }
    shown = [f"{name} {count:,}" for name, count in figures.items() if count or name == "owed"]
    return "deliveries: " + ", ".join(shown)


def _absent(ledger: Ledger, message: Message, *, show_all: bool) -> list[str]:
    """Who was owed the message and has no receipt of it: the lost ones first, each by name."""
    missing = sorted(message.missing(), key=lambda user: (user in ledger.unproven, user))
    most = len(missing) if show_all else MISSING_MAX
    words = {True: "unknown", False: "never came"}
    lines = _columns([(words[user in ledger.unproven], user) for user in missing[:most]])
    return lines + _more(len(missing) - most)


def _arrived(history: History, message: Message, start_ns: int, *, show_all: bool) -> list[str]:
    """Who received the message, the fastest first."""
    arrivals = sorted(message.arrivals.items(), key=lambda item: (item[1].at_ns, item[0]))
    on_screen = {
        one.user: one.at_ns for one in history.rendered if message.message_id in one.message_ids
    }
    lines = _columns(
        [
            (
                f"+{_ms(arrival.at_ns - message.base_ns)}",
                _at(arrival.at_ns, start_ns),
                arrival.via,
                user,
                _remarks(message, user, arrival, on_screen.get(user)),
            )
            for user, arrival in arrivals
        ]
    )
    if show_all or len(lines) <= 2 * ENDS:
        return lines
    return [*lines[:ENDS], *_more(len(lines) - 2 * ENDS), *lines[-ENDS:]]


def _remarks(message: Message, user: str, arrival: Arrival, rendered_ns: int | None) -> str:
    remarks = []
    if user == message.send.user:
        remarks.append("the author")
    if arrival.frames > 1:
        remarks.append(f"{arrival.frames} frames")
    if user not in message.owed:
        remarks.append("not owed")
    if rendered_ns is not None:
        remarks.append(f"seen on the screen {_since_request(message, rendered_ns)}")
    return ", ".join(remarks)


def _phantom(history: History, message_id: str) -> list[str]:
    """A message that nobody sent has no way, only recipients."""
    receipts = [one for one in history.receipts if one.message_id == message_id]
    start_ns = began_at_ns(history)
    return [
        f"message {one_line(message_id)}: a phantom, received and never sent",
        f"seconds after the start of run {one_line(history.run_id)}",
        "",
        *_columns(
            [
                (_at(one.at_ns, start_ns), one.via, one.user, f"in the name of {one.author}")
                for one in sorted(receipts, key=lambda one: (one.at_ns, one.user))
            ]
        ),
    ]


def _label(send: Send) -> str:
    return f"{send.user}#{send.number}"


def _named(message: Message) -> str:
    identity = f" (message {message.message_id})" if message.message_id else ""
    return f"{_label(message.send)}{identity}"


def _not_in_run(kind: str, name: str, known: Sequence[str]) -> NotInRunError:
    existing = f"there are {first_of(known, NAMED_MAX)}" if known else f"there is no {kind} in it"
    return NotInRunError(f"the run has no {kind} {one_line(name)!r}; {existing}")


def _more(count: int) -> list[str]:
    return [f"  ... {count:,} more, --all shows them"] if count > 0 else []


def _at(at_ns: int | None, start_ns: int) -> str:
    return "-" if at_ns is None else _s(at_ns - start_ns)


def _since_request(message: Message, at_ns: int) -> str:
    return f"{_ms(at_ns - message.base_ns)} after the request"


def _s(duration_ns: int) -> str:
    return f"{duration_ns / _NS_PER_S:,.3f} s"


def _ms(duration_ns: int) -> str:
    return f"{duration_ns / _NS_PER_MS:,.1f} ms"


def _joined(*texts: str) -> str:
    """The texts that say something."""
    return ", ".join(text for text in texts if text)


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as indented lines, aligned: the first to the right, the others to the left."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            ["", first.rjust(widths[0])]
            + [cell.ljust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        ).rstrip()
        for first, *rest in cells
    ]
