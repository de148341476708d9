"""Stories tell what the history knows, at its time; nothing a target says can shape them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from reports.archive import assemble
from reports.history import (
    Channel,
    ChannelState,
    Exchange,
    Fault,
    Op,
    Outcome,
    Receipt,
    Rendered,
    StepName,
    Undecodable,
    Via,
)
from reports.ledger import build_ledger
from reports.story import (
    KIND_MAX,
    NotInRunError,
    last_exchanges_of,
    story_of_message,
    story_of_user,
)
from tests.reports.histories import (
    accepted,
    header,
    healthy,
    heard,
    history_of,
    ignored,
    ns,
    refused,
    row,
    step,
    stored,
    unanswered,
    unread,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HOSTILE = "[red]<script>|@everyone\nFAKE \x00\x1b[2J\u202e"
HARMLESS = "[red]<script>|@everyone FAKE [2J"
MANY = tuple(f"u{number:02}" for number in range(30))


def user_story(ops: Iterable[Op], name: str) -> list[str]:
    history = history_of(ops)
    return story_of_user(history, build_ledger(history), name)


def message_story(
    ops: Iterable[Op],
    message: str,
    users: Sequence[str] = ("ada", "ben", "cho"),
    *,
    show_all: bool = False,
) -> list[str]:
    history = history_of(ops, users)
    return story_of_message(history, build_ledger(history), message, show_all=show_all)


def words(lines: Iterable[str]) -> list[str]:
    """The lines without their alignment."""
    return [" ".join(line.split()) for line in lines]


def failed_exchange(at_s: float, status: int | None = 409, *, user: str = "ada") -> Exchange:
    return Exchange(
        user=user,
        method="POST",
        route="/api/track",
        status=status,
        started_at_ns=ns(at_s),
        duration_ms=12.34,
        code="23505",
    )


def test_a_users_story_is_her_journey_in_time() -> None:
    assert words(user_story(healthy(), "ada")) == [
        "ada reached: received",
        "seconds after the start of run run-1",
        "",
        "0.000 s step sign_in ok, took 4.000 s",
        "4.000 s step seat ok, took 6.000 s, 5.000 s of it waiting",
        "5.000 s channel asked realtime:webinar:149402, user token",
        "19.000 s step greet ok, took 1.050 s",
        "20.000 s send #0 stored message 100: clicked; requested 10.0 ms after the click; "
        "accepted 201, 40.0 ms after the request; seen back by frame 90.0 ms after the request",
        "29.000 s step chat ok, took 1.050 s",
        "30.000 s send #1 stored message 103: clicked; requested 10.0 ms after the click; "
        "accepted 201, 40.0 ms after the request; seen back by frame 90.0 ms after the request",
        "61.000 s step leave ok, took 1.000 s",
        "",
        "receipts: 6 (by frame 6, by poll 0); owed messages received: 6 of 6",
        "longest silence between receipts: 10.000 s, from 20.100 s to 30.100 s",
    ]


def test_the_columns_of_a_story_are_aligned() -> None:
    timed = [line for line in user_story(healthy(), "ada")[3:] if " s  " in line]

    assert len({line.index(" s  ") for line in timed}) == 1
    texts = [re.match(r" *\S+ s  \w+ +#?\w+(?: stored)? +", line) for line in timed]
    assert len({text.end() for text in texts if text}) == 1


def test_a_users_story_tells_what_went_wrong_around_her() -> None:
    happened = [
        Channel(user="ada", topic="room", state=ChannelState.CLOSED, at_ns=ns(40), detail="bye"),
        failed_exchange(41),
        failed_exchange(42, status=None),
        failed_exchange(43, status=200),
        Undecodable(user="ada", at_ns=ns(44), detail="kind 9"),
        Fault(name="offline", injected_at_ns=ns(45), healed_at_ns=ns(46), users=["ada"]),
        Fault(name="for all", injected_at_ns=ns(47)),
    ]

    told = words(user_story([*healthy(), *happened], "ada"))

    assert [line for line in told if line not in words(user_story(healthy(), "ada"))] == [
        "40.000 s channel closed room, bye",
        "41.000 s exchange 409 POST /api/track, 23505, took 12.3 ms",
        "42.000 s exchange no answer POST /api/track, 23505, took 12.3 ms",
        "44.000 s frame undecodable kind 9",
        "45.000 s fault injected offline",
        "46.000 s fault healed offline",
        "47.000 s fault injected for all",
    ]


def test_what_hit_another_user_is_not_in_the_story() -> None:
    others = [
        failed_exchange(41, user="ben"),
        Channel(user="ben", topic="room", state=ChannelState.CLOSED, at_ns=ns(40)),
        Fault(name="offline", injected_at_ns=ns(45), users=["ben"]),
    ]

    assert user_story([*healthy(), *others], "ada") == user_story(healthy(), "ada")


def test_a_users_story_names_the_messages_that_never_came() -> None:
    told = user_story(without(healthy(), heard("cho", "ada", 0, "100")), "cho")

    assert told[0] == "cho  reached: sent  messages owed and not received: 1"
    assert "owed messages received: 5 of 6" in told[-3]
    assert told[-2] == "never came: ada#0 (message 100)"


def test_what_a_damaged_shard_does_not_say_is_no_loss() -> None:
    ops = without(healthy(), heard("cho", "ada", 0, "100"))
    history = assemble("run-1", [header()], [ops], frozenset({"shard00"}), [])
    ledger = build_ledger(history)

    assert "nobody knows, her shard is damaged: ada#0 (message 100)" in story_of_user(
        history, ledger, "cho"
    )
    told = words(story_of_message(history, ledger, "100"))
    assert "deliveries: owed 3, received 2, unknown, shard damaged 1" in told
    assert "unknown cho" in told


def test_deliveries_that_are_lost_come_before_those_that_nobody_knows_of() -> None:
    ops = without(healthy(), heard("ben", "ada", 0, "100"), heard("cho", "ada", 0, "100"))
    headers = [header(["ben"], "shard00"), header(["ada", "cho"], "shard01")]
    history = assemble("run-1", headers, [ops], frozenset({"shard00"}), [])

    told = words(story_of_message(history, build_ledger(history), "100"))

    assert told[-3:-1] == ["never came cho", "unknown ben"]


def test_a_storm_of_failures_is_counted_and_not_listed() -> None:
    storm = [failed_exchange(40 + number / 1000) for number in range(KIND_MAX + 7)]

    told = user_story([*healthy(), *storm], "ada")

    assert sum("exchange" in line and "409" in line for line in told) == KIND_MAX
    assert "and 7 more of: exchange" in told


def test_an_unknown_user_is_refused_with_those_there_are() -> None:
    history = history_of(healthy(MANY), MANY)

    with pytest.raises(NotInRunError, match=r"no user 'eve'; .* u00, .* u04 and 25 more$"):
        story_of_user(history, build_ledger(history), "eve")


def test_the_last_exchanges_are_those_of_one_user_in_time() -> None:
    asked = [failed_exchange(at_s) for at_s in (3, 1, 2)]
    history = history_of([*asked, failed_exchange(4, user="ben")])

    last = last_exchanges_of(history, "ada", 2)

    assert words(last) == [
        "2.000 s 409 POST /api/track, 23505, took 12.3 ms",
        "3.000 s 409 POST /api/track, 23505, took 12.3 ms",
    ]
    assert last_exchanges_of(history, "cho", 2) == []


def test_a_messages_story_is_its_stages_and_its_recipients() -> None:
    late = heard("cho", "ada", 0, "100", after_s=1.5, via=Via.POLL)
    ops = [*without(healthy(), heard("cho", "ada", 0, "100")), late]

    assert words(message_story(ops, "100")) == [
        "ada#0 (message 100): stored",
        "seconds after the start of run run-1",
        "",
        "20.000 s clicked",
        "20.010 s requested 10.0 ms after the click",
        "20.050 s accepted 201, 40.0 ms after the request",
        "stored the final read found its row",
        "",
        "deliveries: owed 3, received 3",
        "+90.0 ms 20.100 s frame ada the author",
        "+90.0 ms 20.100 s frame ben",
        "+1,490.0 ms 21.500 s poll cho",
    ]


def test_a_message_is_also_found_by_author_and_number() -> None:
    assert message_story(healthy(), "ada#0") == message_story(healthy(), "100")


def test_who_never_got_a_message_comes_before_those_who_did() -> None:
    ops = without(healthy(), heard("ada", "ben", 1, "104"), heard("cho", "ben", 1, "104"))

    told = words(message_story(ops, "104"))

    assert told[-4:-1] == [
        "deliveries: owed 3, received 1, never came 2",
        "never came ada",
        "never came cho",
    ]


@pytest.mark.parametrize(
    ("ops", "told"),
    [
        ([ignored("ada", 0)], ["clicked", "no request"]),
        ([refused("ada", 0, 429, "slow_down")], ["clicked", "requested", "refused 429 slow_down"]),
        ([unanswered("ada", 0)], ["clicked", "requested", "no answer"]),
        (stored([accepted("ada", 0, "100")]), ["clicked", "requested", "accepted", "not stored"]),
        (unread([accepted("ada", 0, "100")]), ["clicked", "requested", "accepted", "stored?"]),
        (
            stored([unanswered("ada", 0)], row("ada", 0, "100")),
            ["clicked", "requested", "no answer", "stored"],
        ),
    ],
)
def test_a_message_is_told_as_far_as_it_came(ops: list[Op], told: list[str]) -> None:
    lines = message_story(ops, "ada#0")[3:]

    stages = [line.lstrip(" 0123456789.-").removeprefix("s  ") for line in lines[: lines.index("")]]
    assert len(stages) == len(told)
    assert all(" ".join(s.split()).startswith(t) for s, t in zip(stages, told, strict=True)), stages


def test_oddities_stand_beside_the_recipient() -> None:
    again = heard("ben", "ada", 0, "100", after_s=0.2)
    on_screen = Rendered(user="ben", message_ids=["100"], at_ns=ns(20.21))
    late_seat = step("cho", StepName.SEAT, 20.005, 20.02)

    ops = [op for op in healthy() if op != step("cho", StepName.SEAT, 4, 10, waited_s=5)]
    told = words(message_story([*ops, late_seat, again, on_screen], "100"))

    remarks = "2 frames, seen on the screen 200.0 ms after the request"
    assert f"+90.0 ms 20.100 s frame ben {remarks}" in told
    assert "+90.0 ms 20.100 s frame cho not owed" in told
    assert "deliveries: owed 2, received 2, received, not owed 1" in told


def test_only_the_fastest_and_the_slowest_are_shown_unless_all_are_asked_for() -> None:
    ops = [
        heard(op.user, "u00", 0, "100", after_s=4 - int(op.user[1:]) / 10)
        if isinstance(op, Receipt) and op.message_id == "100"
        else op
        for op in healthy(MANY)
    ]

    short, whole = (
        words(message_story(ops, "100", MANY, show_all=show_all))[9:] for show_all in (False, True)
    )

    assert [line.split()[5] for line in short if "frame" in line] == [*MANY[:-6:-1], *MANY[4::-1]]
    assert short[5] == "... 20 more, --all shows them"
    assert [line.split()[5] for line in whole] == [*reversed(MANY)]


def test_a_wall_of_missing_deliveries_is_cut_unless_all_are_asked_for() -> None:
    lost = [heard(user, "u00", 0, "100") for user in MANY]
    ops = without(healthy(MANY), *lost)

    short, whole = (
        message_story(ops, "100", MANY, show_all=show_all) for show_all in (False, True)
    )

    assert sum("never came  u" in line for line in short) == 20
    assert "  ... 10 more, --all shows them" in short
    assert sum("never came  u" in line for line in whole) == 30


def test_every_try_of_one_number_is_told() -> None:
    tries = [refused("ada", 2, 429, "slow_down"), accepted("ada", 2, "200")]

    told = message_story([*healthy(), *tries], "ada#2")

    assert [line for line in told if line.startswith("ada#2")] == [
        "ada#2: throttled by the platform",
        "ada#2 (message 200): accepted but not stored",
    ]


def test_a_phantom_has_recipients_and_no_stages() -> None:
    told = words(message_story([*healthy(), heard("ben", "ada", 0, "999")], "999"))

    assert told == [
        "message 999: a phantom, received and never sent",
        "seconds after the start of run run-1",
        "",
        "20.100 s frame ben in the name of ada",
    ]


def test_an_unknown_message_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotInRunError, match=r"no message 'x y'; there are ada#0, ada#1, .* 1 more"):
        message_story(healthy(), "x\ny")


def test_a_run_without_messages_says_so() -> None:
    with pytest.raises(NotInRunError, match="there is no message in it"):
        message_story([], "100")


def test_what_a_target_says_stays_on_its_line() -> None:
    failure = step("ada", StepName.LEAVE, 63, 64, outcome=Outcome.FAIL, detail=HOSTILE)
    said = Channel(user="ada", topic=HOSTILE, state=ChannelState.ERRORED, at_ns=ns(40))

    told = user_story([*healthy(), failure, said], "ada")

    assert all(line.isprintable() for line in told)
    assert sum(HARMLESS in line for line in told) == 3


def test_a_hostile_user_name_stays_on_its_line() -> None:
    users = (HOSTILE, "ben")
    history = history_of(healthy(users), users)
    ledger = build_ledger(history)

    told = story_of_user(history, ledger, HOSTILE) + story_of_message(history, ledger, "100")

    assert all(line.isprintable() for line in told)
    assert told[0].startswith(HARMLESS)
