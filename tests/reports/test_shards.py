"""A shard file keeps what was recorded, and says what it lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from reports.history import Footer, Op, StepName
from reports.shards import NAMED_LINES_MAX, ShardWriter, read_shard, shard_path
from tests.reports.histories import header, healthy, step, write_shard

if TYPE_CHECKING:
    from pathlib import Path

OPS: list[Op] = [step("ada", StepName.SIGN_IN, 0, 4), step("ada", StepName.SEAT, 4, 10)]


def damaged(tmp_path: Path, *, line: int, text: bytes) -> Path:
    """A shard of OPS with one line replaced; the header is line 1."""
    path = write_shard(tmp_path, header(), OPS)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line - 1] = text
    path.write_bytes(b"".join(lines))
    return path


def test_a_closed_shard_reads_back_whole(tmp_path: Path) -> None:
    path = write_shard(tmp_path, header(), healthy())

    shard = read_shard(path)

    assert shard.header == header()
    assert shard.ops == healthy()
    assert shard.complete
    assert shard.damage == []


def test_an_op_is_in_the_file_when_append_returns(tmp_path: Path) -> None:
    writer = ShardWriter(shard_path(tmp_path, "shard00"), header())
    writer.append(OPS[0])

    shard = read_shard(shard_path(tmp_path, "shard00"))
    writer.close()

    assert shard.ops == OPS[:1]
    assert shard.damage == ["history-shard00.jsonl:3: no footer: the shard is truncated"]


def test_closing_twice_writes_one_footer(tmp_path: Path) -> None:
    writer = ShardWriter(shard_path(tmp_path, "shard00"), header())
    writer.close()
    writer.close()

    assert read_shard(shard_path(tmp_path, "shard00")).complete


def test_a_copy_is_whole_while_its_shard_goes_on(tmp_path: Path) -> None:
    writer = ShardWriter(shard_path(tmp_path, "shard00"), header())
    writer.append(OPS[0])
    (tmp_path / "copy").mkdir()
    path = shard_path(tmp_path / "copy", "shard00")

    writer.copy_to(path)
    writer.append(OPS[1])
    writer.close()

    assert (read_shard(path).complete, read_shard(path).ops) == (True, OPS[:1])
    whole = read_shard(shard_path(tmp_path, "shard00"))
    assert (whole.complete, whole.ops) == (True, OPS[:2])


def test_a_shard_is_never_continued(tmp_path: Path) -> None:
    path = write_shard(tmp_path, header(), OPS)

    with pytest.raises(FileExistsError):
        ShardWriter(path, header())


def test_a_shard_cut_anywhere_is_never_complete(tmp_path: Path) -> None:
    path = write_shard(tmp_path, header(), OPS)
    whole = path.read_bytes()

    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        shard = read_shard(path)
        assert not shard.complete
        assert shard.damage
        assert shard.ops == OPS[: len(shard.ops)]


@pytest.mark.parametrize(
    "garbage",
    [
        b"garbage\n",
        b"\xff\xfe\x00\n",
        b'{"op":"nope"}\n',
        b"[" * 100_000 + b"\n",
        b'{"op":"step"}\n',
    ],
)
def test_a_garbage_line_is_named_and_the_rest_is_kept(tmp_path: Path, garbage: bytes) -> None:
    shard = read_shard(damaged(tmp_path, line=2, text=garbage + b"\n"))

    assert shard.ops == OPS[1:]
    assert not shard.complete
    assert shard.damage[0].startswith("history-shard00.jsonl:2: not an op (")


def test_a_time_beyond_all_clocks_is_damage(tmp_path: Path) -> None:
    line = msgspec.json.encode(OPS[0]).replace(b'"ended_at_ns":1', b'"ended_at_ns":1' + b"0" * 30)

    shard = read_shard(damaged(tmp_path, line=2, text=line + b"\n"))

    assert shard.damage[0].startswith("history-shard00.jsonl:2: not an op (")


def test_very_many_damaged_lines_are_counted_instead_of_named(tmp_path: Path) -> None:
    shard = read_shard(damaged(tmp_path, line=2, text=b"garbage\n" * 1000))

    assert len(shard.damage) == NAMED_LINES_MAX + 1
    assert shard.damage[-1] == "history-shard00.jsonl: 981 more damaged lines"


def test_a_footer_with_another_count_is_damage(tmp_path: Path) -> None:
    footer = msgspec.json.encode(Footer(ops=7)) + b"\n"

    shard = read_shard(damaged(tmp_path, line=4, text=footer))

    assert shard.damage == ["history-shard00.jsonl:4: the footer counts 7 ops, the file has 2"]


def test_two_histories_in_one_file_are_damage(tmp_path: Path) -> None:
    path = write_shard(tmp_path, header(), OPS)
    path.write_bytes(path.read_bytes() * 2)

    shard = read_shard(path)

    assert shard.ops == OPS + OPS
    assert "history-shard00.jsonl:4: a header or footer between the ops" in shard.damage[0]


def test_another_schema_version_is_refused_by_name(tmp_path: Path) -> None:
    text = b'{"op":"header","schema":9,"house":{"seats":400}}\n'

    shard = read_shard(damaged(tmp_path, line=1, text=text))

    assert shard.header is None
    assert shard.ops == []
    assert shard.damage == [
        "history-shard00.jsonl:1: schema version 9; this Soundcheck reads 1 and 2 and 3"
    ]


@pytest.mark.parametrize("text", [b"", b"\n", b"garbage\n", b'{"op":"footer","ops":0}\n'])
def test_a_file_without_a_header_is_damage(tmp_path: Path, text: bytes) -> None:
    shard = read_shard(damaged(tmp_path, line=1, text=text))

    assert shard.header is None
    assert shard.damage[0].startswith("history-shard00.jsonl:1: expected a header")


def test_a_renamed_shard_is_damage(tmp_path: Path) -> None:
    path = write_shard(tmp_path, header(), OPS)

    shard = read_shard(path.rename(shard_path(tmp_path, "shard07")))

    assert shard.damage == ["history-shard07.jsonl:1: says that it is the shard 'shard00'"]
