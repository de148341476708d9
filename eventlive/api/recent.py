"""A small memory for look-ups that repeat within seconds."""

from __future__ import annotations

from time import monotonic
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Values by key, each forgotten `keep_s` seconds after it was put in; at most `max_size`."""

    def __init__(self, *, keep_s: float, max_size: int = 5000) -> None:
        self._keep_s, self._max_size = keep_s, max_size
        self._values: dict[str, tuple[float, Value]] = {}

    def get(self, key: str) -> Value | None:
        """The value, unless it is unknown or too old."""
        until_s, value = self._values.get(key, (0.0, None))
        return value if until_s > monotonic() else None

    def put(self, key: str, value: Value) -> Value:
        """Remember `value` and hand it back."""
        # Dropping everything is crude, but needs no bookkeeping on the path of every call.
        if len(self._values) >= self._max_size:
            self._values.clear()
        self._values[key] = (monotonic() + self._keep_s, value)
        return value
