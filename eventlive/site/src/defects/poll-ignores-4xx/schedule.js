/** A refusal is taken for an answer, and the work goes on. */

import { isRefusal, Repeat as Healthy } from "healthy:schedule.js";

export * from "healthy:schedule.js";

export class Repeat extends Healthy {
  constructor(work, delayMs, onRefused) {
    super(() => work().catch(forgive), delayMs, onRefused);
  }
}

function forgive(error) {
  if (!isRefusal(error)) throw error;
}
