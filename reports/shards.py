"""Shard files: writing them while a run goes on, and reading them whatever has become of them.

Reading never fails for what is in a file: whatever cannot be read is named, with file and line, in
`damage`, and the rest is kept. `archive` puts a run's shards together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from reports.history import READABLE_VERSIONS, AnyOp, Footer, Header

if TYPE_CHECKING:
    from pathlib import Path

    from reports.history import Op

NAMED_LINES_MAX = 20  # of the damaged lines of one shard; the others are counted


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
        self._file = path.open("xb", buffering=0)
        self._encode = msgspec.json.Encoder().encode
        self.count = 0
        self._write(header)

    def append(self, op: Op) -> None:
        """`op` is one line of the file."""
        self._write(op)
        self.count += 1

    def close(self) -> None:
        """The footer is written: without it a shard is truncated. Harmless when repeated."""
        if not self._file.closed:
            self._write(Footer(ops=self.count))
            self._file.close()

    def _write(self, op: Op) -> None:
        line = self._encode(op) + b"\n"
        if self._file.write(line) != len(line):
            raise OSError(f"{self._file.name}: the disk took only part of an op")


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
    first, _, body = path.read_bytes().partition(b"\n")
    header = _read_header(first)
    if isinstance(header, str):
        damage = [f"{path.name}:1: {header}"]
        return Shard(path=path, header=None, ops=[], complete=False, damage=damage)
    ops, problems = _read_body(body)
    footer = ops.pop() if ops and isinstance(ops[-1], Footer) else None
    if path != shard_path(path.parent, header.shard):
        problems.append((1, f"says that it is the shard {header.shard!r}"))
    problems += _contradictions(ops, footer, last_line=1 + body.count(b"\n"))
    damage = [f"{path.name}:{line}: {problem}" for line, problem in problems[:NAMED_LINES_MAX]]
    if len(problems) > NAMED_LINES_MAX:
        damage.append(f"{path.name}: {len(problems) - NAMED_LINES_MAX} more damaged lines")
    ops = [op for op in ops if not isinstance(op, Header | Footer)]
    return Shard(path=path, header=header, ops=ops, complete=not damage, damage=damage)


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


def _read_body(body: bytes) -> tuple[list[AnyOp], list[tuple[int, str]]]:
    """All lines after the header; one call for a sound shard, line by line for a damaged one."""
    decoder = msgspec.json.Decoder(AnyOp)
    if body.endswith(b"\n") or not body:
        try:
            return decoder.decode_lines(body), []
        except (ValueError, RecursionError):
            pass  # the slow way below finds out which line it is
    ops: list[AnyOp] = []
    lines = body.split(b"\n")
    # A line without its newline was cut, even where what is left of it can be read.
    problems = [(len(lines) + 1, "the last line is cut")] if lines.pop() else []
    for number, line in enumerate(lines, start=2):
        try:
            ops.append(decoder.decode(line))
        except (ValueError, RecursionError) as error:
            problems.append((number, f"not an op ({error})"))
    return ops, problems


def _contradictions(
    ops: list[AnyOp], footer: AnyOp | None, *, last_line: int
) -> list[tuple[int, str]]:
    """What the lines say against each other: `(line, problem)`."""
    problems = [
        (place, "a header or footer between the ops: two histories in one file")
        for place, op in enumerate(ops, start=2)
        if isinstance(op, Header | Footer)
    ]
    if not isinstance(footer, Footer):
        problems.append((last_line + 1, "no footer: the shard is truncated"))
    elif footer.ops != len(ops):
        problems.append((last_line, f"the footer counts {footer.ops} ops, the file has {len(ops)}"))
    return problems
