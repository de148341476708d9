"""Realtime: broadcasts, presence, changes and private channels."""

from typing import Any

from supabase import AsyncClient

from tests.clients.python.clients import Given, new_client, service_client, signed_in
from tests.clients.python.heard import Heard
from tests.clients.python.tables import said

Change = dict[str, Any]


async def answer(given: Given) -> object:
    """Answers the first question on the topic; returns what was heard."""
    client = await new_client(given)
    channel = client.channel(given["topic"])
    heard = Heard()
    channel.on_broadcast("question", lambda sent: heard.add(**sent))
    await channel.subscribe()
    question = await heard.until(event="question")
    await channel.send_broadcast("answer", {"text": "네, 들려요"})
    # Leaving is answered after everything sent before it, so the answer is out.
    await client.remove_all_channels()
    return question


async def broadcasts(given: Given) -> object:
    """What a client hears of its own, of another client's, and of what comes over HTTP."""
    config = {"broadcast": {"self": True, "ack": True}, "presence": None, "private": False}
    client, other = await new_client(given), await new_client(given)
    channel = client.channel(given["topic"], {"config": config})
    heard = Heard()
    channel.on_broadcast("*", lambda sent: heard.add(**sent))
    await channel.subscribe()
    await channel.send_broadcast("own", {"text": "안녕"})
    await heard.until(event="own")
    elsewhere = await other.channel(given["topic"]).subscribe()
    await elsewhere.send_broadcast("other", {"text": "안녕"})
    await heard.until(event="other")
    await elsewhere.http_send("http", {"text": "안녕"})
    await heard.until(event="http")
    await close(client, other)
    return {"heard": heard.entries}


async def presence(given: Given) -> object:
    """Who is there, after each thing that somebody else does."""
    watching, coming = await new_client(given), await new_client(given)
    seen = Heard()
    watcher = watching.channel(given["topic"])
    watcher.on_presence_sync(lambda: seen.add(here=moods(watcher.presence_state())))
    await watcher.subscribe()
    options = {"broadcast": None, "presence": {"key": "ann", "enabled": True}, "private": False}
    channel = await coming.channel(given["topic"], {"config": options}).subscribe()
    await channel.track({"mood": "calm"})
    await seen.until(here={"ann": ["calm"]})
    await channel.track({"mood": "glad"})
    await seen.until(here={"ann": ["glad"]})
    await channel.untrack()
    await seen.until(2, here={})
    await close(watching, coming)
    return {"states": [entry["here"] for entry in seen.entries]}


async def changes(given: Given) -> object:
    """What a member and a stranger hear of a row's life."""
    people = [await signed_in(given, given[name]) for name in ("member", "stranger")]
    inside, outside = [await follow(client, given) for client in people]
    row = (await people[0].table("messages").insert(said(given, "hello")).execute()).data[0]
    await inside.until(change="INSERT")
    service = await service_client(given)
    # Everybody hears that a row is gone, so this ends the wait of the one who heard nothing.
    await service.table("messages").delete().eq("id", row["id"]).execute()
    await inside.until(change="DELETE")
    await outside.until(change="DELETE")
    await close(*people)
    return {"row": row, "inside": inside.entries, "outside": outside.entries}


async def door(given: Given) -> object:
    """What a member and a stranger are told at the door of the private topic."""
    told = {}
    for name in ("member", "stranger"):
        client = await signed_in(given, given[name])
        config = {"broadcast": None, "presence": None, "private": True}
        heard = Heard()
        await client.channel(given["topic"], {"config": config}).subscribe(
            lambda status, error, heard=heard: heard.add(
                status=status.value, reason=error and str(error)
            )
        )
        told[name] = heard.entries[0]
        await client.realtime.close()
    return told


async def follow(client: AsyncClient, given: Given) -> Heard:
    """Hears inserts into the webinar's chat and deletions of any message."""
    heard = Heard()

    def note(change: Change) -> None:
        data = change["data"]
        heard.add(change=data["type"], row=data.get("record"), old=data.get("old_record"))

    channel = client.channel(given["topic"])
    channel.on_system(lambda told: heard.add(system=told.message))
    channel.on_postgres_changes(
        "INSERT", note, "messages", "public", f"webinar_id=eq.{given['webinar']}"
    )
    channel.on_postgres_changes("DELETE", note, "messages", "public")
    await channel.subscribe()
    await heard.until(system="Subscribed to PostgreSQL")
    return heard


def moods(state: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """Key to what is tracked under it."""
    return {key: [meta["mood"] for meta in metas] for key, metas in state.items()}


async def close(*clients: AsyncClient) -> None:
    """Leave every channel and end the connections."""
    for client in clients:
        await client.remove_all_channels()
