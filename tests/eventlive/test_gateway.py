"""The gateway: keys, tokens, CORS and request ids, in front of a service that repeats requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute

from eventlive.supabase.gateway import gateway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.types import Message
    from starlette.websockets import WebSocket

    from eventlive.supabase.keys import Project

pytestmark = pytest.mark.anyio

ORIGIN = {"Origin": "https://app.example.test"}
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}


class Echo:
    """A service that answers with what reached it."""

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/echo", self.answer, methods=["GET", "POST"]),
            Route("/.well-known/jwks.json", self.answer),
            WebSocketRoute("/websocket", self.greet),
        ]

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def answer(self, request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "apikey": request.headers.get("apikey"),
                "authorization": request.headers.get("authorization"),
                "query": request.query_params.multi_items(),
            }
        )

    async def greet(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json(dict(websocket.query_params))
        await websocket.close()


@pytest.fixture
async def client(project: Project) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway with one service, `/auth/v1`."""
    transport = httpx.ASGITransport(gateway(project, {"auth": Echo()}))
    async with httpx.AsyncClient(transport=transport, base_url="http://gate.test/auth/v1") as http:
        yield http


async def test_a_request_without_a_key_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/echo")

    assert answer.status_code == 401
    assert answer.json() == {
        "message": "No API key found in request",
        "hint": "No `apikey` request header or url param was found.",
    }


async def test_a_request_with_an_unknown_key_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/echo", headers={"apikey": "sb_publishable_of_somebody_else"})

    assert (answer.status_code, answer.json()["message"]) == (401, "Invalid API key")


async def test_open_paths_need_no_key(client: httpx.AsyncClient) -> None:
    assert (await client.get("/.well-known/jwks.json")).status_code == 200


async def test_an_opaque_key_becomes_a_token(client: httpx.AsyncClient, project: Project) -> None:
    key = project.publishable_key

    seen = (
        await client.get("/echo", headers={"apikey": key, "Authorization": f"Bearer {key}"})
    ).json()

    assert seen["apikey"] == project.anon_key
    assert seen["authorization"] == f"Bearer {project.anon_key}"


async def test_a_missing_authorization_becomes_that_of_the_key(
    client: httpx.AsyncClient, project: Project
) -> None:
    seen = (await client.get("/echo", headers={"apikey": project.secret_key})).json()

    assert seen["authorization"] == f"Bearer {project.service_role_key}"


async def test_a_users_token_passes_unchanged(client: httpx.AsyncClient, project: Project) -> None:
    headers = {"apikey": project.publishable_key, "Authorization": "Bearer of-a-user"}

    assert (await client.get("/echo", headers=headers)).json()[
        "authorization"
    ] == "Bearer of-a-user"


async def test_a_key_in_the_query_counts_and_the_rest_of_the_query_stays(
    client: httpx.AsyncClient, project: Project
) -> None:
    answer = await client.get(f"/echo?apikey={project.publishable_key}&a=1&a=%26&b=")

    assert answer.json()["query"] == [
        ["apikey", project.anon_key],
        ["a", "1"],
        ["a", "&"],
        ["b", ""],
    ]


async def test_a_secret_key_in_a_browser_is_refused(
    client: httpx.AsyncClient, project: Project
) -> None:
    answer = await client.get("/echo", headers={"apikey": project.secret_key, **BROWSER})

    assert answer.status_code == 401
    assert answer.json()["message"] == "Forbidden use of secret API key in browser"


async def test_a_publishable_key_in_a_browser_passes(
    client: httpx.AsyncClient, project: Project
) -> None:
    answer = await client.get("/echo", headers={"apikey": project.publishable_key, **BROWSER})

    assert answer.status_code == 200


async def test_a_preflight_allows_what_the_page_asks_for(client: httpx.AsyncClient) -> None:
    wanted = "authorization,apikey,x-client-info,content-type,prefer,x-retry-count,range"
    headers = {
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": wanted,
        **ORIGIN,
    }

    answer = await client.options("/echo", headers=headers)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert set(wanted.split(",")) <= set(answer.headers["access-control-allow-headers"].split(","))


async def test_a_page_may_read_the_headers_that_clients_need_even_of_a_refusal(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/echo", headers=ORIGIN)

    exposed = answer.headers["access-control-expose-headers"]
    assert answer.status_code == 401
    assert {"Content-Range", "X-Supabase-Api-Version"} <= set(exposed.split(", "))


async def test_every_answer_has_a_request_id_of_its_own(client: httpx.AsyncClient) -> None:
    ids = [(await client.get("/echo")).headers["sb-request-id"] for _ in range(2)]

    assert len(set(ids)) == 2


async def test_an_unknown_path_is_the_gateways_to_refuse(
    client: httpx.AsyncClient, project: Project
) -> None:
    answer = await client.get("/nowhere", headers={"apikey": project.anon_key})

    assert answer.status_code == 404
    assert answer.json() == {"message": "no Route matched with those values"}


async def test_a_websocket_sees_the_token_of_its_key(project: Project) -> None:
    seen = await query_of_handshake(project, f"apikey={project.publishable_key}&vsn=2.0.0")

    assert seen == {"apikey": project.anon_key, "vsn": "2.0.0"}


async def test_a_websocket_without_a_key_is_realtimes_to_refuse(project: Project) -> None:
    assert await query_of_handshake(project, "vsn=2.0.0") == {"vsn": "2.0.0"}


async def query_of_handshake(project: Project, query: str) -> dict[str, str]:
    """The query parameters that reach the service with a WebSocket handshake."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/realtime/v1/websocket",
        "query_string": query.encode(),
        "headers": [],
        "subprotocols": [],
    }
    await gateway(project, {"realtime": Echo()})(scope, receive, send)
    seen: dict[str, str] = json.loads(sent[1]["text"])
    return seen
