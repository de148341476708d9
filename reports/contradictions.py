"""What the shards of a run say against each other: about the run, its users, and what they did.

`shards` finds what contradicts itself within one file, `clocks` what no clock can have shown.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from reports.history import LOG_PROBE
from reports.naming import first_of
from reports.parts import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.archive import History
    from reports.history import Header

CARRIES_GATES = 2  # the version from which on the house says under which gates a run was made


def contradictions(history: History) -> Iterator[str]:
    """Each contradiction as one sentence; none where the shards are those of one sound run."""
    yield from _about_the_run(history)
    yield from _about_users(history)
    yield from _strangers(history)
    yield from _too_many_sends(history)


def torn(history: History) -> Iterator[str]:
    """Why the parts of a merged run are not all parts of one run, each as one sentence."""
    if not history.run_id:
        yield "the merged run does not say what it is called (merged.json)"
    yield from _about_parts(history)
    yield from _disagreements(history.headers)
    yield from _shared(history)
    yield from _untold(history)


def _about_parts(history: History) -> Iterator[str]:
    """Each part is there, once, and where it says that it is."""
    told = [(one.name, one.part) for one in history.parts]
    if strays := [name for name, part in told if part is None]:
        yield f"nobody knows which part of the run these are: {first_of(strays)}"
    parts = [part for _, part in told if part]
    if misplaced := [
        f"{name} ({part})"
        for name, part in told
        if part and (name != folder_of(part.number) or part.number > part.of)
    ]:
        yield f"parts that are not what their folders say: {first_of(misplaced)}"
    if len({(part.of, part.users, part.seed) for part in parts}) > 1:
        yield (
            "the parts disagree about their number, the users of the whole house or the seed: "
            f"{first_of(map(str, parts))}"
        )
    if len({part.house for part in parts}) > 1:
        yield f"the parts did not meet each other at one rendezvous: {first_of(map(str, parts))}"
    of = max((part.of for part in parts), default=0)
    counted = Counter(part.number for part in parts)
    if missing := [f"part {number}/{of}" for number in range(1, of + 1) if not counted[number]]:
        yield f"parts of the run that are missing: {first_of(missing)}"
    if twice := [str(part) for part in parts if counted[part.number] > 1]:
        yield f"parts that are there several times: {first_of(dict.fromkeys(twice))}"
    users = len(history.users())
    is_short = bool(parts) and not missing and users != parts[0].users
    if is_short and not history.is_without_crowd:
        yield f"the parts have {users:,} users in all, the whole house {parts[0].users:,}"


def _disagreements(headers: Sequence[Header]) -> Iterator[str]:
    """What every runner was to do in the same way."""
    houses = [header for header in headers if header.is_house]
    asked: dict[str, set[object]] = {
        "the webinar": {header.webinar for header in houses},
        "the number of messages": {header.messages_per_user for header in houses},
        "the version of the history": {header.schema for header in houses},
        "the gates": {tuple(sorted(header.gates.items())) for header in houses},
        "the target": {header.target for header in houses},
        "what the target shows": {(*one.unasked, *one.absent) for one in houses},
    }
    for what, said in asked.items():
        if len(said) > 1:
            yield f"the parts disagree about {what}"


def _shared(history: History) -> Iterator[str]:
    """What must be in one part only."""
    acting = Counter(user for part in history.parts for user in part.users())
    if several := sorted(user for user, n in acting.items() if n > 1):
        yield f"users whom several parts have: {first_of(several)}"
    asked = Counter(promise.name for promise in history.promises)
    if several := sorted(name for name, n in asked.items() if n > 1):
        yield f"tests that several parts ran: {first_of(several)}"


def _untold(history: History) -> Iterator[str]:
    """A hosted project's log tells each runner of its own time only."""
    crowds = [part for part in history.parts if not part.is_without_crowd]
    without = [one.name for one in crowds if not any(p.name == LOG_PROBE for p in one.probes)]
    if 0 < len(without) < len(crowds):
        yield (
            "the hosted project's log was asked by the other parts, so nobody knows what the "
            f"application's server was answered in the time of {first_of(without)}"
        )


def _about_the_run(history: History) -> Iterator[str]:
    headers = history.headers
    if headers and not history.run_id:
        yield "the shards do not say which run they belong to"
    if len({(header.webinar, header.messages_per_user) for header in headers}) > 1:
        yield "the shards disagree about the webinar or the number of messages"
    if len({header.schema for header in headers}) > 1:
        yield "the shards disagree about the version of the history"
    if unplanned := _unplanned(headers):
        yield f"shards that the run did not plan: {first_of(unplanned)}"
    houses = [one for one in headers if one.is_house]
    if any(one.schema >= CARRIES_GATES and not one.gates for one in houses):
        yield "the run has no gates: nothing bounds its figures"
    if usurpers := [one.shard for one in headers if one.gates and not one.is_house]:
        yield f"the gates of a run stand in the house's shard, and not in {first_of(usurpers)}"


def _unplanned(headers: Sequence[Header]) -> list[str]:
    planned = {name for header in headers for name in header.shards}
    acting = {header.shard for header in headers if not header.is_house}
    return sorted(acting - planned) if planned else []


def _about_users(history: History) -> Iterator[str]:
    """Every user acts in exactly one shard, and the house knows them all."""
    acting = Counter(
        user for header in history.headers if not header.is_house for user in header.users
    )
    if several := sorted(user for user, n in acting.items() if n > 1):
        yield f"users whom several shards have, or one has twice: {first_of(several)}"
    houses = [header for header in history.headers if header.is_house]
    if not houses:
        return
    known = {user for house in houses for user in house.users}
    if unknown := sorted(acting.keys() - known):
        yield f"users whom the house does not know: {first_of(unknown)}"
    # Those of a shard that never came are accounted for as such.
    has_all_come = history.incomplete <= {header.shard for header in history.headers}
    if has_all_come and (idle := sorted(known - acting.keys())):
        yield f"users who act in no shard: {first_of(idle)}"


def _strangers(history: History) -> Iterator[str]:
    """Recorders name users of the run only; everybody else is nobody's business."""
    named = set(
        chain(
            (step.user for step in history.steps),
            (send.user for send in history.sends),
            (exchange.user for exchange in history.exchanges),
            (channel.user for channel in history.channels),
            (receipt.user for receipt in history.receipts),
            (row.author for row in history.rows),
            _authors(history),
        )
    )
    if strangers := sorted(named.difference(history.users())):
        yield f"ops of users whom no header names: {first_of(strangers)}"


def _authors(history: History) -> Iterator[str]:
    """Of people outside the run a receipt says no name; those of a house's other parts stand in
    their headers.
    """
    if not history.is_share:
        yield from (receipt.author for receipt in history.receipts if receipt.author)


def _too_many_sends(history: History) -> Iterator[str]:
    """A user's sends are numbered from 0, the greeting, to the number of messages."""
    most = max((header.messages_per_user for header in history.headers), default=0)
    beyond = sorted(f"{one.user}#{one.number}" for one in history.sends if one.number > most)
    if beyond:
        yield f"sends beyond the {most:,} after the greeting of each user: {first_of(beyond)}"
