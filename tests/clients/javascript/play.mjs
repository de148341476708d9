// Runs one script function with real clients, here or in a browser, and closes what it opened.
import { within } from "./heard.mjs";

const LONGEST_MS = 30_000;

/**
 * What `script[name]` returns, as JSON would carry it. It is given all that is in `given`, a class
 * `WebSocket`, and the official `createClient`, whose clients end with the script.
 */
export async function play({ createClient, WebSocket }, script, name, given) {
  const clients = [];
  const kept = (...settings) => {
    clients.push(createClient(...settings));
    return clients.at(-1);
  };
  try {
    const playing = script[name]({ ...given, WebSocket, createClient: kept });
    const result = await within(LONGEST_MS, playing);
    return JSON.parse(JSON.stringify(result));
  } finally {
    await Promise.all(clients.map((client) => client.removeAllChannels()));
  }
}
