/**
 * The room's Realtime channel: private, with presence, reopened when the server closes it.
 * Protocol reference: A.4 (the token must precede the join), A.7 and A.8 (what ends a channel).
 */

import { backOffMs, pause } from "./schedule.js";

/**
 * @typedef {object} Listener
 * @property {() => void} onOpen a fresh channel; presence starts over
 * @property {() => void} onReady messages flow from now on
 * @property {(reason: string) => void} onTrouble messages may not flow until the next onReady
 * @property {(message: import("./api.js").Message) => void} onMessage
 * @property {(id: number) => void} onHidden
 * @property {(visits: string[]) => void} onConflict the server has ended these visits
 * @property {(key: string, name: string) => void} onJoin
 * @property {(key: string, remaining: number) => void} onLeave
 */

export class Room {
  #client;
  #access;
  #listener;
  #channel = null;
  #closures = 0;
  #isLeft = false;

  /**
   * @param {object} client supabase-js
   * @param {object} access the answer of access/track
   * @param {Listener} listener
   */
  constructor(client, access, listener) {
    this.#client = client;
    this.#access = access;
    this.#listener = listener;
  }

  /** Joins; everything further is told to the listener. */
  async open() {
    // Without this a join may go out before the stored session was read, that is, as anon.
    await this.#client.realtime.setAuth();
    if (this.#isLeft) return;
    const { topic, user } = this.#access;
    const config = { private: true, presence: { key: user.id } };
    const channel = this.#client.channel(topic, { config });
    this.#channel = channel;
    this.#listener.onOpen();
    this.#listen(channel);
    channel.subscribe((status, error) => {
      // A channel may report once more while it is given up; only the current one counts.
      if (channel === this.#channel) this.#follow(status, error);
    });
  }

  /**
   * The others can see this person in the room, if the server takes it in one of two attempts.
   * Five presence calls in 30 s would cost the channel (A.13), so there is no third.
   */
  async track() {
    const seat = { display_name: this.#access.user.display_name };
    for (let attempt = 0; attempt < 2; attempt += 1) {
      if ((await this.#channel?.track(seat)) === "ok") return;
    }
    console.warn("presence: the seat was not taken");
  }

  /** The others see this person gone; the channel is not reopened. */
  async close() {
    this.#isLeft = true;
    const channel = this.#channel;
    this.#channel = null;
    if (channel === null) return;
    await channel.untrack();
    await this.#client.removeChannel(channel);
  }

  get #isByChanges() {
    return this.#access.transport === "postgres_changes";
  }

  #listen(channel) {
    const { onMessage, onHidden, onConflict, onJoin, onLeave } = this.#listener;
    channel
      .on("broadcast", { event: "message_hidden" }, ({ payload }) => onHidden(payload.id))
      .on("broadcast", { event: "session_conflict" }, ({ payload }) => onConflict(payload.visits))
      .on("presence", { event: "join" }, ({ key, newPresences }) =>
        onJoin(key, newPresences[0]?.display_name),
      )
      .on("presence", { event: "leave" }, ({ key, currentPresences }) =>
        onLeave(key, currentPresences.length),
      );
    if (this.#isByChanges) this.#listenToChanges(channel, onMessage);
    else channel.on("broadcast", { event: "message" }, ({ payload }) => onMessage(payload));
  }

  #listenToChanges(channel, onMessage) {
    const filter = `webinar_id=eq.${this.#access.webinar.id}`;
    const rows = { event: "INSERT", schema: "public", table: "messages", filter };
    channel
      .on("postgres_changes", rows, (change) => onMessage(change.new))
      .on("system", {}, ({ extension, status, message }) => {
        if (extension !== "postgres_changes" || channel !== this.#channel) return;
        if (status === "ok") this.#listener.onReady();
        else this.#listener.onTrouble(message);
      });
  }

  #follow(status, error) {
    if (status === "SUBSCRIBED") return this.#subscribed();
    this.#listener.onTrouble(error?.message ?? status);
    // After errors and time-outs the client rejoins by itself; a channel closed by the server
    // (expired token, rate limit) stays closed unless the page opens another.
    if (status === "CLOSED") void this.#reopen();
  }

  #subscribed() {
    this.#closures = 0;
    // Changes flow only after "Subscribed to PostgreSQL", up to seconds later.
    if (!this.#isByChanges) this.#listener.onReady();
  }

  async #reopen() {
    // The client has forgotten a closed channel already, so the topic is free.
    this.#channel = null;
    await pause(backOffMs(this.#closures));
    this.#closures += 1;
    if (!this.#isLeft) await this.open();
  }
}
