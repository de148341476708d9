/** The greeting button looks alive from the start, and swallows clicks until the room is ready. */

import { Composer as Healthy } from "healthy:composer.js";

export class Composer extends Healthy {
  #isReady = false;

  constructor(parts, outboxes, onSent) {
    super(parts, outboxes, onSent);
    const swallow = (event) => this.#isReady || event.stopImmediatePropagation();
    parts.greet.addEventListener("click", swallow, { capture: true });
    parts.greet.disabled = false;
  }

  enableGreeting() {
    this.#isReady = true;
  }
}
