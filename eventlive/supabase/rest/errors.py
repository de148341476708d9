"""Errors as PostgREST answers them: a code, a status and a JSON body (protocol C.4).

RestError is raised by our own checks; `from_database` turns what PostgreSQL raised into one.
"""

from typing import Final

import msgspec
import psycopg
from psycopg_pool import PoolTimeout
from starlette.responses import Response

_STATUS_BY_STATE: Final = {
    "23503": 409,
    "23505": 409,
    "25006": 405,
    "42883": 404,
    "42P01": 404,
    "42P17": 500,
    "53400": 500,
    "57P01": 503,
    "P0001": 400,
}
_STATUS_BY_CLASS: Final = (
    dict.fromkeys(("08", "53"), 503)
    | dict.fromkeys(("0L", "0P", "28"), 403)
    | dict.fromkeys(
        ("09", "25", "2D", "38", "39", "3B", "40", "54", "55", "57", "58", "F0", "HV", "P0", "XX"),
        500,
    )
)


class RestError(Exception):
    """A request that is answered with an error body instead of rows."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: str | None = None,
        hint: str | None = None,
        challenge: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.hint = hint
        self.challenge = challenge

    def response(self) -> Response:
        """The four-member body, `Proxy-Status`, and for 401 the `WWW-Authenticate` challenge."""
        body = {
            "code": self.code,
            "details": self.details,
            "hint": self.hint,
            "message": self.message,
        }
        headers = {"Proxy-Status": f"PostgREST; error={self.code}"}
        if self.challenge is not None:
            headers["WWW-Authenticate"] = self.challenge
        return Response(
            msgspec.json.encode(body),
            self.status,
            headers,
            media_type="application/json; charset=utf-8",
        )


def status_of(sqlstate: str, message: str, *, is_anonymous: bool) -> int:
    """The HTTP status of an SQLSTATE; 42501 depends on who asked, two others on the text."""
    if sqlstate == "42501":
        return 401 if is_anonymous else 403
    if sqlstate == "22023":
        return 401 if message.startswith('role "') and message.endswith("does not exist") else 400
    if sqlstate == "21000":
        return 400 if message.endswith("requires a WHERE clause") else 500
    # A function chooses its own status by raising SQLSTATE PT402 and the like.
    if sqlstate.startswith("PT") and sqlstate[2:].isdecimal():
        return int(sqlstate[2:])
    return _STATUS_BY_STATE.get(sqlstate) or _STATUS_BY_CLASS.get(sqlstate[:2], 400)


def from_database(error: Exception, *, is_anonymous: bool) -> RestError:
    """What psycopg or its pool raised, as the client is told it."""
    if isinstance(error, PoolTimeout):
        return RestError(504, "PGRST003", "Timed out acquiring connection from connection pool.")
    if not isinstance(error, psycopg.Error) or error.sqlstate is None:
        return _without_state(error)
    message = error.diag.message_primary or str(error)
    status = status_of(error.sqlstate, message, is_anonymous=is_anonymous)
    return RestError(
        status,
        error.sqlstate,
        message,
        details=error.diag.message_detail,
        hint=error.diag.message_hint,
        challenge="Bearer" if status == 401 else None,
    )


def _without_state(error: Exception) -> RestError:
    # psycopg refuses a NUL character in a value before PostgreSQL could, with no SQLSTATE.
    if isinstance(error, psycopg.DataError):
        return RestError(400, "22021", 'invalid byte sequence for encoding "UTF8": 0x00')
    return RestError(503, "PGRST001", "Database client error. Retrying the connection.")
