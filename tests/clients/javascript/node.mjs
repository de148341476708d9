// Plays scripts in Node: a request per line on stdin, an answer per line on stdout.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { play } from "./play.mjs";

const require = createRequire(new URL("../../../eventlive/site/package.json", import.meta.url));
const supabase = require("@supabase/supabase-js");
// Before version 22 Node has no WebSocket of its own, and the client asks for one.
const WebSocket = globalThis.WebSocket ?? require("ws");

const createClient = (url, key, { realtime, ...options } = {}) =>
  supabase.createClient(url, key, {
    ...options,
    realtime: { transport: WebSocket, ...realtime },
  });

async function answer({ script, name, given }) {
  try {
    const loaded = await import(`./${script}.mjs`);
    return { result: await play({ createClient, WebSocket }, loaded, name, given) };
  } catch (error) {
    return { error: error.stack };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
process.exit(0); // the client holds its sockets open a little longer than its channels
