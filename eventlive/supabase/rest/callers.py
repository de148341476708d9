"""Who asks: the claims of the bearer token, or the anonymous role (protocol C.5, C.6)."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from eventlive.supabase.keys import Project, TokenError
from eventlive.supabase.rest.errors import RestError

Claims = Mapping[str, object]

# PostgREST forgives this much clock difference; Auth and Realtime forgive none.
SKEW_S: Final = 30
ANONYMOUS: Final = "anon"


def caller(project: Project, request: Request) -> Claims:
    """The claims to act under. Raises RestError PGRST301 or PGRST303 (401)."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        return {"role": ANONYMOUS}
    try:
        claims = project.verify(token.strip(), leeway_s=SKEW_S)
    except TokenError as error:
        raise _refusal(error, token) from error
    return {**claims, "role": claims.get("role") or ANONYMOUS}


def is_anonymous(claims: Claims) -> bool:
    """A missing privilege is 401 for these callers and 403 for all others."""
    return claims["role"] == ANONYMOUS


def _refusal(error: TokenError, token: str) -> RestError:
    code, message = _reason(error, token)
    return RestError(
        401,
        code,
        message,
        challenge=f'Bearer error="invalid_token", error_description="{message}"',
    )


def _reason(error: TokenError, token: str) -> tuple[str, str]:
    match error.reason:
        case "expired":
            return "PGRST303", "JWT expired"
        case "claims":
            is_future = "iat" in str(error)
            return "PGRST303", "JWT issued at future" if is_future else "JWT not yet valid"
        case "signature":
            return "PGRST301", "JWT cryptographic operation failed"
        case "malformed":
            parts = token.count(".") + 1
            if parts != 3:
                return "PGRST301", f"Expected 3 parts in JWT; got {parts}"
            return "PGRST301", "JWT cryptographic operation failed"
