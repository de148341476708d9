"""Stamps: how set-up knows that a step has nothing to do.

A finished step leaves a hash of the lock files it was made from. An equal stamp means nothing to
do; another one, or none after an interruption, means the step starts afresh.
"""

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.machine import Machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Proof that a step finished with the inputs it would have now."""

    path: Path
    fingerprint: str

    @classmethod
    def of(cls, machine: Machine, path: str, *inputs: str) -> "Stamp":
        # Scripts in a virtual environment name its place and its Python.
        digest = hashlib.sha256(f"{machine.root} {sys.version_info[:2]}".encode())
        for name in inputs:
            digest.update((machine.root / name).read_bytes())
        return cls(path=machine.root / path, fingerprint=digest.hexdigest())

    def is_current(self) -> bool:
        return self.path.exists() and self.path.read_text(encoding="ascii") == self.fingerprint

    def write(self) -> None:
        self.path.write_text(self.fingerprint, encoding="ascii")
