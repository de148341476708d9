"""Who is calling: the access token's owner, proven by the project's public keys.

Auth is not asked per call (incident report, DoD-3): its keys are fetched once and kept. Only a
project that publishes none (HS256) leaves no other way than GET /auth/v1/user.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

import jwt

from eventlive.api.errors import Refusal, sign_in_required
from eventlive.api.recent import Recent

if TYPE_CHECKING:
    from starlette.requests import Request

    from eventlive.api.supabase import Supabase

KEYS_KEPT_S = 600.0  # what Auth's own Cache-Control allows (B.5)
KEYS_ASKED_EVERY_S = 10.0  # a made-up key id must not turn into a request to Auth each time
USER_KEPT_S = 60.0
ASYMMETRIC = ["ES256", "RS256"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A signed-in user and the token that lets the routes act in the user's name."""

    user_id: str
    token: str


class Callers:
    """Tells callers by their tokens."""

    def __init__(self, supabase: Supabase) -> None:
        self._supabase = supabase
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_s: float | None = None
        self._users: Recent[Caller] = Recent(keep_s=USER_KEPT_S)

    async def of(self, request: Request) -> Caller:
        """The caller named by the Authorization header. Raises ApiError 401, 502."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise sign_in_required()
        return await self.bearer(token.strip())

    async def bearer(self, token: str) -> Caller:
        """The owner of `token`. Raises ApiError 401, 502."""
        try:
            kid = str(jwt.get_unverified_header(token).get("kid", ""))
        except jwt.InvalidTokenError:
            raise sign_in_required() from None
        key = await self._key(kid)
        if key is None and not self._keys:
            return await self._ask_auth(token)
        if key is None:
            raise sign_in_required()
        return _verified(token, key)

    async def _key(self, kid: str) -> jwt.PyJWK | None:
        age_s = monotonic() - self._fetched_s if self._fetched_s is not None else KEYS_KEPT_S
        if age_s >= KEYS_KEPT_S or (kid not in self._keys and age_s >= KEYS_ASKED_EVERY_S):
            published = await self._supabase.jwks()
            self._keys = _signing_keys(published)
            self._fetched_s = monotonic()
        return self._keys.get(kid)

    async def _ask_auth(self, token: str) -> Caller:
        if (known := self._users.get(token)) is not None:
            return known
        try:
            user = await self._supabase.user(token)
        except Refusal as refusal:
            if refusal.status in (401, 403):
                raise sign_in_required() from refusal
            raise
        return self._users.put(token, Caller(user_id=str(user["id"]), token=token))


def _verified(token: str, key: jwt.PyJWK) -> Caller:
    try:
        claims = jwt.decode(token, key, algorithms=ASYMMETRIC, audience="authenticated")
    except jwt.InvalidTokenError:
        raise sign_in_required() from None
    return Caller(user_id=str(claims["sub"]), token=token)


def _signing_keys(published: dict[str, object]) -> dict[str, jwt.PyJWK]:
    listed = published.get("keys")
    known = [jwt.PyJWK(each) for each in listed] if isinstance(listed, list) else []
    return {key.key_id: key for key in known if key.key_id is not None}
