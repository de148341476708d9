// What the page asks for after a gap, and under which id it sends again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Backlog } from "../../../eventlive/site/src/backlog.js";
import { destination } from "../../../eventlive/site/src/destination.js";
import { Outbox } from "../../../eventlive/site/src/outbox.js";

const upTo = (last) => Array.from({ length: last }, (_, index) => ({ id: index + 1 }));

/** A backlog over `stored`, with the pages asked for and the ids delivered. */
function backlogOver(stored) {
  const asked = [];
  const delivered = new Set();
  const fetchPage = async (after, limit) => {
    asked.push(after);
    return after === null ? stored.slice(-50) : stored.filter(({ id }) => id > after).slice(0, limit);
  };
  const deliver = (messages) => messages.forEach(({ id }) => delivered.add(id));
  return { asked, delivered, backlog: new Backlog(fetchPage, deliver) };
}

test("catching up reads again what may have become visible late", async () => {
  const { asked, delivered, backlog } = backlogOver(upTo(300));
  await backlog.readHistory();
  await backlog.catchUp();
  assert.deepEqual(asked, [null, 250]);
  assert.equal(Math.max(...delivered), 300);
});

test("a gap longer than a page is read to its end", async () => {
  const stored = upTo(10);
  const { asked, delivered, backlog } = backlogOver(stored);
  await backlog.readHistory();
  stored.push(...upTo(460).slice(10));
  await backlog.catchUp();
  assert.deepEqual(asked, [null, 0, 200, 400]);
  assert.equal(delivered.size, 460);
});

test("what arrived live moves the mark, and an older id does not move it back", async () => {
  const { asked, backlog } = backlogOver([]);
  backlog.saw(500);
  backlog.saw(400);
  await backlog.catchUp();
  assert.deepEqual(asked, [450]);
});

test("the same text after a failure keeps its client_id, other text gets another", async () => {
  const drafts = [];
  const outbox = new Outbox("chat", async (draft) => {
    drafts.push(draft);
    if (drafts.length === 1 || drafts.length === 3) throw new Error("lost");
    return draft;
  });
  await assert.rejects(outbox.send("a"));
  await outbox.send("a");
  await assert.rejects(outbox.send("a"));
  await outbox.send("b");
  const ids = drafts.map((draft) => draft.client_id);
  assert.equal(ids[0], ids[1]);
  assert.equal(new Set(ids).size, 3);
});

test("sign-in leads to paths of its own site only", () => {
  const origin = "https://live.example";
  const lead = (next) => destination(`?next=${encodeURIComponent(next)}`, origin);
  assert.equal(lead("/webinars/7"), "/webinars/7");
  assert.equal(destination("", origin), "/webinars/149402");
  for (const foreign of ["//evil.example/", "/\\evil.example", "https://evil.example/", "javascript:1"]) {
    assert.equal(lead(foreign), "/webinars/149402", foreign);
  }
});
