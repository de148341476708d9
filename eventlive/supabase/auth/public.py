"""What anybody with a key may know about the service: settings, health, public keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eventlive.supabase.auth.core import core_of

if TYPE_CHECKING:
    from starlette.requests import Request

SETTINGS = {
    "external": {"email": True, "phone": False, "anonymous_users": False},
    "disable_signup": False,
    "mailer_autoconfirm": True,
    "phone_autoconfirm": False,
    "sms_provider": "",
    "saml_enabled": False,
}
HEALTH = {
    "version": "eventlive",
    "name": "GoTrue",
    "description": "GoTrue is a user registration and authentication API",
}


async def read_settings(_request: Request) -> Response:
    """GET /settings: passwords only, and nobody has to confirm an address."""
    return JSONResponse(SETTINGS)


async def read_health(_request: Request) -> Response:
    """GET /health. The version says that this is not the real service."""
    return JSONResponse(HEALTH)


async def read_jwks(request: Request) -> Response:
    """GET /.well-known/jwks.json: what anybody needs to check a user token."""
    headers = {"Cache-Control": "public, max-age=600"}
    return JSONResponse(core_of(request).project.jwks(), headers=headers)


routes = [
    Route("/settings", read_settings, methods=["GET"]),
    Route("/health", read_health, methods=["GET"]),
    Route("/.well-known/jwks.json", read_jwks, methods=["GET"]),
]
