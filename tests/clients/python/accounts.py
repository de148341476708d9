"""Accounts and sessions."""

from supabase import AsyncClient, AuthError

from tests.clients.python.clients import Given, credentials, new_client, refusal, signed_in


async def sign_up(given: Given) -> object:
    """A new account, what its token says, and the name in the profile that came with it."""
    client = await new_client(given)
    options = {"data": {"display_name": "새 손님"}}
    new = {"email": given["email"], "password": given["password"], "options": options}
    user = (await client.auth.sign_up(new)).user
    proven = await client.auth.get_claims()
    profiles = client.table("profiles").select("display_name").eq("id", user.id)
    return {
        "id": user.id,
        "claims": proven["claims"],
        "profile": (await profiles.single().execute()).data,
        "again": await refusal((await new_client(given)).auth.sign_up(new)),
    }


async def refused(given: Given) -> object:
    """What a wrong password is told."""
    client = await new_client(given)
    wrong = credentials(given["person"]) | {"password": "wrong"}
    return await refusal(client.auth.sign_in_with_password(wrong))


async def rotate(given: Given) -> object:
    """Three refresh tokens of one session, and what a return of the second one gets."""
    client = await signed_in(given, given["person"])
    first = (await client.auth.get_session()).refresh_token
    second = await refreshed(given, first)
    third = await refreshed(given, second)
    return {"tokens": [first, second, third], "parent": await refreshed(given, second)}


async def refresh_all(given: Given) -> object:
    """What each of these refresh tokens is answered, in turn."""
    client = await new_client(given)
    answers = [await refusal(client.auth.refresh_session(token)) for token in given["tokens"]]
    return {"answers": answers}


async def sign_out(given: Given) -> object:
    """Which of three sessions of one person are still good after each scope of signing out."""
    clients = [await signed_in(given, given["person"]) for _ in range(3)]
    await clients[0].auth.sign_out({"scope": "local"})
    local = [await is_in(client) for client in clients]
    await clients[1].auth.sign_out({"scope": "others"})
    others = [await is_in(client) for client in clients]
    await clients[1].auth.sign_out()
    return {
        "local": local,
        "others": others,
        "global": [await is_in(client) for client in clients],
    }


async def refreshed(given: Given, token: str) -> str:
    """The token that replaces this one."""
    client = await new_client(given)
    return str((await client.auth.refresh_session(token)).session.refresh_token)


async def is_in(client: AsyncClient) -> bool:
    """Whether the server still knows this client's session."""
    try:
        return await client.auth.get_user() is not None
    except AuthError:
        return False
