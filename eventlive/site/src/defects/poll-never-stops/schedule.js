/** The fallback, and it alone follows the back-off, goes on until it is refused. */

import { backOffMs, Repeat as Healthy } from "healthy:schedule.js";

export * from "healthy:schedule.js";

export class Repeat extends Healthy {
  #isFallback;

  constructor(work, delayMs, onRefused) {
    super(work, delayMs, onRefused);
    this.#isFallback = delayMs === backOffMs;
  }

  stop() {
    if (!this.#isFallback) super.stop();
  }
}
