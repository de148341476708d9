/** The console asks every five seconds for as long as it is open, whatever it is answered. */

import { Repeat as Healthy } from "healthy:schedule.js";

export * from "healthy:schedule.js";

export function statisticsDelayMs(run) {
  return run === 0 ? 0 : 5_000;
}

export class Repeat extends Healthy {
  constructor(work, delayMs, onRefused) {
    const isForever = delayMs === statisticsDelayMs;
    super(isForever ? () => work().catch(() => {}) : work, delayMs, onRefused);
  }
}
