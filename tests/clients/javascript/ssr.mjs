// @supabase/ssr as a server uses it, which only Node can do: the cookies of one request are `jar`.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../../eventlive/site/package.json", import.meta.url));
const { createServerClient } = require("@supabase/ssr");

function serverClient({ url, key, WebSocket }, jar) {
  const kept = [];
  const cookies = { getAll: () => jar, setAll: (changed) => void kept.push(...changed) };
  const options = { cookies, realtime: { transport: WebSocket } };
  return { client: createServerClient(url, key, options), kept };
}

/** What a server knows of the person whose browser sent these cookies, and what it sent back. */
export async function read({ jar, ...given }) {
  const { client, kept } = serverClient(given, jar);
  const { data } = await client.auth.getSession();
  const asked = await client.auth.getUser();
  const { access_token, refresh_token } = data.session ?? {};
  return { access_token, refresh_token, user: asked.data.user?.id, kept };
}

/** The cookies that a server sets when this person signs in there. */
export async function sign_in({ email, password, ...given }) {
  const { client, kept } = serverClient(given, []);
  const { error } = await client.auth.signInWithPassword({ email, password });
  if (error) throw error;
  return { kept };
}
