// When the page asks again, and when it stops asking.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import {
  backOffMs,
  countDelayMs,
  drawDelayMs,
  pingDelayMs,
  Repeat,
  statisticsDelayMs,
  withRetry,
} from "../../../eventlive/site/src/schedule.js";

const failure = (status) => Object.assign(new Error(String(status)), { status });

/** Lets the promises of a turn settle; mocked timers stand still meanwhile. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function advance(...steps_ms) {
  for (const ms of steps_ms) {
    mock.timers.tick(ms);
    await settle();
  }
}

/** A repeated work that answers with `statuses` in turn; 0 and 5xx fail, null succeeds. */
function counted(statuses, delayMs = backOffMs) {
  const seen = { turns: 0, refusals: 0 };
  const work = async () => {
    const status = statuses[seen.turns++] ?? null;
    if (status !== null) throw failure(status);
  };
  seen.repeat = new Repeat(work, delayMs, () => (seen.refusals += 1));
  return seen;
}

test.beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
test.afterEach(() => mock.timers.reset());

test("fallback polling waits 2 s, doubles, and never waits longer than 30 s", () => {
  const waits = [0, 1, 2, 3, 4, 5, 50].map(backOffMs);
  assert.deepEqual(waits, [2000, 4000, 8000, 16000, 30000, 30000, 30000]);
});

test("a full house spreads its pings over 120 s ± 10 s after the first", () => {
  assert.equal(pingDelayMs(0, 0.7), 0);
  assert.deepEqual([0, 0.5, 1].map((random) => pingDelayMs(1, random)), [110000, 120000, 130000]);
});

test("the console asks every 10 s and less often while the server fails", () => {
  assert.deepEqual([0, 1, 2, 9].map((n) => statisticsDelayMs(1, n)), [10000, 20000, 40000, 120000]);
});

test("turns follow their delays and none comes early", async () => {
  const seen = counted([]);
  seen.repeat.start();
  await advance(1999);
  assert.equal(seen.turns, 0);
  await advance(1, 3999);
  assert.equal(seen.turns, 1);
  await advance(1);
  assert.equal(seen.turns, 2);
  seen.repeat.stop();
});

test("starting twice does not double the turns", async () => {
  const seen = counted([]);
  seen.repeat.start();
  seen.repeat.start();
  await advance(2000);
  assert.equal(seen.turns, 1);
  seen.repeat.stop();
});

test("a refusal ends the turns for good, and starting again changes nothing", async () => {
  const seen = counted([503, 404]);
  seen.repeat.start();
  await advance(2000, 4000);
  assert.deepEqual([seen.turns, seen.refusals], [2, 1]);
  seen.repeat.start();
  await advance(60_000);
  assert.equal(seen.turns, 2);
});

test("after a recovery the back-off begins anew", async () => {
  const seen = counted([503, 503]);
  seen.repeat.start();
  await advance(2000, 4000);
  seen.repeat.stop();
  await advance(60_000);
  assert.equal(seen.turns, 2);
  seen.repeat.start();
  await advance(2000);
  assert.equal(seen.turns, 3);
  seen.repeat.stop();
});

test("a turn that outlives a stop does not schedule another", async () => {
  let finish;
  const repeat = new Repeat(() => new Promise((resolve) => (finish = resolve)), backOffMs);
  repeat.start();
  await advance(2000);
  repeat.stop();
  finish();
  await settle();
  finish = null;
  await advance(60_000);
  assert.equal(finish, null);
});

test("entering is retried while the server fails and given up when it refuses", async () => {
  const answers = [0, 502, null];
  const entering = withRetry(async () => {
    const status = answers.shift();
    if (status !== null) throw failure(status);
    return "in";
  });
  await settle();
  await advance(2000, 4000);
  assert.equal(await entering, "in");
  await assert.rejects(withRetry(() => Promise.reject(failure(403))), { status: 403 });
});

test("a flood is drawn seldom, a conversation at once", () => {
  const byPace = [0, 5, 6, 15, 16, 400].map((perSecond) => drawDelayMs(perSecond));
  assert.deepEqual(byPace, [250, 250, 1_000, 1_000, 3_000, 3_000]);
  const byPeople = [1, 100, 400, 10_000].map((people) => drawDelayMs(0, people));
  assert.deepEqual(byPeople, [250, 1_000, 4_000, 4_000]);
});

test("a small house sees its count at once, a full one within ten seconds", () => {
  assert.deepEqual([0, 40, 400, 4_000].map(countDelayMs), [1_000, 2_000, 10_000, 10_000]);
});
