"""Errors of the Auth service and the JSON forms in which clients read them (protocol B.9).

AuthError       code and message, in the form that the client's version asks for
OAuthError      the OAuth form, whatever the client asks for
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import psycopg
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import ExceptionHandler

# The version, a date, from which errors carry their code as a string.
CODES_ARE_STRINGS = "2024-01-01"


class AuthError(Exception):
    """A request that the service refuses; `details` are further members of the answer."""

    def __init__(
        self, status: int, code: str, message: str, details: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message
        self.details = details or {}


class OAuthError(Exception):
    """A refusal in the words of OAuth, always 400."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description = error, description


def validation_failed(message: str) -> AuthError:
    """The request lacks something or holds something that it should not."""
    return AuthError(400, "validation_failed", message)


def answer_auth_error(request: Request, error: Exception) -> JSONResponse:
    """The two forms: `code` is a string for clients that send a version, else the status."""
    assert isinstance(error, AuthError)
    headers = {"x-sb-error-code": error.code}
    body: dict[str, object]
    if request.headers.get("x-supabase-api-version", "") >= CODES_ARE_STRINGS:
        headers["X-Supabase-Api-Version"] = CODES_ARE_STRINGS
        body = {"code": error.code, "message": error.message}
    else:
        body = {"code": error.status, "error_code": error.code, "msg": error.message}
    return JSONResponse({**body, **error.details}, error.status, headers=headers)


def answer_oauth_error(_request: Request, error: Exception) -> JSONResponse:
    """The OAuth form."""
    assert isinstance(error, OAuthError)
    return JSONResponse({"error": error.error, "error_description": error.description}, 400)


def answer_busy(request: Request, _error: Exception) -> JSONResponse:
    """No database connection came free in time."""
    message = "Processing this request timed out, please retry after a moment."
    return answer_auth_error(request, AuthError(504, "request_timeout", message))


def answer_database_error(request: Request, error: Exception) -> JSONResponse:
    """The cause goes to the log: it may name what a client must not learn."""
    logging.getLogger(__name__).error("the database refused", exc_info=error)
    message = "Unexpected failure, please check server logs for more information"
    return answer_auth_error(request, AuthError(500, "unexpected_failure", message))


def answer_http_error(request: Request, error: Exception) -> JSONResponse:
    """An unknown path or method below /auth/v1."""
    assert isinstance(error, HTTPException)
    refusal = AuthError(error.status_code, "not_found", error.detail)
    return answer_auth_error(request, refusal)


HANDLERS: dict[type[Exception], ExceptionHandler] = {
    AuthError: answer_auth_error,
    OAuthError: answer_oauth_error,
    PoolTimeout: answer_busy,
    psycopg.Error: answer_database_error,
    HTTPException: answer_http_error,
}
