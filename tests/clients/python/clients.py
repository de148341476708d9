"""Clients as Python applications make them, and what their refusals tell."""

from collections.abc import Awaitable
from typing import Any

from supabase import (
    AsyncClient,
    AsyncClientOptions,
    AuthError,
    PostgrestAPIError,
    create_async_client,
)

Given = dict[str, Any]


async def new_client(given: Given) -> AsyncClient:
    """A client on which nobody is signed in."""
    options = AsyncClientOptions(auto_refresh_token=False, persist_session=False)
    return await create_async_client(given["url"], given["key"], options=options)


async def service_client(given: Given) -> AsyncClient:
    """A client with the service key, which row level security does not hold back."""
    return await new_client({**given, "key": given["service_role_key"]})


async def signed_in(given: Given, person: dict[str, str]) -> AsyncClient:
    """A client on which this person is signed in, for Realtime too."""
    client = await new_client(given)
    session = (await client.auth.sign_in_with_password(credentials(person))).session
    await client.realtime.set_auth(session.access_token)
    return client


def credentials(person: dict[str, str]) -> dict[str, str]:
    """What one types to sign in."""
    return {"email": person["email"], "password": person["password"]}


async def refusal(call: Awaitable[object]) -> dict[str, object] | None:
    """How the call was refused; None when it was not."""
    try:
        await call
    except AuthError as error:
        said = {"name": error.name, "code": error.code, "message": error.message}
        return {**said, "status": getattr(error, "status", None)}
    except PostgrestAPIError as error:
        return {"code": error.code, "message": error.message}
    return None
