"""What recording costs: CPU per receipt in the recorder, and on the whole way of a frame to it.

Without a browser: frames as the embedded EventLive encodes them are handed to the observers'
listeners. What Playwright does before it calls these (its driver, JSON, base64) is in no figure.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import msgspec

from eventlive.supabase.realtime.frames import UserBroadcast, encode_broadcast
from fixtures.network import Observer
from fixtures.recorder import Recorder
from fixtures.scenes.routes import WIRE
from fixtures.settings import Settings
from fixtures.wire import REALTIME_PATH
from reports.digest import digest_of
from reports.history import Header, Receipt, Via
from reports.shards import ShardWriter, shard_path
from scenarios.arrivals import Arrivals
from scenarios.identity import name_of
from scenarios.traffic import Traffic
from scenarios.workload import Workload
from tools.bench.judging import yardstick_s
from tools.synthetic import BEGAN_NS, FIRST_ID, RUN_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from playwright.async_api import Page

USERS = 400
WORKERS = 16
TRIES = 3
_US_PER_S = 1_000_000
_SETTINGS = Settings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """CPU of one worker in a house of `users`, at its best.

    Microseconds are per receipt; `record_us` is the recorder's part of `frame_us`. `worker_cpu` is
    the share of a core that goes to receipts while the house speaks at its default pace, the
    setting `sends_per_s`.
    """

    users: int
    users_per_worker: int
    messages_per_s: float
    receipts_per_s: float
    record_us: float
    frame_us: float
    worker_cpu: float
    yardstick_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one user says; `author` is her index in the pool."""

    id_: int
    author: int
    body: str


def recording(users: int = USERS, workers: int = WORKERS) -> Recording:
    """The cost of one worker's receipts of the greetings and the chat of such a house."""
    workload = Workload(
        seed=_SETTINGS.seed,
        users=users,
        messages_per_user=_SETTINGS.messages,
        arrivals=Arrivals(per_s=_SETTINGS.arrivals_per_s),
        sends_per_s=_SETTINGS.sends_per_s,
    )
    said = _said(workload)
    ears = users // workers
    frame_us = min(_frame_us(said, users, ears) for _ in range(TRIES))
    receipts_per_s = ears * workload.sends_per_s
    return Recording(
        users=users,
        users_per_worker=ears,
        messages_per_s=workload.sends_per_s,
        receipts_per_s=receipts_per_s,
        record_us=round(min(_record_us(said, ears) for _ in range(TRIES)), 2),
        frame_us=round(frame_us, 2),
        worker_cpu=round(frame_us * receipts_per_s / _US_PER_S, 4),
        yardstick_s=round(yardstick_s(), 3),
    )


def _said(workload: Workload) -> list[Message]:
    turns = product(range(workload.sends_per_user), range(workload.users))
    return [
        Message(id_=id_, author=user, body=workload.body(RUN_ID, name_of(user), user, number))
        for id_, (number, user) in enumerate(turns, start=FIRST_ID)
    ]


def _record_us(said: Sequence[Message], ears: int) -> float:
    """In `Recorder.record` alone, to a file."""
    receipts = [
        Receipt(
            user=name_of(ear),
            message_id=str(one.id_),
            via=Via.FRAME,
            at_ns=BEGAN_NS + one.id_,
            author=name_of(one.author),
            digest=digest_of(one.body),
        )
        for one in said
        for ear in range(ears)
    ]
    with _recorder() as recorder:
        started_s = process_time()
        for receipt in receipts:
            recorder.record(receipt)
        return _us_each(process_time() - started_s, recorder)


def _frame_us(said: Sequence[Message], users: int, ears: int) -> float:
    """From the listener's call to the file: decoded, digested and recorded."""
    frames = [_frame(one) for one in said]
    authors = {_user_id(user): name_of(user) for user in range(users)}
    with _recorder() as recorder:
        listeners = [_listener(name_of(ear), recorder, authors) for ear in range(ears)]
        started_s = process_time()
        for frame in frames:
            for hear in listeners:
                hear(frame)
        return _us_each(process_time() - started_s, recorder)


def _us_each(taken_s: float, recorder: Recorder) -> float:
    """Per receipt in the history: frames that were not understood do not count."""
    return taken_s / recorder.tally.received * _US_PER_S


@contextmanager
def _recorder() -> Iterator[Recorder]:
    """A recorder whose shard is thrown away."""
    header = Header(
        run_id=RUN_ID,
        shard="shard00",
        users=[],
        webinar=_SETTINGS.webinar,
        messages_per_user=_SETTINGS.messages,
        started_at="2026-02-06T10:00:00+00:00",
        started_at_ns=BEGAN_NS,
    )
    with TemporaryDirectory(prefix="soundcheck-bench-") as folder:
        writer = ShardWriter(shard_path(Path(folder), header.shard), header)
        with closing(Recorder(writer)) as recorder:
            yield recorder


def _listener(user: str, recorder: Recorder, authors: dict[str, str]) -> Callable[[bytes], object]:
    """What Playwright would call with each frame that this user's page receives."""
    page, socket = Emitter(), Emitter()
    observer = Observer(
        user=user,
        traffic=Traffic(),
        record=recorder.record,
        wire=WIRE,
        authors=authors,
        webinar=_SETTINGS.webinar,
        stale=frozenset(),
    )
    observer.attach(cast("Page", page))
    page.listeners["websocket"](socket)
    return socket.listeners["framereceived"]


class Emitter:
    """Stands for a page, or for its Realtime socket: keeps the listeners instead of calling."""

    url = f"wss://eventlive.test{REALTIME_PATH}"

    def __init__(self) -> None:
        self.listeners: dict[str, Callable[[Any], object]] = {}

    def on(self, event: str, listener: Callable[[Any], object]) -> None:
        """From now on the listener would be called."""
        self.listeners[event] = listener


def _frame(one: Message) -> bytes:
    """The binary broadcast of a message."""
    message = {
        "id": one.id_,
        "webinar_id": int(_SETTINGS.webinar),
        "user_id": _user_id(one.author),
        "author": f"참가자 {one.author + 1:04d}",
        "kind": "chat",
        "body": one.body,
        "client_id": str(UUID(int=one.id_)),
        "created_at": "2026-02-06T10:00:00.620177+00:00",
    }
    sent = UserBroadcast(event="message", payload=msgspec.json.encode(message))
    return encode_broadcast(f"realtime:webinar:{_SETTINGS.webinar}", sent)


def _user_id(index: int) -> str:
    return str(UUID(int=2**64 + index))
