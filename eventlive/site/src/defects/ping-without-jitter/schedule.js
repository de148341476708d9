/** Pings of all pages that opened together come together, each time. */

export * from "healthy:schedule.js";

export function pingDelayMs(run) {
  return run === 0 ? 0 : 120_000;
}
