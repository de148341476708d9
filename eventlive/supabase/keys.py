"""The keys of one Supabase project: issues, checks and exchanges its tokens (protocol 0.4, B.3).

User tokens are signed with ES256 and can be checked by anyone through the JWKS, as new hosted
projects do it. The legacy anon and service keys are HS256 tokens signed with the project secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

if TYPE_CHECKING:
    from collections.abc import Mapping

Reason: TypeAlias = Literal["expired", "malformed", "signature", "claims"]

# Order of the P-256 group: a private key is a number from 1 to this minus 1.
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
COORDINATE_BYTES = 32
LEGACY_KEY_ISSUED_AT = datetime(2025, 1, 1, tzinfo=UTC)
LEGACY_KEY_EXPIRES_AT = datetime(2035, 1, 1, tzinfo=UTC)


class TokenError(Exception):
    """A token was not accepted; `reason` says why, the message says what was seen."""

    def __init__(self, reason: Reason, message: str, *, expired_for_s: int = 0) -> None:
        super().__init__(message)
        self.reason: Reason = reason
        self.expired_for_s = expired_for_s


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Project:
    """One project's keys, kept out of repr(). Equal seeds give equal keys across restarts."""

    anon_key: str
    service_role_key: str
    publishable_key: str
    secret_key: str
    kid: str
    hs256_secret: str
    private_key: ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls) -> Self:
        """A project with random secrets."""
        return cls.from_seed(secrets.token_hex(32))

    @classmethod
    def from_seed(cls, seed: str) -> Self:
        """The project that belongs to this seed; the seed is as secret as the keys."""
        hs256_secret = derive(seed, "hs256")
        scalar = 1 + int(derive(seed, "es256"), 16) % (P256_ORDER - 1)
        return cls(
            anon_key=legacy_key("anon", hs256_secret),
            service_role_key=legacy_key("service_role", hs256_secret),
            publishable_key=f"sb_publishable_{derive(seed, 'publishable')[:32]}",
            secret_key=f"sb_secret_{derive(seed, 'secret')[:32]}",
            kid=derive(seed, "kid")[:16],
            hs256_secret=hs256_secret,
            private_key=ec.derive_private_key(scalar, ec.SECP256R1()),
        )

    @property
    def signing_key(self) -> str:
        """The key that signs user tokens, in PEM."""
        form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self.private_key.private_bytes(*form).decode()

    def issue(self, claims: Mapping[str, object]) -> str:
        """A user token (ES256) holding exactly these claims."""
        headers = {"kid": self.kid}
        return jwt.encode(dict(claims), self.private_key, algorithm="ES256", headers=headers)

    def verify(self, token: str, *, leeway_s: float = 0) -> dict[str, object]:
        """The claims of a token signed by this project, by either algorithm; else TokenError.

        PostgREST allows 30 s of clock skew, Auth and Realtime none (protocol C.6).
        """
        key, algorithm = self._verification_key(token)
        try:
            claims: dict[str, object] = jwt.decode(
                token, key, algorithms=[algorithm], leeway=leeway_s, options={"verify_aud": False}
            )
        except jwt.ExpiredSignatureError as error:
            age_s = expired_for_s(token)
            raise TokenError("expired", str(error), expired_for_s=age_s) from error
        except jwt.InvalidSignatureError as error:
            raise TokenError("signature", str(error)) from error
        except jwt.DecodeError as error:
            raise TokenError("malformed", str(error)) from error
        except jwt.InvalidTokenError as error:
            raise TokenError("claims", str(error)) from error
        return claims

    def exchange(self, apikey: str) -> str | None:
        """The token that stands for an opaque or legacy key; None when the key is not ours."""
        known = {
            self.anon_key: self.anon_key,
            self.service_role_key: self.service_role_key,
            self.publishable_key: self.anon_key,
            self.secret_key: self.service_role_key,
        }
        return known.get(apikey)

    def jwks(self) -> dict[str, object]:
        """The public half of the signing key, as `/.well-known/jwks.json` publishes it."""
        point = self.private_key.public_key().public_numbers()
        key = {
            "kty": "EC",
            "crv": "P-256",
            "x": coordinate(point.x),
            "y": coordinate(point.y),
            "alg": "ES256",
            "kid": self.kid,
            "use": "sig",
            "key_ops": ["verify"],
            "ext": True,
        }
        return {"keys": [key]}

    def _verification_key(self, token: str) -> tuple[str | ec.EllipticCurvePublicKey, str]:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError as error:
            raise TokenError("malformed", str(error)) from error
        match header.get("alg"), header.get("kid", self.kid):
            case "HS256", _:
                return self.hs256_secret, "HS256"
            case "ES256", self.kid:
                return self.private_key.public_key(), "ES256"
            case algorithm, kid:
                expected = f"HS256, or ES256 with kid {self.kid}"
                seen = f"{algorithm} with kid {kid}"
                raise TokenError("signature", f"expected {expected}; the token says {seen}")


def derive(seed: str, purpose: str) -> str:
    """64 hexadecimal digits that only a holder of the seed can compute."""
    return hmac.new(seed.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def legacy_key(role: str, secret: str) -> str:
    """A long-lived HS256 API key. The times are fixed: a key must not change at every start."""
    claims: dict[str, object] = {
        "iss": "supabase",
        "ref": "eventlive",
        "role": role,
        "iat": int(LEGACY_KEY_ISSUED_AT.timestamp()),
        "exp": int(LEGACY_KEY_EXPIRES_AT.timestamp()),
    }
    return jwt.encode(claims, secret, algorithm="HS256")


def expired_for_s(token: str) -> int:
    """Seconds since the `exp` of a token whose signature was already found good."""
    claims: dict[str, float] = jwt.decode(token, options={"verify_signature": False})
    return int(datetime.now(UTC).timestamp() - claims["exp"])


def coordinate(value: int) -> str:
    """A curve coordinate in the unpadded base64url of RFC 7518, section 6.2.1."""
    return base64.urlsafe_b64encode(value.to_bytes(COORDINATE_BYTES)).rstrip(b"=").decode()
