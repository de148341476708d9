"""Shard files: writing them while a run goes on, and reading them whatever has become of them.

Reading never fails for what is in a file: whatever cannot be read is named, with file and line, in
`damage`, and the rest is kept. A line at a time is in memory, and the ops that were read.
`archive` puts a run's shards together.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from sys import intern
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from reports.history import (
    READABLE_VERSIONS,
    SEALED,
    AnyOp,
    Exchange,
    Footer,
    Header,
    Receipt,
    Roster,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from reports.history import Op

NAMED_LINES_MAX = 20  # of the damaged lines of one shard; the others are counted
# The longest lines name every user of a run, 400,000 of them in as much.
LINE_BYTES_MAX = 4_000_000
_FOOTER_BYTES_MAX = 1_000


def shard_path(run_dir: Path, shard: str) -> Path:
    """Where `shard` lives in `run_dir`; the one place that knows the file names."""
    return run_dir / f"history-{shard}.jsonl"


class ShardWriter:
    """Appends ops to one new shard file. One thread at a time.

    Each op is one unbuffered write: it is in the file when `append` returns, so a worker that dies
    loses nothing it had recorded. Raises FileExistsError rather than continue an old shard.
    """

    def __init__(self, path: Path, header: Header) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = path.open("xb", buffering=0)
        self._encode = msgspec.json.Encoder().encode
        self._seal = new_seal()
        self.count = 0
        self._write(header)

    def append(self, op: Op) -> None:
        """`op` is one line of the file."""
        self._write(op)
        self.count += 1

    def close(self) -> None:
        """The footer is written: without it a shard is truncated. Harmless when repeated."""
        if not self._file.closed:
            self._write(self._footer)
            self._file.close()

    def copy_to(self, path: Path) -> None:
        """A shard with all ops so far is in `path`, as if this one were closed now."""
        path.write_bytes(self._path.read_bytes() + self._encode(self._footer) + b"\n")

    @property
    def _footer(self) -> Footer:
        return Footer(ops=self.count, digest=self._seal.hexdigest())

    def _write(self, op: Op) -> None:
        line = self._encode(op) + b"\n"
        if self._file.write(line) != len(line):
            raise OSError(f"{self._file.name}: the disk took only part of an op")
        self._seal.update(line)


def new_seal() -> blake2b:
    """The digest of a shard of which nothing has been written or read yet."""
    return blake2b(digest_size=16)


def is_closed(path: Path) -> bool:
    """The last line of the shard is its footer, whatever stands before it. Raises OSError only."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _FOOTER_BYTES_MAX))
        lines = file.read().split(b"\n")
    try:
        # Behind the newline of a whole last line there is nothing.
        return not lines[-1] and isinstance(msgspec.json.decode(lines[-2], type=AnyOp), Footer)
    except (IndexError, ValueError, RecursionError):
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """What could be read of one shard file. `complete`: header, footer, and nothing damaged."""

    path: Path
    header: Header | None
    ops: list[AnyOp]
    complete: bool
    damage: list[str]


def read_shard(path: Path) -> Shard:
    """The readable part of a shard; see `damage` for the rest. Raises OSError only."""
    damage = _Damage(path.name)
    seal = new_seal()
    with path.open("rb") as file:
        first = file.readline(LINE_BYTES_MAX)
        seal.update(first)
        header = _read_header(first)
        if isinstance(header, str):
            damage.note(1, header)
            return Shard(path=path, header=None, ops=[], complete=False, damage=damage.lines())
        ops, last_line = _read_body(file, damage, seal)
    footer = ops.pop() if ops and isinstance(ops[-1], Footer) else None
    if path != shard_path(path.parent, header.shard):
        damage.note(1, f"says that it is the shard {header.shard!r}")
    for line, problem in _contradictions(ops, footer, last_line=last_line):
        damage.note(line, problem)
    if header.schema >= SEALED and isinstance(footer, Footer) and not damage:
        _require_seal(footer, seal, damage, last_line)
    ops = [op for op in ops if not isinstance(op, _ENDS)]
    lines = damage.lines()
    return Shard(path=path, header=header, ops=ops, complete=not lines, damage=lines)


def read_headers(run_dir: Path) -> list[Header]:
    """The headers in this folder that can be read; `read_shard` names the others."""
    headers = []
    for path in sorted(run_dir.glob(shard_path(run_dir, "*").name)):
        with path.open("rb") as file:
            header = _read_header(file.readline(LINE_BYTES_MAX))
        if isinstance(header, Header):
            headers.append(header)
    return headers


def _require_seal(footer: Footer, seal: blake2b, damage: _Damage, last_line: int) -> None:
    if footer.digest != seal.hexdigest():
        damage.note(last_line, "the lines before the footer are not those that were written")


class _Damage:
    """The damaged lines of one file: the first with their problems, the others counted."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._named: list[str] = []
        self._others = 0

    def note(self, line: int, problem: str) -> None:
        """`line` has this `problem`."""
        if len(self._named) < NAMED_LINES_MAX:
            self._named.append(f"{self._name}:{line}: {problem}")
        else:
            self._others += 1

    def __bool__(self) -> bool:
        """Something was noted."""
        return bool(self._named)

    def lines(self) -> list[str]:
        """All of it, in the order in which it was noted."""
        more = [f"{self._name}: {self._others} more damaged lines"] if self._others else []
        return self._named + more


class _Preamble(msgspec.Struct):
    """The part of a header that every version of the schema has."""

    op: str
    schema: int


def _read_header(line: bytes) -> Header | str:
    """The header, or what is wrong with it. The version comes first: other fields may differ."""
    try:
        preamble = msgspec.json.decode(line, type=_Preamble)
        if preamble.schema not in READABLE_VERSIONS:
            readable = " and ".join(map(str, READABLE_VERSIONS))
            return f"schema version {preamble.schema}; this Soundcheck reads {readable}"
        header = msgspec.json.decode(line, type=AnyOp)
    except (ValueError, RecursionError) as error:
        return f"expected a header, found none that can be read ({error})"
    if not isinstance(header, Header):
        return f"expected a header, found the op {preamble.op!r}"
    return header


def _read_body(file: BinaryIO, damage: _Damage, seal: blake2b) -> tuple[list[AnyOp], int]:
    """All ops after the header, and how many whole lines the file has.

    `seal` has taken in all lines but the last, which should be the footer.
    """
    decode = msgspec.json.Decoder(AnyOp).decode
    ops: list[AnyOp] = []
    last_line = 1
    before = b""
    while line := file.readline(LINE_BYTES_MAX):
        seal.update(before)
        before = line
        # A line without its newline was cut, even where what is left of it can be read.
        if not line.endswith(b"\n") and not _skip_line(file):
            damage.note(last_line + 1, "the last line is cut")
            break
        last_line += 1
        try:
            ops.append(_shared(decode(line)))
        except (ValueError, RecursionError) as error:
            damage.note(last_line, f"not an op ({error})")
    return ops, last_line


def _skip_line(file: BinaryIO) -> bool:
    """The rest of an endless line is behind us; False where the file ends before it does."""
    while part := file.readline(LINE_BYTES_MAX):
        if part.endswith(b"\n"):
            return True
    return False


def _shared(op: AnyOp) -> AnyOp:
    """The same op. What a run's most frequent ops repeat is in memory once: names, not texts."""
    if isinstance(op, Receipt):
        return replace(
            op,
            user=intern(op.user),
            message_id=intern(op.message_id),
            author=intern(op.author),
            digest=intern(op.digest),
        )
    if isinstance(op, Exchange):
        return replace(
            op,
            user=intern(op.user),
            method=intern(op.method),
            route=intern(op.route),
            caller=intern(op.caller),
        )
    if isinstance(op, Roster):
        return replace(op, present=[intern(user) for user in op.present])
    return op


_ENDS = (Header, Footer)


def _contradictions(
    ops: Sequence[AnyOp], footer: AnyOp | None, *, last_line: int
) -> Iterator[tuple[int, str]]:
    """What the lines say against each other: `(line, problem)`."""
    for place, op in enumerate(ops, start=2):
        if isinstance(op, _ENDS):
            yield place, "a header or footer between the ops: two histories in one file"
    if not isinstance(footer, Footer):
        yield last_line + 1, "no footer: the shard is truncated"
    elif footer.ops != len(ops):
        yield last_line, f"the footer counts {footer.ops} ops, the file has {len(ops)}"
