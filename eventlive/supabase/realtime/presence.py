"""Who is present on one topic, and what changed since the last diff was taken (A.13). Pure."""

import base64
import itertools
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

Meta = dict[str, object]
Metas = dict[str, dict[str, list[Meta]]]  # key → {"metas": [...]}, as on the wire

_refs = itertools.count(1)


def new_ref() -> str:
    """Return a `phx_ref`: opaque to clients and never given twice."""
    return base64.urlsafe_b64encode(next(_refs).to_bytes(9, "big")).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    key: str
    payload: Mapping[str, object]
    meta: Meta

    @property
    def ref(self) -> str:
        return str(self.meta["phx_ref"])


class Presence:
    """One meta per tracker (a joined channel); several trackers may share one key (two tabs)."""

    def __init__(self) -> None:
        self._present: dict[Hashable, _Entry] = {}
        # Both by phx_ref, so that what came and went inside one window leaves no trace…
        self._joined: dict[str, _Entry] = {}
        self._left: dict[str, _Entry] = {}
        # …unless somebody who joined in between was told of it.
        self._told: set[str] = set()

    def track(self, tracker: Hashable, key: str, payload: Mapping[str, object]) -> bool:
        """Record or update a tracker; False when nothing changed, so no diff is due."""
        before = self._present.get(tracker)
        if before is not None and before.payload == payload:
            return False
        refs: Meta = {"phx_ref": new_ref()}
        if before is not None:
            refs["phx_ref_prev"] = before.ref
            self.untrack(tracker)
        entry = _Entry(key=key, payload=payload, meta={**payload, **refs})
        self._present[tracker] = entry
        self._joined[entry.ref] = entry
        return True

    def untrack(self, tracker: Hashable) -> bool:
        """Forget a tracker; False when it was not present."""
        entry = self._present.pop(tracker, None)
        if entry is None:
            return False
        if self._joined.pop(entry.ref, None) is None or entry.ref in self._told:
            self._left[entry.ref] = entry
        return True

    def state(self) -> Metas:
        """Everyone present now, as `presence_state` carries it; who is told is owed the leaves."""
        self._told |= self._joined.keys()
        return _by_key(self._present.values())

    def take_diff(self) -> dict[str, Metas] | None:
        """Joins and leaves since the last call, merged; None when they cancel out."""
        if not (self._joined or self._left):
            return None
        diff = {"joins": _by_key(self._joined.values()), "leaves": _by_key(self._left.values())}
        self._joined, self._left, self._told = {}, {}, set()
        return diff


def _by_key(entries: Iterable[_Entry]) -> Metas:
    metas: Metas = {}
    for entry in entries:
        metas.setdefault(entry.key, {"metas": []})["metas"].append(entry.meta)
    return metas
