/** Who is in the room, by presence key. Joins and leaves cost O(1); the count is shown a little later. */

import { countDelayMs } from "./schedule.js";

export class Attendance {
  #keys = new Set();
  #timer = null;
  #show;

  /** @param {(count: number) => void} show */
  constructor(show) {
    this.#show = show;
  }

  join(key) {
    this.#keys.add(key);
    this.#showSoon();
  }

  /** `remaining` counts the person's other pages: the person is gone with the last one. */
  leave(key, remaining) {
    if (remaining === 0) this.#keys.delete(key);
    this.#showSoon();
  }

  /** A new channel reports everyone again. */
  reset() {
    this.#keys.clear();
  }

  #showSoon() {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#show(this.#keys.size);
    }, countDelayMs(this.#keys.size));
  }
}
