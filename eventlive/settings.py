"""What one EventLive process was asked to be: addresses, timings and limits, never changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path


class Transport(StrEnum):
    """How a stored chat message reaches the other pages."""

    BROADCAST = "broadcast"
    """The /api route broadcasts over HTTP after the insert."""
    DATABASE = "database"
    """A trigger calls realtime.send()."""
    POSTGRES_CHANGES = "postgres_changes"
    """The page subscribes to inserts into the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Delays and costs, in seconds where the name says so; the defaults suit development."""

    handshake_error_delay_s: float = 0.0
    join_error_delay_s: float = 0.0
    presence_window_s: float = 1.0
    """Presence diffs are collected this long before they are sent…"""
    presence_s_per_listener: float = 0.01
    """…and in a full room longer: 400 people who arrive need not be told of second by second."""
    gather_s_per_listener: float = 0.0005
    """Broadcasts and changes to one socket are gathered this long, so that those who speak at the
    same moment in a room of 400 are heard in one write: a third less work for all its browsers."""
    crowd_max: int = 400
    """In a room of more than these, nothing waits longer than in a room of so many."""
    change_poll_s: float = 0.0
    """Delay of postgres_changes events and of the "Subscribed to PostgreSQL" message."""
    idle_close_s: float = 60.0
    bcrypt_rounds: int = 4

    @classmethod
    def faithful(cls) -> Self:
        """The values of the real service, as the protocol reference gives them."""
        return cls(
            handshake_error_delay_s=2.0,
            join_error_delay_s=5.0,
            presence_window_s=1.5,
            presence_s_per_listener=0.0,
            gather_s_per_listener=0.0,
            change_poll_s=0.1,
            bcrypt_rounds=10,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Rate limits; None means that the limit is off, as on a self-hosted server without set-up."""

    token_burst: int | None = None
    token_per_s: float = 0.5
    """Refill of the bucket that password and refresh grants share, per client address."""
    messages_per_s: int | None = None
    joins_per_s: int | None = None
    channels_per_socket: int | None = None
    presence_calls_per_30_s: int | None = None

    @classmethod
    def faithful(cls) -> Self:
        """The documented limits of the hosted service's free plan."""
        return cls(
            token_burst=30,
            messages_per_s=100,
            joins_per_s=100,
            channels_per_socket=100,
            presence_calls_per_30_s=5,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a service may need to know about this process."""

    host: str = "127.0.0.1"
    port: int = 54300
    """0 means any free port."""
    database_url: str | None = None
    """None starts an embedded PostgreSQL."""
    data_dir: Path | None = None
    """Where the embedded PostgreSQL keeps its files; None means a throw-away folder."""
    supabase_url: str | None = None
    """A real project to use instead of the stand-in."""
    supabase_anon_key: str | None = None
    supabase_service_role_key: str | None = None
    transport: Transport = Transport.BROADCAST
    timings: Timings = field(default_factory=Timings)
    limits: Limits = field(default_factory=Limits)
    jwt_expiry_s: int = 3600
    """Clients refresh on every call when this is 90 or less (protocol B.6)."""
    webinar: int = 149402
    project: Path | None = None
    """The Supabase folder of another application, whose project is served without EventLive."""
