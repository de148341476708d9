/** The session of a client that speaks the older protocol: every frame is text, also a broadcast. */

const { createClient } = window.supabase;
const realtime = { vsn: "1.0.0" };
window.supabase = {
  ...window.supabase,
  createClient: (url, key, options) => createClient(url, key, { ...options, realtime }),
};

export * from "healthy:session.js";
