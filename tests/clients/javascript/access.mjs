// Private channels, and what tokens, heartbeats and connections do to a channel.
import { newClient, serviceClient, signedIn, socketsShownTo } from "./clients.mjs";
import { allJoined, event, Heard, joined, listen, status } from "./heard.mjs";

const PRIVATE = { config: { private: true } };
const said = (event) => ({ type: "broadcast", event, payload: {} });

/** The first thing that each is told at the door of the webinar's own topic. */
export async function door(given) {
  const clients = {
    member: await signedIn(given, given.member),
    stranger: await signedIn(given, given.stranger),
    nobody: newClient(given),
  };
  const told = {};
  for (const [name, client] of Object.entries(clients)) {
    const heard = listen(client.channel(given.topic, PRIVATE));
    told[name] = await heard.until((entry) => "status" in entry);
  }
  return told;
}

/** Who hears what the host, a member and an outsider send to a private topic. */
export async function speaking(given) {
  const member = await signedIn(given, given.member);
  const mine = member.channel(given.topic, { config: { private: true, broadcast: { ack: true } } });
  const host = serviceClient(given).channel(given.topic, PRIVATE);
  const outside = newClient(given).channel(given.topic);
  const outsider = newClient(given).channel(given.topic);
  const [inside, ofHost, public_] = await allJoined(mine, host, outside, outsider);
  const unheard = await mine.send(said("member"), { timeout: 400 });
  const httpUnheard = await mine.httpSend("member over http", {}).catch(({ message }) => message);
  await outsider.send(said("outsider"));
  await public_.until(event("outsider"));
  await host.send(said("host"));
  await inside.until(event("host"));
  await serviceClient(given).channel(given.topic, PRIVATE).httpSend("route", {});
  await Promise.all([inside, ofHost].map((heard) => heard.until(event("route"))));
  await outsider.send(said("outsider again"));
  await public_.until(event("outsider again"));
  const events = (heard) => heard.with("event").map((entry) => entry.event);
  return {
    unheard,
    httpUnheard,
    inside: events(inside),
    host: events(ofHost),
    outside: events(public_),
  };
}

/** What a private topic hears when the database itself sends each new message. */
export async function database(given) {
  const member = await signedIn(given, given.member);
  const heard = await joined(member.channel(given.topic, PRIVATE));
  const row = { webinar_id: given.webinar, user_id: given.member.id, body: "hello" };
  await member.from("messages").insert({ ...row, client_id: crypto.randomUUID() });
  return (await heard.until(event("message"))).payload;
}

/** Two channels with a token about to expire, one of which gets another in time. */
export async function expiry(given) {
  const clients = [newClient(given), newClient(given)];
  await Promise.all(clients.map(({ realtime }) => realtime.setAuth(given.short_token)));
  const channels = clients.map((client) =>
    client.channel(given.topic, { config: { broadcast: { self: true, ack: true } } }),
  );
  const [kept, lost] = await allJoined(...channels);
  await clients[0].realtime.setAuth(given.long_token);
  await lost.until(status("CLOSED"));
  await channels[0].send(said("still here"));
  await kept.until(event("still here"));
  return { kept: kept.entries, lost: lost.entries };
}

/** What the client says about its heartbeats until two were answered. */
export async function heartbeat(given) {
  const heard = new Heard();
  const heartbeatCallback = (status) => heard.add({ status });
  const client = newClient(given, { realtime: { heartbeatIntervalMs: 1000, heartbeatCallback } });
  await joined(client.channel(given.topic));
  await heard.until(status("ok"), 2);
  return { heard: heard.entries.map((entry) => entry.status) };
}

/** A client that loses its connection, comes back and hears again. */
export async function reconnection(given) {
  const sockets = [];
  const transport = socketsShownTo((socket) => sockets.push(socket), given);
  const realtime = { transport, reconnectAfterMs: () => 50 };
  const channel = newClient(given, { realtime }).channel(given.topic);
  const heard = await joined(channel);
  sockets[0].close();
  await heard.until(status("SUBSCRIBED"), 2);
  await newClient(given).channel(given.topic).httpSend("again", {});
  await heard.until(event("again"));
  return { heard: heard.entries.map((entry) => entry.status ?? entry.event) };
}

/** Somebody who leaves a topic hears nothing until she comes back. */
export async function leaving(given) {
  const client = newClient(given);
  const first = client.channel(given.topic);
  const other = newClient(given).channel(given.topic);
  const [before, witness] = await allJoined(first, other);
  const answer = await client.removeChannel(first);
  const speaker = newClient(given).channel(given.topic);
  await speaker.httpSend("unheard", {});
  await witness.until(event("unheard"));
  const after = await joined(client.channel(given.topic));
  await speaker.httpSend("heard", {});
  await after.until(event("heard"));
  return { answer, before: before.entries, after: after.entries };
}
