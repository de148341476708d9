/** Polls every two seconds for as long as the room is away. */

export * from "healthy:schedule.js";

export function backOffMs() {
  return 2_000;
}
