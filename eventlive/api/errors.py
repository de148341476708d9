"""What a refused call looks like: one exception, one JSON shape, one Korean sentence.

`{"error": "<code>", "message": "<sentence>"}` with 400, 401, 403, 404, 409, 413, 429 or 502.
Everything that Supabase refuses passes through `from_refusal`, so an unexpected refusal is always
an error of ours and never an empty result (incident report, section 7.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.requests import Request

INSUFFICIENT_PRIVILEGE = "42501"


class ApiError(Exception):
    """A call that ends here, with the status, code and sentence its caller gets to see."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message


class Refusal(Exception):
    """Supabase said no: HTTP status and error code (SQLSTATE, PGRST… or Auth's word; C.4, B.9)."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code = status, code


def bad_request(message: str) -> ApiError:
    """The request itself is wrong; sending it again will not help."""
    return ApiError(400, "bad_request", message)


def sign_in_required() -> ApiError:
    """No token, or one that is not (any longer) good."""
    return ApiError(401, "sign_in_required", "로그인이 필요합니다. 다시 로그인해 주세요.")


def not_registered() -> ApiError:
    """The webinar's door: closed for this user."""
    return ApiError(403, "not_registered", "이 웨비나에 등록되어 있지 않습니다.")


def admins_only() -> ApiError:
    """The console's door: closed for everybody but admins."""
    return ApiError(403, "admins_only", "관리자만 사용할 수 있습니다.")


def not_found(what: str) -> ApiError:
    """`what` (a Korean noun) is not there, or not for this user's eyes."""
    return ApiError(404, "not_found", f"{what} 찾을 수 없습니다.")


def visit_ended() -> ApiError:
    """The visit is over, since its person came in elsewhere; its page may start over."""
    sentence = "다른 곳에서 로그인하여 이 화면의 참석이 종료되었습니다."
    return ApiError(409, "session_conflict", sentence)


def too_large() -> ApiError:
    """The body is beyond what any honest call sends."""
    return ApiError(413, "too_large", "요청이 너무 큽니다.")


def unavailable() -> ApiError:
    """Supabase did not answer in time, or not sensibly: worth trying again later."""
    return ApiError(502, "unavailable", "서비스가 잠시 불안정합니다. 잠시 후 다시 시도해 주세요.")


def from_refusal(refusal: Refusal) -> ApiError:
    """Give a refusal of Supabase the meaning that it has for every route."""
    if refusal.code == INSUFFICIENT_PRIVILEGE:
        return not_registered()
    if refusal.status == 401:
        return sign_in_required()
    if refusal.status == 429:
        return ApiError(
            429, "too_many_requests", "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요."
        )
    return unavailable()


async def answer_error(request: Request, error: Exception) -> JSONResponse:
    """Starlette exception handler for `ApiError` and `Refusal`."""
    known = error if isinstance(error, ApiError) else None
    if isinstance(error, Refusal):
        known = from_refusal(error)
    if known is None:
        raise error
    return JSONResponse({"error": known.code, "message": known.message}, known.status)
