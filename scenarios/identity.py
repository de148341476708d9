"""Account data of one virtual user."""

from __future__ import annotations

import msgspec


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """One account of the pool. `name` (u0001 …) is what reports call the user; it is not secret."""

    name: str
    email: str
    password: str
    user_id: str

    def __repr__(self) -> str:
        """The name only: tracebacks and reports must not show the password."""
        return f"Identity({self.name})"


def seat_name_of(index: int) -> str:
    """The name of the n-th seat without a browser, and of its account: f00001, f00002, …"""
    return f"f{index + 1:05d}"


def name_of(index: int) -> str:
    """The name of the pool's n-th user, counted from 0: u0001, u0002, …"""
    return f"u{index + 1:04d}"
