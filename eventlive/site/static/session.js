/** Who is signed in: the one supabase-js client of a page, and its session. */

const { supabaseUrl, anonKey } = window.EVENTLIVE;

export const client = window.supabase.createClient(supabaseUrl, anonKey, {
  auth: { detectSessionInUrl: false },
});

let latestToken = null;

/** The stored session, or null after a redirect to sign-in has begun. */
export async function requireSession() {
  const { data } = await client.auth.getSession();
  latestToken = data.session?.access_token ?? null;
  if (data.session === null) goToSignIn();
  return data.session;
}

/** A valid access token, refreshed when needed; null when the refresh did not succeed. */
export async function accessToken() {
  const { data } = await client.auth.getSession();
  return data.session?.access_token ?? null;
}

/** The newest token at hand, for `pagehide`, which cannot wait. */
export function tokenAtHand() {
  return latestToken;
}

/** Calls back when the session ends elsewhere: in another tab, or with a refused refresh. */
export function onSignedOut(callback) {
  client.auth.onAuthStateChange((event, session) => {
    latestToken = session?.access_token ?? null;
    if (event === "SIGNED_OUT") callback();
  });
}

/** Ends the session in this browser only; other devices of the same person stay signed in. */
export function signOut() {
  return client.auth.signOut({ scope: "local" });
}

/** Opens the sign-in page, which leads back here. */
export function goToSignIn() {
  location.replace(`/?next=${encodeURIComponent(location.pathname)}`);
}
