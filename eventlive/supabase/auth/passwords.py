"""Passwords: bcrypt as GoTrue stores it, computed in a thread since it takes its time."""

from __future__ import annotations

import asyncio

import bcrypt

from eventlive.supabase.auth.errors import AuthError, validation_failed

LENGTH_MIN = 6
BYTES_MAX = 72  # bcrypt reads no further


async def hash_password(password: str, rounds: int) -> str:
    """The hash to store; refuses passwords that are too short or that bcrypt would cut."""
    if len(password) < LENGTH_MIN:
        message = f"Password should be at least {LENGTH_MIN} characters."
        details = {"weak_password": {"reasons": ["length"]}}
        raise AuthError(422, "weak_password", message, details)
    secret = password.encode()
    if len(secret) > BYTES_MAX:
        raise validation_failed(f"Password cannot be longer than {BYTES_MAX} characters")
    hashed = await asyncio.to_thread(bcrypt.hashpw, secret, bcrypt.gensalt(rounds))
    return hashed.decode()


async def is_password(password: str, stored: str | None) -> bool:
    """Whether this is the password; a user without one never signs in with it."""
    secret = password.encode()
    if not stored or len(secret) > BYTES_MAX:
        return False
    return await asyncio.to_thread(bcrypt.checkpw, secret, stored.encode())
