// Changes of the table `messages`, as row level security lets each client see them.
import { newClient, serviceClient, signedIn } from "./clients.mjs";
import { change, joined, listen, live } from "./heard.mjs";
import { said } from "./rest.mjs";

const TABLE = { schema: "public", table: "messages" };
// A DELETE tells the key alone, so that no other filter would ever match one.
const UNFILTERED = ["UPDATE", "DELETE"].map((event) => ({ event, ...TABLE }));
const inserts = ({ webinar }) => {
  const filter = `webinar_id=eq.${webinar}`;
  return { event: "INSERT", filter, ...TABLE };
};

/** What a member and a stranger hear of a row's life. */
export async function visibility(given) {
  const { member, stranger, topic } = given;
  const changes = [inserts(given), ...UNFILTERED];
  const clients = await Promise.all([member, stranger].map((one) => signedIn(given, one)));
  const [inside, outside] = await Promise.all(
    clients.map((client) => joined(client.channel(topic), { changes })),
  );
  const row = said(given, member, "hello");
  const { data } = await clients[0].from("messages").insert(row).select().single();
  await inside.until(change("INSERT"));
  const messages = serviceClient(given).from("messages");
  await messages.update({ body: "changed" }).eq("id", data.id);
  await inside.until(change("UPDATE"));
  await messages.delete().eq("id", data.id); // everybody hears of this one, so it ends the wait
  await Promise.all([inside, outside].map((heard) => heard.until(change("DELETE"))));
  return { row: data, inside: inside.with("change"), outside: outside.with("change") };
}

/** A channel joined by nobody in particular hears what its client may see after signing in. */
export async function renewal(given) {
  const client = newClient(given);
  const heard = await joined(client.channel(given.topic), { changes: [inserts(given)] });
  await client.auth.signInWithPassword(given.member);
  await heard.until(live, 2);
  await client.from("messages").insert(said(given, given.member, "hello"));
  await heard.until(change("INSERT"));
  return { heard: heard.entries.map(({ status, system, row }) => status ?? system ?? row.body) };
}

/** What a client is told that wants changes of a table which publishes none. */
export async function unpublished(given) {
  const channel = newClient(given).channel(given.topic);
  const wanted = { event: "*", schema: "public", table: "webinars" };
  const heard = listen(channel, { changes: [wanted] });
  return heard.until((entry) => "system" in entry);
}
