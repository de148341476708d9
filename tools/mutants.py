"""Can a promise be broken? `python -m tools.mutants [WORD ...]`: EventLive with a line changed.

Each mutant of `mutants.toml` changes a little of a copy of this checkout, and the tests named there
must fail on it. With words, only mutants are tried that break a test with one of them in its name.
The exit code is 0 when every promise was seen to break. Defects (`eventlive/defects`) are what can
go wrong in a deployment; mutants only prove that a test can fail.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING

import msgspec

from tools.defects import red_of
from tools.rehearsing import ROOT, rehearse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MUTANTS = Path(__file__).with_name("mutants.toml")
TARGET = ROOT / "eventlive"
SITE = Path("site")
# What a rehearsal beside the crowd needs of a checkout; the target is copied apart.
NEEDED = (
    "e2e",
    "fixtures",
    "scenarios",
    "reports",
    "targets",
    "conftest.py",
    "pyproject.toml",
    "gates.toml",
)
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", "runs", "latest")
SMALL = ("-n", "0", "--users", "2")
WHICHEVER = "soak or not soak"  # what takes minutes is left out by whoever does not name it
# Long enough for what happens, and what does not is waited for no longer.
ENVIRONMENT = {"SOUNDCHECK_STEP_TIMEOUT_S": "10"}


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`find`, which stands once in the file (below `eventlive/`), becomes `put`."""

    file: str
    find: str
    put: str


class Mutant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change, and the tests beside the crowd that must fail on it."""

    story: str
    breaks: list[str]
    edits: list[Edit]


def all_mutants() -> list[Mutant]:
    """The mutants that there are. Raises msgspec.DecodeError."""
    listed = msgspec.toml.decode(MUTANTS.read_bytes(), type=dict[str, list[Mutant]])
    return listed["mutant"]


def main(arguments: Sequence[str]) -> int:
    """Tries the mutants and prints a row for each; 0 when every promise was broken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("words", nargs="*", metavar="WORD")
    words = parser.parse_args(arguments).words or [""]
    chosen = [one for one in all_mutants() if any(word in " ".join(one.breaks) for word in words)]
    if not chosen:
        parser.error(f"no mutant breaks a test named like {' or '.join(words)}")
    survived = [mutant for mutant in chosen if not _is_killed(mutant)]
    sys.stdout.write(f"{len(chosen) - len(survived)} of {len(chosen)} as expected\n")
    return 1 if survived else 0


def survivors(mutant: Mutant) -> list[str]:
    """The tests among those named that hold although they should not."""
    with mutated(mutant) as checkout:
        done = rehearse(
            *SMALL,
            "-m",
            WHICHEVER,
            "-k",
            " or ".join(mutant.breaks),
            folders=["e2e"],
            environment=ENVIRONMENT,
            checkout=checkout,
        )
    red = red_of(done.summary)
    return [name for name in mutant.breaks if name not in red]


@contextmanager
def mutated(mutant: Mutant) -> Iterator[Path]:
    """A checkout with the change, built and ready, for the block."""
    with TemporaryDirectory(prefix="soundcheck-mutant-") as folder:
        checkout = Path(folder)
        for name in (*NEEDED, TARGET.name):
            _copy(ROOT / name, checkout / name)
        target = checkout / TARGET.name
        modules = SITE / "node_modules"
        (target / modules).symlink_to(TARGET / modules)
        for edit in mutant.edits:
            changed(target, edit)
        if any(Path(edit.file).is_relative_to(SITE) for edit in mutant.edits):
            subprocess.run(["node", "build.js"], cwd=target / SITE, check=True)
        yield checkout


def changed(target: Path, edit: Edit) -> None:
    """The file has the change. Raises ValueError where its text does not stand there once."""
    path = target / edit.file
    text = path.read_text(encoding="utf-8")
    if text.count(edit.find) != 1:
        raise ValueError(f"{edit.file} has {edit.find!r} {text.count(edit.find)} times, not once")
    path.write_text(text.replace(edit.find, edit.put), encoding="utf-8")


def _is_killed(mutant: Mutant) -> bool:
    started_s = monotonic()
    held = survivors(mutant)
    mark = f"HELD {', '.join(held)}" if held else "ok"
    sys.stdout.write(f"{mutant.story}: {mark} ({monotonic() - started_s:.0f} s)\n")
    sys.stdout.write("".join(f"    {name}\n" for name in mutant.breaks))
    sys.stdout.flush()
    return not held


def _copy(source: Path, copy: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, copy, ignore=LEFT_OUT)
    else:
        shutil.copy2(source, copy)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
