"""Access tokens and the session object that hands them out (protocol B.1 and B.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from eventlive.supabase.auth.users import user_object

if TYPE_CHECKING:
    from eventlive.supabase.auth.core import Core
    from eventlive.supabase.auth.sessions import Grant


def session_answer(core: Core, grant: Grant) -> JSONResponse:
    """A fresh access token together with the refresh token that follows it."""
    issued_at_s = int(datetime.now(UTC).timestamp())
    expires_in_s = core.settings.jwt_expiry_s
    body = {
        "access_token": core.project.issue(access_claims(core, grant, issued_at_s)),
        "token_type": "bearer",
        "expires_in": expires_in_s,
        "expires_at": issued_at_s + expires_in_s,
        "refresh_token": grant.refresh_token,
        "user": user_object(grant.user),
    }
    headers = {
        "sb-auth-user-id": str(grant.user.id),
        "sb-auth-session-id": str(grant.session_id),
    }
    return JSONResponse(body, headers=headers)


def access_claims(core: Core, grant: Grant, issued_at_s: int) -> dict[str, Any]:
    """Who the bearer is. The time of `amr` is that of the sign-in, also after a refresh."""
    user = grant.user
    signed_in_at_s = int(grant.started_at.timestamp())
    return {
        "iss": core.issuer,
        "sub": str(user.id),
        "aud": user.aud,
        "exp": issued_at_s + core.settings.jwt_expiry_s,
        "iat": issued_at_s,
        "email": user.email,
        "phone": "",
        "app_metadata": user.raw_app_meta_data,
        "user_metadata": user.raw_user_meta_data,
        "role": user.role,
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": signed_in_at_s}],
        "session_id": str(grant.session_id),
        "is_anonymous": user.is_anonymous,
    }
