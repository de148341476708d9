"""Whatever was done to a run's files, judging it ends in a named error or in INVALID.

Each harm is done to the files of a healthy run, as a crash, a copy or a hand would do it. Whoever
edits one line keeps the footer's count right: what then is wrong has to show in what is said.
"""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import tzset
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import __main__ as command
from reports import commands
from reports.archive import assemble
from reports.checks import judge_checks
from reports.findings import findings_of
from reports.history import (
    HOUSE,
    Channel,
    ChannelState,
    Counters,
    Exchange,
    Health,
    Outcome,
    Receipt,
    Rendered,
    Rendezvous,
    Statement,
    Via,
)
from reports.judging import judge
from reports.shards import shard_path
from reports.summary import Summary, Word, summarise
from tests.reports.histories import (
    USERS,
    at_ease,
    header,
    healthy,
    history_of,
    ns,
    write_shard,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from reports.history import Op

    Harm = Callable[[Path], object]

SHARDS = ("shard00", "shard01")
EVERY_SHARD = (*SHARDS, HOUSE)
GATES = {
    "users.received.rate": ">= 1.0",
    "delivery.latency_ms.p95": "<= 5000",
    "registrations.status_400.count": "== 0",
}
NS_PER_YEAR = 365 * 24 * 3600 * 10**9
HUGE = "1" + "0" * 4000
DEEP = "[" * 100_000 + "]" * 100_000


def whole_run(folder: Path, users: Sequence[str] = USERS) -> Path:
    """A healthy run with ops of every kind: the last user is alone in her shard."""
    ops = [*healthy(users), *(op for user in users for op in browsing(user))]
    for shard, own in zip(SHARDS, (users[:-1], users[-1:]), strict=True):
        met = Rendezvous(shard=shard, name="seated", arrived_at_ns=ns(6), left_at_ns=ns(10))
        head = msgspec.structs.replace(header(own, shard), shards=list(SHARDS))
        acts = [op for op in ops if getattr(op, "user", None) in own]
        write_shard(folder, head, [*acts, met, at_ease(shard)])
    head = msgspec.structs.replace(
        header(users, HOUSE),
        shards=list(SHARDS),
        gates=GATES,
        started_at="2026-02-07T00:01:03Z",
        started_at_ns=ns(63),
    )
    rest = [op for op in ops if not (hasattr(op, "user") or isinstance(op, Health))]
    write_shard(folder, head, [*counted(), *rest])
    return folder


def browsing(user: str) -> Iterator[Op]:
    """What one user's page does besides talking."""
    for at_s, route in ((1, "/auth/v1/token"), (40, "/api/webinars/{id}/messages")):
        yield Exchange(
            user=user, method="GET", route=route, status=200, started_at_ns=ns(at_s), duration_ms=9
        )
    yield Channel(user=user, topic="socket", state=ChannelState.OPENED, at_ns=ns(4))
    yield Channel(user=user, topic="realtime:x", state=ChannelState.READY, at_ns=ns(6))
    # Somebody outside the run said something.
    yield Receipt(
        user=user, message_id="7", via=Via.POLL, at_ns=ns(40), author="", digest="digest-7"
    )
    yield Rendered(user=user, at_ns=ns(55), message_ids=["105"])


def counted() -> Iterator[Op]:
    """The database's counters before and after."""
    for phase, at_s in (("start", -5), ("end", 63)):
        yield Counters(
            phase=phase, outcome=Outcome.OK, at_ns=ns(at_s), commits=9, connections={"rest": 1}
        )
        yield Statement(phase=phase, query="select", table="x", calls=9, total_ms=1.5, rows=9)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The healthy run that is harmed, `run-1` beside a sound `run-2`."""
    monkeypatch.setattr(commands, "RUNS", tmp_path)
    whole_run(tmp_path / "run-2")
    return whole_run(tmp_path / "run-1")


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The judge's own clock is nine hours ahead of UTC."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "KST-9")
        tzset()
        yield
    tzset()


def rewritten(shard: str, change: Callable[[bytes], bytes], run: Path) -> None:
    path = shard_path(run, shard)
    path.write_bytes(change(path.read_bytes()))


def replaced(shard: str, old: bytes, new: bytes) -> Harm:
    """The first `old` in the shard's file is `new`; a line end everywhere."""
    count = -1 if old == b"\n" else 1
    return partial(rewritten, shard, lambda text: text.replace(old, new, count))


def edited(shard: str, kind: str, place: int = 0, /, **members: str) -> Harm:
    """Members of one op of this kind have other values, given as JSON."""

    def change(text: bytes) -> bytes:
        lines = text.decode().splitlines()
        number = _lines_of(kind, lines)[place]
        op = {name: json.dumps(value) for name, value in json.loads(lines[number]).items()}
        parts = (f'"{name}":{value}' for name, value in (op | members).items())
        lines[number] = "{" + ",".join(parts) + "}"
        return _text(lines)

    return partial(rewritten, shard, change)


def dropped(shard: str, kind: str, place: int = 0) -> Harm:
    """One op of this kind is gone, and the footer counts one less."""

    def change(text: bytes) -> bytes:
        lines = text.decode().splitlines()
        del lines[_lines_of(kind, lines)[place]]
        return _text([*lines[:-1], json.dumps({"op": "footer", "ops": len(lines) - 2})])

    return partial(rewritten, shard, change)


def _lines_of(kind: str, lines: Sequence[str]) -> list[int]:
    return [number for number, line in enumerate(lines) if json.loads(line)["op"] == kind]


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def headers(**members: str) -> Harm:
    """The same in the headers of all shards."""
    return all_of(*(edited(shard, "header", **members) for shard in EVERY_SHARD))


def all_of(*harms: Harm) -> Harm:
    def harm(run: Path) -> None:
        for one in harms:
            one(run)

    return harm


def sealed(run: Path) -> None:
    """The footers fit the lines before them, as if these had been written so."""
    for path in run.glob("history-*.jsonl"):
        *lines, footer = path.read_bytes().splitlines(keepends=True)
        digest = blake2b(b"".join(lines), digest_size=16).hexdigest()
        resealed = json.dumps({**json.loads(footer), "digest": digest}) + "\n"
        path.write_bytes(b"".join(lines) + resealed.encode())


def gone(shard: str) -> Harm:
    return lambda run: shard_path(run, shard).unlink()


def copied(shard: str, name: str) -> Harm:
    return lambda run: shutil.copy(shard_path(run, shard), shard_path(run, name))


def linked(name: str, target: str) -> Harm:
    return lambda run: (run / name).symlink_to(target)


def without_sends(run: Path) -> None:
    """Everybody came, and nobody said a word."""
    for shard in SHARDS:
        for kind in ("send", "receipt"):
            while f'"op":"{kind}"' in shard_path(run, shard).read_text():
                dropped(shard, kind)(run)


CUT = [
    pytest.param(replaced("shard00", b'{"op":"footer"', b""), "not an op", id="half a footer"),
    pytest.param(
        partial(rewritten, "shard00", lambda text: text[: text.rindex(b'{"op":"footer"')]),
        "no footer: the shard is truncated",
        id="no footer",
    ),
    pytest.param(partial(rewritten, "shard00", lambda _: b""), "expected a header", id="empty"),
    pytest.param(partial(rewritten, HOUSE, lambda _: b""), "was never read", id="empty house"),
    pytest.param(gone("shard01"), "history-shard01.jsonl: the shard never came", id="gone"),
    pytest.param(gone(HOUSE), "the messages table was never read", id="house gone"),
    pytest.param(all_of(*map(gone, SHARDS)), "the shard never came", id="only the house"),
    pytest.param(without_sends, "nothing was sent", id="nothing sent"),
]

GARBLED = [
    pytest.param(replaced("shard00", b"{", b"\xef\xbb\xbf{"), "malformed", id="byte order mark"),
    pytest.param(replaced("shard00", b"\n", b"\r"), "expected a header", id="carriage returns"),
    pytest.param(
        partial(rewritten, "shard00", lambda text: text.decode().encode("utf-16")),
        "expected a header",
        id="UTF-16",
    ),
    pytest.param(replaced("shard00", b'"ada","s', b'"a\xff","s'), "can't decode", id="no UTF-8"),
    pytest.param(replaced("shard00", b'"ada","s', b'"a\xed\xa0\x80","s'), "decode", id="surrogate"),
    pytest.param(
        edited("shard00", "step", detail='"\\ud800"'), "not an op", id="escaped surrogate"
    ),
    pytest.param(replaced("shard00", b'"ada","s', b'"\x00a","s'), "malformed", id="NUL"),
    pytest.param(
        partial(rewritten, "shard00", lambda text: text + b"\0" * 4096), "is cut", id="NUL tail"
    ),
    pytest.param(edited("shard00", "step", user='"ada\\u0000"'), "no header names", id="NUL name"),
    pytest.param(edited("shard00", "step", x=DEEP), "recursion", id="deep"),
    pytest.param(edited("shard00", "header", x=DEEP), "recursion", id="deep header"),
    pytest.param(edited("shard00", "step", op='"dance"'), "'dance'", id="unknown kind"),
    pytest.param(edited("shard00", "step", step='"dance"'), "'dance'", id="unknown step"),
    pytest.param(edited("shard00", "receipt", via='"dove"'), "'dove'", id="unknown way"),
    pytest.param(edited("shard00", "channel", state='"shy"'), "'shy'", id="unknown state"),
    pytest.param(
        replaced("shard00", b'"op":"step"', b'"op":"step","op":"send"'), "$.op", id="two kinds"
    ),
    pytest.param(
        replaced("shard00", b'"ada","s', b'"ada","user":"eve","s'),
        "ops of users whom no header names: eve",
        id="two users",
    ),
]

NO_FIGURES = [
    pytest.param(edited(shard, kind, **{member: value}), "not an op (", id=f"{member} {value[:9]}")
    for shard, kind, member, values in (
        ("shard00", "exchange", "duration_ms", ("NaN", "1e999", "-1e999", HUGE, "null", '"NaN"')),
        ("shard00", "health", "lag_ms", ("NaN", "Infinity")),
        (HOUSE, "statement", "total_ms", ("NaN",)),
        ("shard00", "receipt", "at_ns", ("-1", "0.5", "1e3", str(2**63), HUGE, "true")),
        ("shard00", "step", "waited_ns", ("-1", str(2**63))),
    )
    for value in values
] + [
    pytest.param(edited(shard, kind, **{member: value}), reason, id=f"{member} {value[:9]}")
    for shard, kind, member, values, reason in (
        ("shard00", "exchange", "duration_ms", ("-1", "1e308"), "not an op ("),
        ("shard00", "exchange", "status", ("-1",), "not an op ("),
        ("shard00", "health", "lag_ms", ("-0.001", "1e308"), "not an op ("),
        ("shard00", "health", "cpu", ("-1",), "not an op ("),
        ("shard00", "send", "number", ("-1", HUGE), "not an op ("),
        ("shard00", "footer", "ops", ("-3",), "no footer"),
        (HOUSE, "probe", "rows", ("-6", HUGE), "not an op ("),
        (HOUSE, "counters", "commits", ("-1",), "not an op ("),
        (HOUSE, "counters", "connections", ('{"rest":-1}',), "not an op ("),
        (HOUSE, "statement", "calls", (HUGE,), "not an op ("),
        (HOUSE, "header", "messages_per_user", ("-1", HUGE), "expected a header"),
    )
    for value in values
]

ANOTHER_COUNT = [
    pytest.param(edited("shard00", "footer", ops="3"), "the footer counts 3", id="footer"),
    pytest.param(edited(HOUSE, "probe", rows="7"), "had 7 rows, the history has 6", id="rows"),
    pytest.param(dropped(HOUSE, "row"), "had 6 rows, the history has 5", id="row dropped"),
    pytest.param(dropped(HOUSE, "probe"), "was never read", id="probe dropped"),
    pytest.param(
        edited(HOUSE, "probe", outcome='"fail"', detail='"gone\\naway"'),
        "the probe 'messages' failed: gone away",
        id="probe failed",
    ),
    pytest.param(dropped("shard00", "step"), "evidence lost of 1 of 3 users", id="step dropped"),
    pytest.param(dropped("shard00", "send"), "evidence lost of 1 of 3 users", id="send dropped"),
    pytest.param(dropped("shard01", "health"), "nobody watched", id="health dropped"),
    pytest.param(headers(messages_per_user="2"), "evidence lost of 3", id="more was expected"),
    pytest.param(
        headers(messages_per_user="0"), "sends beyond the 0 after the greeting", id="less was"
    ),
    pytest.param(
        edited("shard00", "header", messages_per_user="2"),
        "disagree about the webinar or the number of messages",
        id="one expects more",
    ),
]

MIXED = [
    pytest.param(
        edited("shard01", "header", run_id='"run-0"'),
        "history-shard01.jsonl:1: belongs to run 'run-0', not to 'run-1'",
        id="two runs",
    ),
    pytest.param(
        all_of(edited("shard01", "header", run_id='"run-0"'), gone(HOUSE)),
        "history-shard00.jsonl:1: belongs to run 'run-1', not to 'run-0'",
        id="two runs of one size",
    ),
    pytest.param(headers(run_id='""'), "do not say which run they belong to", id="no run id"),
    pytest.param(copied("shard00", "shard02"), "says that it is the shard 'shard00'", id="copy"),
    pytest.param(
        all_of(copied("shard00", "shard02"), edited("shard02", "header", shard='"shard02"')),
        "shards that the run did not plan: shard02",
        id="renamed copy",
    ),
    pytest.param(
        all_of(copied(HOUSE, "house2"), edited("house2", "header", shard='"house2"')),
        "shards that the run did not plan: house2",
        id="two houses",
    ),
    pytest.param(
        edited("shard00", "header", schema="1"), "the version of the history", id="two versions"
    ),
    pytest.param(headers(schema="9"), "schema version 9", id="a version to come"),
    pytest.param(
        edited("shard00", "header", webinar='"7"'), "disagree about the webinar", id="two webinars"
    ),
    pytest.param(
        edited("shard00", "header", gates='{"users.received.rate":">= 0"}'),
        "stand in the house's shard, and not in shard00",
        id="gates of a worker's own",
    ),
    pytest.param(edited(HOUSE, "header", gates="{}"), "the run has no gates", id="no gates"),
]

OTHER_USERS = [
    pytest.param(
        edited("shard01", "header", users="[]"), "users who act in no shard: cho", id="not there"
    ),
    pytest.param(
        edited(HOUSE, "header", users='["ada","ben"]'),
        "users whom the house does not know: cho",
        id="unknown to the house",
    ),
    pytest.param(
        all_of(
            edited("shard01", "header", users="[]"),
            edited(HOUSE, "header", users='["ada","ben"]'),
        ),
        "ops of users whom no header names: cho",
        id="removed from all headers",
    ),
    pytest.param(
        all_of(headers(shards="[]"), gone("shard01")),
        "users who act in no shard: cho",
        id="gone with her shard",
    ),
    pytest.param(
        edited("shard01", "header", users='["cho","ada"]'),
        "users whom several shards have, or one has twice: ada",
        id="in two shards",
    ),
    pytest.param(
        edited("shard01", "header", users='["cho","cho"]'), "or one has twice: cho", id="twice"
    ),
    pytest.param(
        edited(HOUSE, "header", users='["ada","ben","cho","e\\nve"]'),
        "users who act in no shard: e ve",
        id="one more",
    ),
    pytest.param(headers(users="[]"), "no user is named in the history", id="nobody"),
    pytest.param(edited("shard00", "exchange", user='"eve"'), "names: eve", id="request"),
    pytest.param(edited("shard00", "channel", user='"eve"'), "names: eve", id="channel"),
    pytest.param(edited("shard00", "send", user='"eve"'), "names: eve", id="send"),
    pytest.param(edited("shard00", "receipt", user='"eve"'), "names: eve", id="receipt"),
    pytest.param(edited("shard00", "receipt", author='"eve"'), "names: eve", id="author"),
    pytest.param(edited(HOUSE, "row", author='"eve"'), "names: eve", id="row"),
]

IN_TEN_YEARS = str(ns(0) + 10 * NS_PER_YEAR)
NO_TIMES = [
    pytest.param(
        edited("shard00", "receipt", at_ns=str(ns(19.9))),
        "1 deliveries came before their author had clicked: ada#0 at ada",
        id="heard before the click",
    ),
    pytest.param(edited("shard00", "receipt", at_ns="0"), "outside the run", id="heard at 0"),
    *(
        pytest.param(
            edited("shard00", kind, **{member: IN_TEN_YEARS}),
            "1 times are outside the run, by up to 315,359,937.0 s: of ada",
            id=f"{kind} in ten years",
        )
        for kind, member in (
            ("receipt", "at_ns"),
            ("exchange", "started_at_ns"),
            ("channel", "at_ns"),
            ("step", "ended_at_ns"),
        )
    ),
    pytest.param(
        all_of(
            edited("shard00", "receipt", 1, at_ns=str(ns(70))),
            edited("shard00", "receipt", 0, at_ns=IN_TEN_YEARS),
        ),
        "2 times are outside the run, by up to 315,359,937.0 s: of ada, ben",
        id="heard after the end",
    ),
    pytest.param(
        edited("shard00", "send", accepted_at_ns=IN_TEN_YEARS),
        "outside the run",
        id="accepted in ten years",
    ),
    pytest.param(
        edited("shard00", "send", clicked_at_ns=IN_TEN_YEARS),
        "1 sends were requested before the click",
        id="clicked in ten years",
    ),
    pytest.param(
        edited("shard00", "send", accepted_at_ns=str(ns(10))),
        "accepted before they were requested: ada#0",
        id="accepted before the request",
    ),
    pytest.param(
        edited("shard00", "send", requested_at_ns="0"),
        "1 sends were requested before the click",
        id="requested at 0",
    ),
    pytest.param(
        edited("shard00", "step", started_at_ns=str(ns(5))),
        "1 steps ended before they began, or waited longer than they took: sign_in of ada",
        id="a step that ended before",
    ),
    pytest.param(
        edited("shard00", "step", 1, waited_ns=str(2**62)),
        "waited longer than they took: seat of ada",
        id="a wait beyond the step",
    ),
    pytest.param(
        edited("shard01", "header", started_at_ns=str(ns(1.5))),
        "the clocks of shard01, shard00 are 1.5 s apart: shards of different hosts",
        id="two clocks",
    ),
    pytest.param(
        edited("shard01", "header", started_at='"2026-02-08T00:00:00Z"'),
        "the clocks of house, shard01 are 86,400.0 s apart",
        id="a day later",
    ),
    *(
        pytest.param(
            edited("shard01", "header", started_at=told),
            f"nobody knows when shard01 began: '{told[1:-1]}' is no time",
            id=f"started {told}",
        )
        for told in ('""', '"yesterday"', '"2026-02-31"', '"1e9"')
    ),
]


@pytest.mark.parametrize(
    ("harm", "reason"),
    [*CUT, *GARBLED, *NO_FIGURES, *ANOTHER_COUNT, *MIXED, *OTHER_USERS, *NO_TIMES],
)
def test_what_cannot_be_trusted_is_invalid_and_says_why(run: Path, harm: Harm, reason: str) -> None:
    harm(run)

    assert command.main(["judge", "run-1"]) == 11
    reasons = msgspec.json.decode((run / "summary.json").read_bytes(), type=Summary).reasons
    assert any(reason in one for one in reasons), reasons
    assert_everything_else_ends(run)


def assert_everything_else_ends(run: Path) -> None:
    """Each command says what it can, or refuses; a comparison with this run proves nothing."""
    for words in (
        ["show", "run-1", "--user", "ada"],
        ["show", "run-1", "--user", "cho"],
        ["explain", "run-1", "ada#0"],
        ["explain", "run-1", "103", "--all"],
    ):
        assert command.main(words) in {0, 4}
    assert command.main(["list"]) == 0
    assert command.main(["compare", "run-1", "run-2"]) == 11
    assert command.main(["compare", "run-2", "run-1"]) == 11


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda run: (run / "history-x.jsonl").mkdir(), "Is a directory ({run}/history-x.jsonl)"),
        (linked("history-x.jsonl", "history-x.jsonl"), "Too many levels of symbolic links ({run}"),
        (linked("history-x.jsonl", "nowhere"), "No such file or directory ({run}"),
        (linked("history-x.jsonl", "/proc/self/mem"), "Input/output error\n"),
        (shutil.rmtree, "run-1: expected a run's folder"),
        (all_of(*map(gone, EVERY_SHARD)), "run-1: expected a run's folder"),
    ],
    ids=["folder", "loop", "dangling link", "broken disk", "no run", "empty run"],
)
def test_what_cannot_be_read_is_refused_in_one_sentence_by_every_command(
    run: Path, capsys: pytest.CaptureFixture[str], harm: Harm, sentence: str
) -> None:
    harm(run)

    for words in (
        ["judge", "run-1"],
        ["show", "run-1", "--user", "ada"],
        ["explain", "run-1", "ada#0"],
        ["compare", "run-1", "run-2"],
        ["compare", "run-2", "run-1"],
    ):
        assert command.main(words) == 4
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
        assert sentence.format(run=run) in said.err
    assert command.main(["list"]) == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_shard_that_may_not_be_read_is_refused(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shard_path(run, "shard00").chmod(0)

    assert command.main(["judge", "run-1"]) == 4
    assert capsys.readouterr().err.startswith("Permission denied (")


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda run: (run / "summary.json").mkdir(), "Is a directory ({run}/summary.json)\n"),
        (linked("summary.json", "/dev/full"), "No space left on device\n"),
    ],
    ids=["folder", "full disk"],
)
def test_a_summary_that_cannot_be_written_is_refused_in_one_sentence(
    run: Path, capsys: pytest.CaptureFixture[str], harm: Harm, sentence: str
) -> None:
    harm(run)

    assert command.main(["judge", "run-1"]) == 4
    assert capsys.readouterr().err == sentence.format(run=run)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (dropped("shard00", "receipt"), "check 'no loss' failed: 1 of 18 deliveries were lost"),
        (
            all_of(dropped(HOUSE, "row"), edited(HOUSE, "probe", rows="5")),
            "accepted but not stored: messages 1, deliveries 0, users 1",
        ),
        (
            replaced("shard00", b'{"op":"receipt","user":"ada"', b'{"op":"receipt","user":"ben"'),
            "check 'exactly once' failed: 1 deliveries arrived more than once",
        ),
        (
            edited("shard00", "receipt", digest='"other"'),
            "check 'no alteration' failed: 1 deliveries differ from what was sent",
        ),
    ],
    ids=["receipt dropped", "row dropped and counted", "receipt of another", "another body"],
)
def test_an_edit_that_fits_together_is_damage_and_sealed_anew_turns_a_check_red(
    run: Path, harm: Harm, reason: str
) -> None:
    harm(run)

    by_hand = judge(run)
    sealed(run)
    summary = judge(run)

    assert by_hand.verdict is Word.INVALID
    assert "the lines before the footer are not those that were written" in by_hand.reasons[0]
    assert summary.verdict is Word.NO_GO
    assert reason in summary.reasons


@pytest.mark.parametrize(
    "change",
    [
        lambda run: None,
        replaced("shard00", b"\n", b"\r\n"),
        edited("shard00", "receipt", colour='"red"'),
        edited("shard00", "receipt", user='"ada","user":"ada"'),
        edited("shard00", "exchange", duration_ms="-0.0"),
        edited("shard00", "health", lag_ms="1e-320"),
        edited("shard00", "header", started_at='"2026-02-07T09:00:00.9+09:00"'),
        edited("shard00", "header", started_at='"2026-02-07T00:00:00"'),
        # As old runs were, which knew no gates.
        headers(schema="1", gates="{}"),
    ],
    ids=[
        "none",
        "CRLF",
        "more members",
        "twice the same",
        "minus 0",
        "tiny",
        "zone",
        "no zone",
        "old",
    ],
)
def test_what_changes_no_meaning_changes_no_verdict(
    run: Path, far_east: None, change: Harm
) -> None:
    change(run)
    sealed(run)

    assert command.main(["judge", "run-1"]) == 0
    assert command.main(["compare", "run-1", "run-2"]) == 0


def test_who_was_in_a_shard_that_never_came_is_missed_once(run: Path) -> None:
    gone("shard01")(run)

    assert [one for one in judge(run).evidence.gaps if "cho" in one] == [
        "evidence lost of 1 of 3 users: cho"
    ]


@pytest.mark.parametrize(
    ("gate", "reason"),
    [
        ('"users.happy.rate":">= 0"', 'unknown metric "users.happy"'),
        ('"users.received.rate":">= nan"', "expected a finite decimal number"),
        ('"users.received.rate":">= 2"', "expected a number from 0 to 1"),
        ('"users.received.p95":">= 1"', 'unknown aggregation "p95"'),
    ],
)
def test_gates_that_cannot_be_used_are_invalid(run: Path, gate: str, reason: str) -> None:
    edited(HOUSE, "header", gates=f"{{{gate}}}")(run)

    summary = judge(run)

    assert summary.verdict is Word.INVALID
    assert summary.reasons[0].startswith("the run's gates cannot be used: ")
    assert reason in summary.reasons[0]


def test_a_run_of_one_user_is_judged_like_any_other(tmp_path: Path) -> None:
    write_shard(tmp_path, header(["ada"]), healthy(["ada"]))

    assert judge(tmp_path).verdict is Word.GO


def test_what_a_history_calls_its_users_is_no_markup_and_no_command_to_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "RUNS", tmp_path)
    users = ("a\nb", "../../c", "[red]d\x1b[2J")
    run = whole_run(tmp_path / "run-1", users)
    command_to_clear = '"[/b]\\u001b[2J"'
    headers(run_id=command_to_clear, webinar=command_to_clear, shards=f"[{command_to_clear}]")(run)
    dropped("shard01", "step", 4)(run)
    dropped("shard01", "receipt")(run)

    for words in (
        ["judge", "run-1"],
        ["show", "run-1", "--user", users[2]],
        ["show", "run-1", "--user", "\x1b[2J"],
        ["explain", "run-1", f"{users[0]}#0", "--all"],
        ["compare", "run-1", "run-1"],
        ["list"],
    ):
        command.main(words)
    said = "".join(capsys.readouterr())

    assert "[red]d [2J" in said
    assert [char for char in said if char != "\n" and not char.isprintable()] == []


@given(data=st.data())
def test_a_run_with_one_byte_changed_is_judged_whatever_it_says_then(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        run = whole_run(Path(folder))
        path = shard_path(run, data.draw(st.sampled_from(EVERY_SHARD)))
        text = bytearray(path.read_bytes())
        place = data.draw(st.integers(0, len(text) - 1))
        text[place] = data.draw(st.integers(0, 255))
        path.write_bytes(text)

        assert judge(run).verdict in Word


@given(cuts=st.lists(st.integers(0, len(healthy()))), seed=st.integers())
def test_into_however_many_shards_a_history_is_cut_it_is_the_same(
    cuts: list[int], seed: int
) -> None:
    ops, random = healthy(), Random(seed)
    random.shuffle(ops)
    edges = [0, *sorted(cuts), len(ops)]
    shards = [ops[since:until] for since, until in pairwise(edges)]
    random.shuffle(shards)

    merged = assemble("run-1", [header()], shards, frozenset(), [])

    findings, whole = findings_of(merged), findings_of(history_of(healthy()))
    assert summarise(findings, judge_checks(findings), []) == summarise(
        whole, judge_checks(whole), []
    )
