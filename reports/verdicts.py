"""What a checker or a gate says: three values, and the evidence.

A check that breaks knows nothing, and what nobody knows is never a pass.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence


class Validity(StrEnum):
    """Whether a property holds; UNKNOWN is no pass."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One check's word. `evidence` lists every case, each as a line that names it."""

    check: str
    validity: Validity
    text: str
    evidence: list[str] = []


def valid(check: str, text: str) -> Verdict:
    """The property holds, and something was there to hold it."""
    return Verdict(check=check, validity=Validity.VALID, text=text)


def invalid(check: str, text: str, evidence: Sequence[str]) -> Verdict:
    """The property is broken; the evidence says where."""
    return Verdict(check=check, validity=Validity.INVALID, text=text, evidence=list(evidence))


def unknown(check: str, text: str, evidence: Sequence[str] = ()) -> Verdict:
    """Nobody can tell; `text` says what is missing."""
    return Verdict(check=check, validity=Validity.UNKNOWN, text=text, evidence=list(evidence))
