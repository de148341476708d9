"""Tables and functions through PostgREST."""

from typing import Any
from uuid import uuid4

from postgrest import AsyncSelectRequestBuilder as Query
from postgrest.types import CountMethod
from supabase import AsyncClient

from tests.clients.python.clients import Given, new_client, refusal, signed_in


async def write_and_read(given: Given) -> object:
    """Rows in, repeated, found and counted."""
    client = await signed_in(given, given["member"])
    messages = client.table("messages")
    once = said(given, "once")
    greeting = said(given, "안녕하세요! 👋") | {"kind": "greeting"}
    inserted = await messages.insert([once, greeting], default_to_null=False).execute()
    repeated = await messages.upsert(
        once, on_conflict="user_id,client_id", ignore_duplicates=True
    ).execute()
    found = await mine(client, given, "body").neq("kind", "chat").execute()
    limited = await mine(client, given, "body", count=CountMethod.exact).limit(1).execute()
    counted = await mine(client, given, "*", count=CountMethod.exact, head=True).execute()
    none = await mine(client, given, "*").eq("body", "x").maybe_single().execute()
    return {
        "inserted": [row["body"] for row in inserted.data],
        "repeated": repeated.data,
        "found": found.data,
        "limited": [limited.data, limited.count],
        "counted": counted.count,
        "none": none,
        "called": (await client.rpc("is_open", {"webinar": given["webinar"]}).execute()).data,
    }


async def errors(given: Given) -> object:
    """What goes wrong, and as what it is reported."""
    client = await signed_in(given, given["member"])
    once = said(given, "once")
    messages = client.table("messages")
    return {
        "first": await refusal(messages.insert(once).execute()),
        "duplicate": await refusal(messages.insert(once).execute()),
        "single": await refusal(mine(client, given, "*").eq("body", "x").single().execute()),
        "column": await refusal(messages.select("colour").execute()),
        "table": await refusal(client.table("nothing").select("*").execute()),
    }


async def security(given: Given) -> object:
    """What row level security leaves to a stranger and to somebody not signed in."""
    member = await signed_in(given, given["member"])
    await member.table("messages").insert(said(given, "for members")).execute()
    stranger = await signed_in(given, given["stranger"])
    nobody = await new_client(given)
    return {
        "member": (await mine(member, given, "body").execute()).data,
        "stranger": (await mine(stranger, given, "body").execute()).data,
        "stranger writes": await refusal(
            stranger.table("messages").insert(said(given, "hello")).execute()
        ),
        "nobody": await refusal(mine(nobody, given, "body").execute()),
    }


def said(given: Given, body: str) -> dict[str, Any]:
    """A row for `messages` in the member's name."""
    author = given["member"]["id"]
    return {
        "webinar_id": given["webinar"],
        "user_id": author,
        "client_id": str(uuid4()),
        "body": body,
    }


def mine(client: AsyncClient, given: Given, columns: str, **options: object) -> Query:
    """A query over the webinar's chat."""
    chat = client.table("messages").select(columns, **options)
    return chat.eq("webinar_id", given["webinar"])
