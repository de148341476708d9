/** Keeping the visit alive, and ending it once: pings, the five-minute visit report, leaving. */

import { pause, pingDelayMs, Repeat } from "./schedule.js";

const TRACK_MS = 300_000;
const FAREWELL_MAX_MS = 10_000;

export class Visit {
  id = crypto.randomUUID();
  #api;
  #tokenAtHand;
  #ping;
  #track;
  #lastThings = [];
  #isOpen = false;

  /**
   * @param {import("./api.js").WebinarApi} api
   * @param {() => string|null} tokenAtHand
   */
  constructor(api, tokenAtHand) {
    this.#api = api;
    this.#tokenAtHand = tokenAtHand;
    this.#ping = new Repeat(() => api.ping(this.id), (run) => pingDelayMs(run));
    this.#track = new Repeat(() => api.track(this.id, "heartbeat"), () => TRACK_MS);
    addEventListener("pagehide", () => this.#endWithoutAnswer());
    // A page restored from the back-forward cache has lost its room and its visit.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  /** The server knows of this visit; answers who, what and which transport. */
  async enter() {
    const access = await this.#api.track(this.id, "enter");
    this.#isOpen = true;
    return access;
  }

  /** The visit is kept alive; `isSeated` is false for a console, which is not an attendee. */
  keepAlive({ isSeated }) {
    if (isSeated) this.#ping.start();
    this.#track.start();
  }

  /** `lastThing` is done, too, when the person ends the visit. */
  beforeEnd(lastThing) {
    this.#lastThings.push(lastThing);
  }

  /** The visit is over, or `FAREWELL_MAX_MS` was spent trying. */
  async end() {
    if (!this.#isOpen) return;
    this.#finish();
    const lastThings = this.#lastThings.map((lastThing) => lastThing());
    const farewell = Promise.allSettled([this.#api.leave(this.id), ...lastThings]);
    await Promise.race([farewell, pause(FAREWELL_MAX_MS)]);
  }

  #endWithoutAnswer() {
    const token = this.#tokenAtHand();
    if (!this.#isOpen || token === null) return;
    this.#finish();
    this.#api.leaveByBeacon(this.id, token);
  }

  #finish() {
    this.#isOpen = false;
    this.#ping.stop();
    this.#track.stop();
  }
}
