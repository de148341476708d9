// What is wrong with the fallback on purpose, and that nothing else is.
import assert from "node:assert/strict";
import { register } from "node:module";
import { mock, test } from "node:test";
import * as healthy from "../../../eventlive/site/src/schedule.js";

const SOURCES = new URL("../../../eventlive/site/src/", import.meta.url);

/** Stand-ins name the module that they stand in for as the bundler does. */
const hooks = `export const resolve = (name, context, next) =>
  next(name.replace(/^healthy:/, ${JSON.stringify(SOURCES.href)}), context);`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

const named = (name) => import(new URL(`defects/${name}/schedule.js`, SOURCES).href);
const [neverStarts, neverStops, withoutBackOff, ignores4xx] = await Promise.all(
  ["poll-never-starts", "poll-never-stops", "poll-without-backoff", "poll-ignores-4xx"].map(named),
);

/** Lets `seconds` pass one by one; the promises of each settle. */
async function pass(seconds) {
  for (let second = 0; second < seconds; second += 1) {
    mock.timers.tick(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Turns taken in a minute and in another after a stop, by work that is answered with `status`. */
async function turnsOf({ Repeat, backOffMs }, { delayMs = backOffMs, status = null } = {}) {
  const seen = { first: 0, refusals: 0, second: 0 };
  let place = "first";
  const work = async () => {
    seen[place] += 1;
    if (status !== null) throw Object.assign(new Error(String(status)), { status });
  };
  const repeat = new Repeat(work, delayMs, () => (seen.refusals += 1));
  repeat.start();
  await pass(60);
  repeat.stop();
  place = "second";
  await pass(60);
  return seen;
}

const EVERY_TEN_S = () => 10_000;

test.beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
test.afterEach(() => mock.timers.reset());

test("a healthy page polls five times in a minute, once when it is refused", async () => {
  assert.deepEqual(await turnsOf(healthy), { first: 5, refusals: 0, second: 0 });
  assert.deepEqual(await turnsOf(healthy, { status: 403 }), { first: 1, refusals: 1, second: 0 });
});

test("poll-never-starts", async () => {
  assert.deepEqual(await turnsOf(neverStarts), { first: 0, refusals: 0, second: 0 });
});

test("poll-never-stops, unless it is refused", async () => {
  assert.deepEqual(await turnsOf(neverStops), { first: 5, refusals: 0, second: 2 });
  const refused = { first: 1, refusals: 1, second: 0 };
  assert.deepEqual(await turnsOf(neverStops, { status: 403 }), refused);
});

test("poll-without-backoff", async () => {
  assert.deepEqual(await turnsOf(withoutBackOff), { first: 30, refusals: 0, second: 0 });
});

test("poll-ignores-4xx, and no other failure", async () => {
  const going = { first: 5, refusals: 0, second: 0 };
  assert.deepEqual(await turnsOf(ignores4xx, { status: 403 }), going);
  const failures = [];
  const delayMs = (_, count) => (failures.push(count), 10_000);
  await turnsOf(ignores4xx, { delayMs, status: 503 });
  assert.deepEqual(failures.slice(0, 3), [0, 1, 2]);
});

test("what is no fallback is healthy in each of them", async () => {
  for (const broken of [neverStarts, neverStops, withoutBackOff, ignores4xx]) {
    const turns = await turnsOf(broken, { delayMs: EVERY_TEN_S });
    assert.deepEqual(turns, { first: 6, refusals: 0, second: 0 });
    assert.deepEqual(Object.keys(broken).sort(), Object.keys(healthy).sort());
    assert.equal(broken.pingDelayMs, healthy.pingDelayMs);
  }
});
