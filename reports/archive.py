"""A whole run's history, put together from its shards.

Shards merge in any order. What is missing or does not belong is named in `damage`; nothing here
decides what that means for the run. A merged run has a folder for each of its parts, as their
runners left them, and is put together anew whenever it is read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, TypeVar, cast

from reports.clocks import ended_at_ns
from reports.history import (
    Channel,
    Clock,
    Counters,
    Due,
    Exchange,
    Fault,
    FillReceipts,
    FillSeat,
    Header,
    Health,
    Op,
    Part,
    Probe,
    Promise,
    Receipt,
    Rendered,
    Rendezvous,
    Roster,
    Row,
    Send,
    Served,
    Statement,
    Step,
    StepName,
    Undecodable,
)
from reports.hosts import offset_of
from reports.houses import Place
from reports.parts import merged_id, part_folders
from reports.shards import read_shard, shard_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from reports.shards import Shard

T = TypeVar("T", bound=Op)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All ops of a run by kind, in the order of their shards' names.

    `incomplete` names the shards with damage, and those that never came: their silence about
    something proves nothing. `run_id` is empty where no header could be read.

    `parts` are those of a merged run: everything here is theirs together. `name` is what such a
    part is called, the folder that it has, and `by_ns` what its clock was put forward by.
    """

    run_id: str
    headers: list[Header]
    steps: list[Step]
    dues: list[Due]
    sends: list[Send]
    exchanges: list[Exchange]
    served: list[Served]
    channels: list[Channel]
    receipts: list[Receipt]
    undecodables: list[Undecodable]
    rows: list[Row]
    probes: list[Probe]
    promises: list[Promise]
    rendezvous: list[Rendezvous]
    clocks: list[Clock]
    rosters: list[Roster]
    rendered: list[Rendered]
    faults: list[Fault]
    health: list[Health]
    counters: list[Counters]
    statements: list[Statement]
    fill_seats: list[FillSeat]
    fill_receipts: list[FillReceipts]
    incomplete: frozenset[str]
    damage: list[str]
    parts: tuple[History, ...] = ()
    name: str = ""
    by_ns: int = 0

    @property
    def is_one_house(self) -> bool:
        """It is a merged run whose runners met at a rendezvous."""
        return bool(self.parts) and _have_met(self.headers)

    @property
    def is_share(self) -> bool:
        """It is one part only of a house whose runners met: others spoke to its people as well."""
        is_all = self.part is not None and self.part.of == 1
        return not self.parts and not is_all and _have_met(self.headers)

    @property
    def houses(self) -> tuple[History, ...]:
        """The houses of a merged run whose runners did not meet: their people owe each other
        nothing, and their clocks know nothing of each other. Any other run is one house itself.
        """
        return () if self.is_one_house else self.parts

    def each_part(self) -> tuple[History, ...]:
        """The parts of a merged run; the one that any other run is."""
        return self.parts or (self,)

    def each_house(self) -> tuple[History, ...]:
        """The houses of a merged run; the one that any other run is."""
        return self.houses or (self,)

    @property
    def part(self) -> Part | None:
        """Which part of a run over several runners this is, as the first shard that knows says."""
        return next((header.part for header in self.headers if header.part), None)

    @property
    def target(self) -> str:
        """What tells apart the deployment that a house was on; empty for an embedded one."""
        return next((header.target for header in self.headers if header.target), "")

    def all_ops(self) -> Iterator[Op]:
        """Every op, kind by kind."""
        return chain(
            self.steps,
            self.dues,
            self.sends,
            self.exchanges,
            self.served,
            self.channels,
            self.receipts,
            self.undecodables,
            self.rows,
            self.probes,
            self.promises,
            self.rendezvous,
            self.clocks,
            self.rosters,
            self.rendered,
            self.faults,
            self.health,
            self.counters,
            self.statements,
            self.fill_seats,
            self.fill_receipts,
        )

    def users(self) -> list[str]:
        """Every user a header names, sorted."""
        return sorted({user for header in self.headers for user in header.users})

    def fill(self) -> list[str]:
        """Every seat without a browser that a header names, sorted."""
        return sorted({name for header in self.headers for name in header.fill})

    @property
    def fill_shards(self) -> frozenset[str]:
        """The shards of the processes that held seats without a browser."""
        return frozenset(header.shard for header in self.headers if header.is_fill)

    def browsers_health(self) -> list[Health]:
        """Samples of the workers with browsers. What holds the other seats gives way to them, and
        its lateness says nothing of theirs.
        """
        of_fill = self.fill_shards
        return [sample for sample in self.health if sample.shard not in of_fill]

    @property
    def unasked(self) -> frozenset[str]:
        """The checks for which the target had nothing to show."""
        return frozenset(name for header in self.headers for name in header.unasked)

    @property
    def absent(self) -> frozenset[str]:
        """The witnesses that were declared to be out of reach before the run."""
        return frozenset(name for header in self.headers for name in header.absent)

    def predates(self, version: int) -> bool:
        """All shards were written by a schema before `version`, which recorded less."""
        return all(header.schema < version for header in self.headers)

    @property
    def is_without_crowd(self) -> bool:
        """Only tests beside the crowd were asked for: no user is named, and that is no gap."""
        return bool(self.promises) and not self.users()

    def leaving_at_ns(self) -> dict[str, int]:
        """When each user who left began to act on it, the waiting before it being over."""
        leaving: dict[str, int] = {}
        for step in self.steps:
            if step.step is StepName.LEAVE:
                acts_from_ns = step.started_at_ns + step.waited_ns
                leaving[step.user] = min(acts_from_ns, leaving.get(step.user, acts_from_ns))
        return leaving

    def served_meanwhile(self) -> list[Served]:
        """What Supabase answered while the crowd was there, and not the tests after it.

        Houses on one hosted project are each told of all calls in their time; each counts once.
        """
        return list(_once(one for house in self.each_house() for one in house._served_meanwhile()))

    def _served_meanwhile(self) -> list[Served]:
        if not self.exchanges:
            return self.served
        over_ns = max(map(ended_at_ns, self.exchanges))
        return [one for one in self.served if one.started_at_ns <= over_ns]

    def unproven_users(self) -> frozenset[str]:
        """Users of whom evidence may be lost: what no op of theirs says may still have happened."""
        seen_whole = {
            user
            for header in self.headers
            if not header.is_house and header.shard not in self.incomplete
            for user in header.users
        }
        return frozenset(self.users()) - seen_whole


def _once(calls: Iterable[Served]) -> Iterator[Served]:
    seen: set[str] = set()
    for one in calls:
        if one.log_id not in seen:
            yield one
        if one.log_id:
            seen.add(one.log_id)


def read_history(run_dir: Path) -> History:
    """Everything that could be read of the shards in `run_dir`, and the damage done to the rest.

    Of a merged run, that of all its parts.
    """
    folders = part_folders(run_dir)
    if not folders:
        return _assembled(run_dir, *_read(run_dir))
    read = [_read(folder) for folder in folders]
    one_house = _have_met(shard.header for shards, _ in read for shard in shards if shard.header)
    first = read[0][0]
    parts: list[History] = []
    for folder, (shards, damage) in zip(folders, read, strict=True):
        by_ns = _between(shards, first if parts else shards)
        _settle(shards, folder.name, by_ns, one_house=one_house)
        part = _assembled(folder, shards, damage)
        parts.append(replace(part, name=folder.name, by_ns=by_ns))
    return _joined(merged_id(run_dir), parts)


def _read(run_dir: Path) -> tuple[list[Shard], list[str]]:
    """The shards in this folder, and what is wrong with them."""
    shards = [read_shard(path) for path in sorted(run_dir.glob(shard_path(run_dir, "*").name))]
    damage = [line for shard in shards for line in shard.damage]
    if not shards:
        damage.append(f"{run_dir}: expected shards history-*.jsonl, found none")
    return shards, damage


def _have_met(headers: Iterable[Header]) -> bool:
    """These are of runners that were one house."""
    houses = {header.part.house for header in headers if header.part}
    return len(houses) == 1 and "" not in houses


def _between(shards: Sequence[Shard], first: Sequence[Shard]) -> int:
    """What the clock of these shards is put forward by, to be where that of the first part is.

    As both were compared with the clock of their rendezvous; without that, both begin at once.
    """
    offset, of_first = (offset_of(_clocks(one)) for one in (shards, first))
    if offset and of_first:
        return offset.offset_ns - of_first.offset_ns
    return _began_ns(first) - _began_ns(shards)


def _clocks(shards: Iterable[Shard]) -> list[Clock]:
    return [op for shard in shards for op in shard.ops if isinstance(op, Clock)]


def _began_ns(shards: Iterable[Shard]) -> int:
    return min((shard.header.started_at_ns for shard in shards if shard.header), default=0)


def _settle(shards: list[Shard], folder: str, by_ns: int, *, one_house: bool) -> None:
    """These shards are those of a part of a merged run, whose clock is put forward."""
    headers = [shard.header for shard in shards if shard.header]
    place = Place(
        folder=folder,
        by_ns=by_ns,
        users=tuple(sorted({user for header in headers for user in header.users})),
        one_house=one_house,
    )
    for index, shard in enumerate(shards):
        place.move(shard.ops)
        header = shard.header and place.head(shard.header)
        shards[index] = replace(shard, header=header)


def _assembled(run_dir: Path, shards: list[Shard], damage: list[str]) -> History:
    run_id = _run_id(shards)
    own = [shard for shard in shards if shard.header and shard.header.run_id == run_id]
    damage += [
        f"{shard.path.name}:1: belongs to run {shard.header.run_id!r}, not to {run_id!r}"
        for shard in shards
        if shard.header and shard.header.run_id != run_id
    ]
    headers = [shard.header for shard in own if shard.header]
    absent = _absent(headers)
    damage += [f"{_file_of(run_dir, name)}: the shard never came" for name in absent]
    incomplete = {s.header.shard for s in own if s.header and not s.complete} | set(absent)
    ops = [shard.ops for shard in own]
    return assemble(run_id, headers, ops, frozenset(incomplete), damage)


def _file_of(run_dir: Path, shard: str) -> str:
    """The name of a shard's file, without the part that it has in a merged run."""
    return shard_path(run_dir, shard.rpartition("/")[2]).name


def _joined(run_id: str, parts: Sequence[History]) -> History:
    """A merged run of these parts; damage is told by folder."""
    whole = assemble(
        run_id,
        [header for part in parts for header in part.headers],
        [part.all_ops() for part in parts],
        frozenset[str]().union(*(part.incomplete for part in parts)),
        [f"{part.name}/{line}" for part in parts for line in part.damage],
    )
    return replace(whole, parts=tuple(parts))


def _run_id(shards: Iterable[Shard]) -> str:
    """The run most shards say they belong to; of several, the first by name."""
    votes = Counter(shard.header.run_id for shard in shards if shard.header)
    return min(votes, key=lambda run_id: (-votes[run_id], run_id), default="")


def _absent(headers: Iterable[Header]) -> list[str]:
    headers = list(headers)
    expected = {name for header in headers for name in header.shards}
    return sorted(expected - {header.shard for header in headers})


def assemble(
    run_id: str,
    headers: list[Header],
    shards: Iterable[Iterable[Op]],
    incomplete: frozenset[str],
    damage: list[str],
) -> History:
    """A history of these shards' ops, each among its kind."""
    by_kind: defaultdict[type[Op], list[Op]] = defaultdict(list)
    for ops in shards:
        for op in ops:
            by_kind[type(op)].append(op)

    def of(kind: type[T]) -> list[T]:
        return cast("list[T]", by_kind[kind])

    return History(
        run_id=run_id,
        headers=headers,
        steps=of(Step),
        dues=of(Due),
        sends=of(Send),
        exchanges=of(Exchange),
        served=of(Served),
        channels=of(Channel),
        receipts=of(Receipt),
        undecodables=of(Undecodable),
        rows=of(Row),
        probes=of(Probe),
        promises=of(Promise),
        rendezvous=of(Rendezvous),
        clocks=of(Clock),
        rosters=of(Roster),
        rendered=of(Rendered),
        faults=of(Fault),
        health=of(Health),
        counters=of(Counters),
        statements=of(Statement),
        fill_seats=of(FillSeat),
        fill_receipts=of(FillReceipts),
        incomplete=incomplete,
        damage=damage,
    )
