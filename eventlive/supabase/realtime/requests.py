"""What a phx_join asks for (A.4). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid1

from eventlive.supabase.realtime.tokens import usable_token


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequest:
    """The payload of a phx_join; anything odd falls back to its default, as the server does."""

    access_token: str | None
    is_private: bool
    wants_ack: bool
    wants_own: bool
    presence_key: str
    presence_enabled: bool
    wants_replication_ready: bool
    changes: tuple[Mapping[str, object], ...]
    replay: Mapping[str, object] | None

    @classmethod
    def of(cls, payload: object) -> JoinRequest:
        """Read a payload leniently: booleans may be text, members may be missing."""
        join = _mapping(payload)
        config = _mapping(join.get("config"))
        broadcast, presence = _mapping(config.get("broadcast")), _mapping(config.get("presence"))
        changes = config.get("postgres_changes")
        replay = broadcast.get("replay")
        return cls(
            access_token=usable_token(join.get("access_token") or join.get("user_token")),
            is_private=_is_true(config.get("private")),
            wants_ack=_is_true(broadcast.get("ack")),
            wants_own=_is_true(broadcast.get("self")),
            presence_key=str(presence.get("key") or uuid1()),
            presence_enabled=_is_true(presence.get("enabled", True)),
            wants_replication_ready=_is_true(broadcast.get("replication_ready")),
            changes=tuple(one for one in changes if isinstance(one, Mapping))
            if isinstance(changes, list)
            else (),
            replay=_mapping(replay) if replay is not None else None,
        )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _is_true(value: object) -> bool:
    return value is True or value == "true"
