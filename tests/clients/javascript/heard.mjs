// What an application hears on a channel, in order, and a way to wait for it.

const PATIENCE_MS = 8_000;

/** The promise's value, or an error naming `why` when it takes longer. */
export async function within(limitMs, promise, why = () => "") {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${limitMs} ms ${why()}`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A log that can be awaited. */
export class Heard {
  entries = [];
  #waiting = new Set();

  add(entry) {
    this.entries.push(entry);
    this.#waiting.forEach((look) => look());
  }

  /** The nth entry that is accepted, now or later. A failure tells all that was heard instead. */
  async until(accept, nth = 1) {
    let look;
    const found = new Promise((resolve) => {
      look = () => {
        const accepted = this.entries.filter(accept);
        if (accepted.length >= nth) resolve(accepted[nth - 1]);
      };
    });
    this.#waiting.add(look);
    look();
    try {
      const heard = () => `${accept} (${nth}), heard ${JSON.stringify(this.entries)}`;
      return await within(PATIENCE_MS, found, heard);
    } finally {
      this.#waiting.delete(look);
    }
  }

  /** The entries with this member. */
  with(member) {
    return this.entries.filter((entry) => member in entry);
  }
}

export const status = (wanted) => (entry) => entry.status === wanted;
export const event = (wanted) => (entry) => entry.event === wanted;
export const change = (wanted) => (entry) => entry.change === wanted;
export const live = (entry) => entry.system === "Subscribed to PostgreSQL";

/** Subscribes, and notes every status, broadcast, system message and change of the channel. */
export function listen(channel, { changes = [] } = {}) {
  const heard = new Heard();
  channel.on("broadcast", { event: "*" }, (sent) => {
    heard.add({ event: sent.event, payload: plain(sent.payload) });
  });
  channel.on("system", {}, ({ message }) => heard.add({ system: message }));
  for (const wanted of changes) {
    channel.on("postgres_changes", wanted, ({ eventType, new: row, old, errors }) => {
      heard.add({ change: eventType, row, old, errors });
    });
  }
  channel.subscribe((now, error) => heard.add({ status: now, reason: error?.message }));
  return heard;
}

/** `listen`, once the channel is joined and, if changes are wanted, once they flow. */
export async function joined(channel, options = {}) {
  const heard = listen(channel, options);
  await heard.until(status("SUBSCRIBED"));
  if (options.changes) await heard.until(live);
  return heard;
}

/** `joined` for several channels at once, without changes. */
export const allJoined = (...channels) => Promise.all(channels.map((channel) => joined(channel)));

const plain = (payload) =>
  payload instanceof ArrayBuffer ? [...new Uint8Array(payload)] : payload;
