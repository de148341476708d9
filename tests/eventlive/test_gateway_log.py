"""The gateway's own log: every call to Supabase, for whom it was made, and no secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from eventlive.__main__ import main
from eventlive.api.serving import Serving, client_info
from eventlive.gateway_log import GatewayLog

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import ASGIApp

pytestmark = pytest.mark.anyio
TOKEN = jwt.encode({"sub": "user-1"}, "a secret of at least thirty-two bytes", algorithm="HS256")


async def _answer(request: Request) -> Response:
    headers = {"proxy-status": "PostgREST; error=42703"} if "select" in request.query_params else {}
    return Response(status_code=400 if headers else 201, headers=headers)


def calling(app: ASGIApp) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://supabase.test")


async def logged(path: Path, method: str, url: str, **headers: str) -> list[dict[str, Any]]:
    rest = Starlette(routes=[Route("/rest/v1/{table}", _answer, methods=["GET", "POST"])])
    with GatewayLog(path) as log:
        async with calling(log.wrap(rest)) as http:
            await http.request(method, url, headers=headers)
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_a_line_tells_call_answer_owner_and_client_and_no_secret(tmp_path: Path) -> None:
    [line] = await logged(
        tmp_path / "log",
        "GET",
        "/rest/v1/registrations?select=id&user_id=eq.7&apikey=hush",
        authorization=f"Bearer {TOKEN}",
        **{"x-client-info": "eventlive; route=POST /api/x; call=1"},
    )

    assert line["duration_ms"] >= 0
    assert line["started_at_ns"] > 0
    del line["duration_ms"], line["started_at_ns"]
    assert line == {
        "method": "GET",
        "url": "/rest/v1/registrations?select=id",
        "status": 400,
        "code": "42703",
        "user_id": "user-1",
        "client": "eventlive; route=POST /api/x; call=1",
    }


async def test_keys_and_strangers_own_nothing(tmp_path: Path) -> None:
    [line] = await logged(tmp_path / "log", "POST", "/rest/v1/x", authorization="Bearer sb_key")

    assert (line["user_id"], line["client"], line["code"]) == ("", "", "")
    assert line["url"] == "/rest/v1/x"


async def test_preflights_are_no_calls(tmp_path: Path) -> None:
    assert await logged(tmp_path / "log", "OPTIONS", "/rest/v1/x") == []


async def test_what_breaks_is_logged_without_an_answer(tmp_path: Path) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    path = tmp_path / "log"
    with GatewayLog(path) as log:
        async with calling(log.wrap(broken)) as http:
            await http.get("/rest/v1/x")

    assert json.loads(path.read_text())["status"] is None


async def test_each_call_of_a_route_is_told_apart_and_other_paths_are_nobodys() -> None:
    async def told(_: Request) -> Response:
        return Response(client_info())

    paths = ("/api/webinars/{webinar_id}/access/track", "/")
    async with calling(Serving(Starlette(routes=[Route(path, told) for path in paths]))) as http:
        track = "/api/webinars/149402/access/track"
        said = [(await http.get(path)).text for path in (track, track, "/")]

    assert said == [
        "eventlive; route=GET /api/webinars/{id}/access/track; call=1",
        "eventlive; route=GET /api/webinars/{id}/access/track; call=2",
        "eventlive",
    ]


def test_a_hosted_gateway_keeps_its_own_log(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--gateway-log", "log"], {"SUPABASE_URL": "http://127.0.0.1:9"})

    assert code == 4
    assert "keeps a log of its own" in capsys.readouterr().err
