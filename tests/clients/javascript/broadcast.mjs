// Broadcasts on one public topic: who hears them, and in which of the forms on the wire.
import { newClient, socketsShownTo } from "./clients.mjs";
import { allJoined, event, joined } from "./heard.mjs";

const OLD = { realtime: { vsn: "1.0.0" } };
const said = (event, payload = {}) => ({ type: "broadcast", event, payload });

/** Who hears herself, and what send() answers with and without acknowledgement. */
export async function echo(given) {
  const config = { broadcast: { self: true, ack: true } };
  const ann = newClient(given).channel(given.topic, { config });
  const bob = newClient(given).channel(given.topic);
  const [annHeard, bobHeard] = await allJoined(ann, bob);
  const acknowledged = await ann.send(said("first"));
  const unacknowledged = await bob.send(said("second"));
  await annHeard.until(event("second"));
  await ann.send(said("third")); // an echo to bob would come before this
  await Promise.all([annHeard, bobHeard].map((heard) => heard.until(event("third"))));
  return {
    acknowledged,
    unacknowledged,
    ann: annHeard.with("event"),
    bob: bobHeard.with("event"),
  };
}

/** What a client of each version hears of every way to send, and as which kind of frame. */
export async function forms(given) {
  const channelOf = (options) => newClient(given, options).channel(given.topic);
  const { frames, transport } = framesOf(given);
  const shown = { realtime: { transport } };
  const [old, recent, oldSpeaker, speaker] = [OLD, shown, OLD, {}].map(channelOf);
  const [oldHeard, recentHeard] = await allJoined(old, recent, oldSpeaker, speaker);
  const unjoined = channelOf();
  const sending = {
    old: () => oldSpeaker.send(said("old", { text: "안녕" })),
    recent: () => speaker.send(said("recent", { text: "안녕" })),
    bytes: () => speaker.send(said("bytes", new Uint8Array([0, 127, 255]).buffer)),
    batch: () => unjoined.send(said("batch", { text: "안녕" })),
    single: () => unjoined.httpSend("single", { text: "안녕" }),
    // Bytes that happen to be JSON are bytes all the same.
    octets: () => unjoined.httpSend("octets", new TextEncoder().encode("42")),
    end: () => speaker.send(said("end")),
  };
  const answers = {};
  for (const [name, send] of Object.entries(sending)) {
    answers[name] = await send();
    await recentHeard.until(event(name)); // nothing orders broadcasts of different senders
  }
  await oldHeard.until(event("end"));
  return { answers, old: oldHeard.with("event"), recent: recentHeard.with("event"), frames };
}

/** The kinds of the broadcast frames that clients with this transport receive, in order. */
function framesOf(given) {
  const frames = [];
  const note = ({ data }) => {
    if (typeof data !== "string") frames.push("binary");
    else if (JSON.parse(data)[3] === "broadcast") frames.push("text");
  };
  const see = (socket) => socket.addEventListener("message", note);
  return { frames, transport: socketsShownTo(see, given) };
}

/** Asks on the topic until somebody answers; for a client elsewhere that answers once asked. */
export async function ask(given) {
  const channel = newClient(given).channel(given.topic);
  const heard = await joined(channel);
  const asking = setInterval(() => channel.send(said("question", { text: "들리세요?" })), 200);
  try {
    return await heard.until(event("answer"));
  } finally {
    clearInterval(asking);
  }
}
