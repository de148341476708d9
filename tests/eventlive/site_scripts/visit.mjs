// How a visit ends: by leaving, or by giving way to the same person elsewhere.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { ApiError } from "../../../eventlive/site/src/api.js";
import { Visit } from "../../../eventlive/site/src/heartbeat.js";

const MINUTE_MS = 60_000;

globalThis.addEventListener = () => {};

/** A visit that is kept alive, and what came of it; its heartbeats are refused with `refusal`. */
async function visiting({ refusal = null } = {}) {
  const seen = { calls: [], lastThings: 0, reasons: [] };
  const api = {
    track: async (_, event) => {
      seen.calls.push(event);
      if (event === "heartbeat" && refusal !== null) throw refusal;
    },
    ping: async () => seen.calls.push("ping"),
    leave: async () => seen.calls.push("leave"),
  };
  const visit = new Visit(api, () => "token", (reason) => seen.reasons.push(reason));
  visit.beforeEnd(() => (seen.lastThings += 1));
  await visit.enter();
  visit.keepAlive({ isSeated: true });
  await pass(1);
  return { visit, seen };
}

/** Lets `minutes` pass one by one; the promises of each settle. */
async function pass(minutes) {
  for (let minute = 0; minute < minutes; minute += 1) {
    mock.timers.tick(MINUTE_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test.beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
test.afterEach(() => mock.timers.reset());

test("a visit that the server has ended stops, says why, and bids no farewell", async () => {
  const { visit, seen } = await visiting();
  visit.conflict(["another", visit.id]);
  visit.conflict([visit.id]);
  await visit.end();
  await pass(10);
  assert.deepEqual(seen.calls, ["enter", "ping"]);
  assert.equal(seen.lastThings, 1);
  assert.deepEqual(seen.reasons.map(({ status, code }) => [status, code]), [[409, "session_conflict"]]);
});

test("other people's visits are no concern of this one", async () => {
  const { visit, seen } = await visiting();
  visit.conflict(["another"]);
  await pass(5);
  assert.deepEqual([seen.reasons, seen.lastThings], [[], 0]);
  // Pings are jittered: which of the two comes last is chance.
  assert.equal(new Set(seen.calls.slice(2)).size, 2, `${seen.calls}: neither its pings nor its reports go on`);
});

test("a visit that missed the announcement gives way when its report is refused", async () => {
  const refusal = new ApiError(409, "session_conflict", "elsewhere");
  const { seen } = await visiting({ refusal });
  await pass(10);
  assert.deepEqual(seen.reasons, [refusal]);
  assert.equal(seen.lastThings, 1);
  assert.equal(seen.calls.at(-1), "heartbeat");
});

test("another refusal of the report ends the reports and nothing else", async () => {
  const { seen } = await visiting({ refusal: new ApiError(403, "not_registered", "no") });
  await pass(10);
  assert.deepEqual([seen.reasons, seen.lastThings], [[], 0]);
  assert.equal(seen.calls.at(-1), "ping");
});

test("who has left is not told that she is elsewhere", async () => {
  const { visit, seen } = await visiting();
  await visit.end();
  visit.conflict([visit.id]);
  assert.deepEqual([seen.calls.at(-1), seen.reasons], ["leave", []]);
});
