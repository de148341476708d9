/** Keeping the visit alive, and ending it once: pings, the five-minute visit report, leaving, giving way. */

import { ApiError } from "./api.js";
import { pause, pingDelayMs, Repeat } from "./schedule.js";

const TRACK_MS = 300_000;
const FAREWELL_MAX_MS = 10_000;
const CONFLICT = "session_conflict";
const ELSEWHERE = "다른 곳에서 로그인하여 이 화면의 참석이 종료되었습니다.";

export class Visit {
  id = crypto.randomUUID();
  #api;
  #tokenAtHand;
  #onGivenWay;
  #ping;
  #track;
  #lastThings = [];
  #isOpen = false;

  /**
   * @param {import("./api.js").WebinarApi} api
   * @param {() => string|null} tokenAtHand
   * @param {(reason: ApiError) => void} onGivenWay the person came in elsewhere, and this visit is over
   */
  constructor(api, tokenAtHand, onGivenWay) {
    this.#api = api;
    this.#tokenAtHand = tokenAtHand;
    this.#onGivenWay = onGivenWay;
    this.#ping = new Repeat(() => api.ping(this.id), (run) => pingDelayMs(run));
    // Whoever was out of reach when the conflict was announced learns of it by the next report.
    const onRefused = (error) => error.code === CONFLICT && this.#giveWay(error);
    this.#track = new Repeat(() => api.track(this.id, "heartbeat"), () => TRACK_MS, onRefused);
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

  /** `lastThing` is done, too, when the visit ends while the page stays. */
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

  /** The server has ended these visits. If this is one of them, it goes without a farewell. */
  conflict(ids) {
    if (ids.includes(this.id)) this.#giveWay(new ApiError(409, CONFLICT, ELSEWHERE));
  }

  #giveWay(reason) {
    if (!this.#isOpen) return;
    this.#finish();
    for (const lastThing of this.#lastThings) void lastThing();
    this.#onGivenWay(reason);
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
