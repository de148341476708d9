"""A whole run's history, put together from its shards.

Shards merge in any order. What is missing or does not belong is named in `damage`; nothing here
decides what that means for the run.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from reports.clocks import ended_at_ns
from reports.history import (
    HOUSE,
    Channel,
    Counters,
    Exchange,
    Fault,
    Header,
    Health,
    Op,
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
from reports.shards import read_shard, shard_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from reports.shards import Shard

T = TypeVar("T", bound=Op)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All ops of a run by kind, in the order of their shards' names.

    `incomplete` names the shards with damage, and those that never came: their silence about
    something proves nothing. `run_id` is empty where no header could be read.
    """

    run_id: str
    headers: list[Header]
    steps: list[Step]
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
    rosters: list[Roster]
    rendered: list[Rendered]
    faults: list[Fault]
    health: list[Health]
    counters: list[Counters]
    statements: list[Statement]
    incomplete: frozenset[str]
    damage: list[str]

    def users(self) -> list[str]:
        """Every user a header names, sorted."""
        return sorted({user for header in self.headers for user in header.users})

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
        """What Supabase answered while the crowd was there, and not the tests after it."""
        if not self.exchanges:
            return self.served
        over_ns = max(map(ended_at_ns, self.exchanges))
        return [one for one in self.served if one.started_at_ns <= over_ns]

    def unproven_users(self) -> frozenset[str]:
        """Users of whom evidence may be lost: what no op of theirs says may still have happened."""
        seen_whole = {
            user
            for header in self.headers
            if header.shard != HOUSE and header.shard not in self.incomplete
            for user in header.users
        }
        return frozenset(self.users()) - seen_whole


def read_history(run_dir: Path) -> History:
    """Everything that could be read of the shards in `run_dir`, and the damage done to the rest."""
    shards = [read_shard(path) for path in sorted(run_dir.glob(shard_path(run_dir, "*").name))]
    damage = [line for shard in shards for line in shard.damage]
    if not shards:
        damage.append(f"{run_dir}: expected shards history-*.jsonl, found none")
    run_id = _run_id(shards)
    own = [shard for shard in shards if shard.header and shard.header.run_id == run_id]
    damage += [
        f"{shard.path.name}:1: belongs to run {shard.header.run_id!r}, not to {run_id!r}"
        for shard in shards
        if shard.header and shard.header.run_id != run_id
    ]
    headers = [shard.header for shard in own if shard.header]
    absent = _absent(headers)
    damage += [f"{shard_path(run_dir, name).name}: the shard never came" for name in absent]
    incomplete = {s.header.shard for s in own if s.header and not s.complete} | set(absent)
    ops = [shard.ops for shard in own]
    return assemble(run_id, headers, ops, frozenset(incomplete), damage)


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
        rosters=of(Roster),
        rendered=of(Rendered),
        faults=of(Fault),
        health=of(Health),
        counters=of(Counters),
        statements=of(Statement),
        incomplete=incomplete,
        damage=damage,
    )
