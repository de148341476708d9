// Clients as applications make them, and what their answers tell.

/** A client on which nobody is signed in. It keeps no session: many of them share one page. */
export function newClient({ createClient, url, key }, { auth, ...options } = {}) {
  const withoutStorage = { persistSession: false, autoRefreshToken: false, ...auth };
  return createClient(url, key, { ...options, auth: withoutStorage });
}

/** A client with the service key, which row level security does not hold back. */
export const serviceClient = (given) => newClient({ ...given, key: given.service_role_key });

/** A client on which this person is signed in, for Realtime too. */
export async function signedIn(given, { email, password }, options = {}) {
  const client = newClient(given, options);
  const { error } = await client.auth.signInWithPassword({ email, password });
  if (error) throw error;
  await client.realtime.setAuth();
  return client;
}

/** A WebSocket class that shows each connection to `see` as it is made. */
export const socketsShownTo = (see, { WebSocket }) =>
  class extends WebSocket {
    constructor(...settings) {
      super(...settings);
      see(this);
    }
  };

/** What an application can know from an Auth error. */
export const problem = (error) =>
  error && { name: error.name, status: error.status, code: error.code, message: error.message };

/** What an application gets from a REST call. */
export const told = ({ status, data, count, error }) => {
  if (error) return { status, code: error.code, message: error.message };
  return count === null ? { status, data } : { status, data, count };
};
