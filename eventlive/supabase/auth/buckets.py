"""Token buckets: how often one client may ask (protocol B.8)."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

# Beyond this many clients the buckets that are full again are forgotten: they say nothing.
CLIENTS_MAX = 10_000


@dataclass(slots=True, kw_only=True)
class Bucket:
    """One client's allowance, as of its last request."""

    left: float
    at_s: float


class Buckets:
    """One bucket per client: it holds `burst` and gains `per_s` every second."""

    def __init__(self, *, burst: int, per_s: float) -> None:
        self._burst, self._per_s = burst, per_s
        self._buckets: dict[str, Bucket] = {}

    def take(self, client: str) -> bool:
        """Whether this client may go on; takes one from its bucket if so."""
        now_s = monotonic()
        bucket = self._buckets.get(client) or self._new_bucket(client, now_s)
        bucket.left = self._level(bucket, now_s)
        bucket.at_s = now_s
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True

    def _new_bucket(self, client: str, now_s: float) -> Bucket:
        if len(self._buckets) >= CLIENTS_MAX:
            self._buckets = {
                name: bucket
                for name, bucket in self._buckets.items()
                if self._level(bucket, now_s) < self._burst
            }
        bucket = Bucket(left=self._burst, at_s=now_s)
        return self._buckets.setdefault(client, bucket)

    def _level(self, bucket: Bucket, now_s: float) -> float:
        return min(self._burst, bucket.left + (now_s - bucket.at_s) * self._per_s)
