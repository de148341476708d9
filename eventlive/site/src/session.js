/** Who is signed in: the one supabase-js client of a document, and its session. */

import { part } from "./views.js";

let theClient = null;
let latestToken = null;

/** The client, made when it is first needed: the farewell needs none. */
export function client() {
  if (theClient === null) {
    const { supabaseUrl, anonKey } = JSON.parse(part("config").textContent);
    const auth = { detectSessionInUrl: false };
    theClient = window.supabase.createClient(supabaseUrl, anonKey, { auth });
  }
  return theClient;
}

/** The stored session, or null when nobody is signed in. */
export async function currentSession() {
  const { data } = await client().auth.getSession();
  latestToken = data.session?.access_token ?? null;
  return data.session;
}

/** A valid access token, refreshed when needed; null when the refresh did not succeed. */
export async function accessToken() {
  const { data } = await client().auth.getSession();
  return data.session?.access_token ?? null;
}

/** The newest token at hand, for `pagehide`, which cannot wait. */
export function tokenAtHand() {
  return latestToken;
}

/** Calls back when the session ends elsewhere: in another tab, or with a refused refresh. */
export function onSignedOut(callback) {
  client().auth.onAuthStateChange((event, session) => {
    latestToken = session?.access_token ?? null;
    if (event === "SIGNED_OUT") callback();
  });
}

/** Signs in. Returns null, or the error of Auth with its `code`. */
export async function signIn(email, password) {
  const { error } = await client().auth.signInWithPassword({ email, password });
  return error;
}

/** Ends the session in this browser only; other devices of the same person stay signed in. */
export function signOut() {
  return client().auth.signOut({ scope: "local" });
}

/** Where to sign in and come back here. */
export function signInAddress() {
  return `/?next=${encodeURIComponent(location.pathname)}`;
}

/** Opens the sign-in page, which leads back here. */
export function goToSignIn() {
  location.replace(signInAddress());
}
