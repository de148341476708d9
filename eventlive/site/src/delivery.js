/** How messages reach this page: live through Realtime, or polled while that is unhealthy. */

import { Backlog } from "./backlog.js";
import { Room } from "./realtime.js";
import { backOffMs, isRefusal, Repeat, withRetry } from "./schedule.js";

/** The text shown for each state of the connection. */
export const CONNECTION = {
  connecting: "연결 중…",
  live: "실시간 연결됨",
  polling: "재연결 중 (보조 수신)",
  stopped: "재연결 중 (보조 수신 중지)",
};

/**
 * @typedef {object} Audience
 * @property {(messages: import("./api.js").Message[]) => void} onMessages possibly repeated
 * @property {(id: number) => void} onHidden
 * @property {(visits: string[]) => void} onConflict
 * @property {(key: string, name: string) => void} onJoin
 * @property {(key: string, remaining: number) => void} onLeave
 * @property {() => void} onRoomReset
 * @property {() => void} onReady live and complete for the first time or again
 * @property {(state: keyof typeof CONNECTION) => void} onState
 */

export class Delivery {
  #room;
  #backlog;
  #fallback;
  #audience;
  #isSeated;
  #isLive = false;
  #turn = 0;

  /**
   * @param {object} client supabase-js
   * @param {import("./api.js").WebinarApi} api
   * @param {object} access the answer of access/track
   * @param {Audience} audience
   * @param {{isSeated: boolean}} options false for a console, which is not an attendee
   */
  constructor(client, api, access, audience, { isSeated }) {
    this.#audience = audience;
    this.#isSeated = isSeated;
    this.#backlog = new Backlog((after, limit) => api.messages(after, limit), audience.onMessages);
    this.#room = new Room(client, access, this.#listener());
    this.#fallback = new Repeat(
      () => this.#backlog.catchUp(),
      backOffMs,
      () => audience.onState("stopped"),
    );
  }

  /** The history was delivered, and the room is being joined. */
  async start() {
    await withRetry(() => this.#backlog.readHistory());
    await this.#room.open();
  }

  /** Nothing further is delivered; the others see this person gone. */
  async stop() {
    this.#turn += 1;
    this.#fallback.stop();
    await this.#room.close();
  }

  /** @returns {import("./realtime.js").Listener} */
  #listener() {
    const { onHidden, onConflict, onJoin, onLeave, onRoomReset } = this.#audience;
    return {
      onHidden,
      onConflict,
      onJoin,
      onLeave,
      onOpen: onRoomReset,
      onMessage: (message) => this.#receive(message),
      onReady: () => void this.#recover(),
      onTrouble: (reason) => this.#fallBack(reason),
    };
  }

  #receive(message) {
    if (this.#isLive) this.#backlog.saw(message.id);
    this.#audience.onMessages([message]);
  }

  async #recover() {
    // "Subscribed to PostgreSQL" comes again after every change of token.
    if (this.#isLive) return;
    const turn = (this.#turn += 1);
    this.#fallback.stop();
    if (this.#isSeated) await this.#room.track();
    if (turn !== this.#turn || !(await this.#closeGap(turn))) return;
    this.#isLive = true;
    this.#audience.onState("live");
    this.#audience.onReady();
  }

  /** True when nothing is missing any more, or nothing more can be had. */
  async #closeGap(turn) {
    const isWanted = () => turn === this.#turn;
    try {
      await withRetry(() => this.#backlog.catchUp(), { attempts: Infinity, isWanted });
    } catch (error) {
      if (error.status === undefined) throw error;
      return isRefusal(error) && isWanted();
    }
    return isWanted();
  }

  #fallBack(reason) {
    console.warn("realtime:", reason);
    this.#turn += 1;
    this.#isLive = false;
    this.#audience.onState(this.#fallback.isRefused ? "stopped" : "polling");
    this.#fallback.start();
  }
}
