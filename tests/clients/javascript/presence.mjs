// Presence: who is on a topic, as somebody who watches it sees.
import { newClient } from "./clients.mjs";
import { Heard, status } from "./heard.mjs";

const keyed = (given, key) => {
  const client = newClient(given);
  return { client, channel: client.channel(given.topic, { config: { presence: { key } } }) };
};

/** A channel with everything its application hears about presence. */
async function watching(given, key) {
  const { client, channel } = keyed(given, key);
  const heard = new Heard();
  channel.on("presence", { event: "join" }, ({ key }) => heard.add({ join: key }));
  channel.on("presence", { event: "leave" }, ({ key }) => heard.add({ leave: key }));
  channel.on("presence", { event: "sync" }, () => heard.add({ here: stateOf(channel) }));
  channel.subscribe((now) => heard.add({ status: now }));
  await heard.until(status("SUBSCRIBED"));
  return { client, channel, heard };
}

async function entered(given, key) {
  const { client, channel } = keyed(given, key);
  await new Promise((resolve) => channel.subscribe((now) => now === "SUBSCRIBED" && resolve()));
  return { client, channel };
}

/** Key to what is tracked under it. */
function stateOf(channel) {
  const metas = Object.entries(channel.presenceState());
  return Object.fromEntries(metas.map(([key, all]) => [key, all.map(({ mood }) => mood).sort()]));
}

const here = (wanted) => (entry) => JSON.stringify(entry.here) === JSON.stringify(wanted);

/** Somebody comes, changes and goes; another comes later and sees who is there. */
export async function diffs(given) {
  const { heard } = await watching(given, "bob");
  const ann = await entered(given, "ann");
  const tracked = await ann.channel.track({ mood: "calm" });
  await heard.until(here({ ann: ["calm"] }));
  await ann.channel.track({ mood: "glad" });
  await heard.until(here({ ann: ["glad"] }));
  const late = await watching(given, "cay");
  await late.heard.until(here({ ann: ["glad"] }));
  const untracked = await ann.channel.untrack();
  await Promise.all([heard, late.heard].map((one) => one.until(({ leave }) => leave === "ann")));
  await heard.until(here({}), 2);
  return { tracked, untracked, heard: heard.entries, late: late.heard.entries };
}

/** Two tabs of one person: she is there until the last is gone, left or cut off. */
export async function tabs(given) {
  const { heard } = await watching(given, "bob");
  const [left, right] = await Promise.all([entered(given, "ann"), entered(given, "ann")]);
  await left.channel.track({ mood: "left" });
  await right.channel.track({ mood: "right" });
  const both = await heard.until(here({ ann: ["left", "right"] }));
  await left.client.removeChannel(left.channel);
  const one = await heard.until(here({ ann: ["right"] }));
  await right.client.realtime.disconnect();
  const none = await heard.until(here({}), 2);
  return { both: both.here, one: one.here, none: none.here };
}
