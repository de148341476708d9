// Accounts and sessions.
import { newClient, problem, serviceClient, signedIn } from "./clients.mjs";

/** A new account: what it is, what its token says, and what the next two attempts are told. */
export async function signUp(given) {
  const { email, password } = given;
  const client = newClient(given);
  const options = { data: { display_name: "새 손님" } };
  const { data } = await client.auth.signUp({ email, password, options });
  const again = await newClient(given).auth.signUp({ email, password });
  const weak = await newClient(given).auth.signUp({ email: `weak-${email}`, password: "1" });
  const { data: proven } = await client.auth.getClaims();
  return {
    id: data.session.user.id,
    claims: proven.claims,
    algorithm: proven.header.alg,
    profile: (await client.from("profiles").select("display_name").eq("id", data.user.id)).data,
    again: problem(again.error),
    weak: { ...problem(weak.error), reasons: weak.error.reasons },
  };
}

/** What a wrong password, an unknown address and a foreign key are told. */
export async function refused(given) {
  const { email, password } = given.person;
  const stranger = newClient({ ...given, key: "sb_publishable_of_somebody_else" });
  const told = async (client, credentials) =>
    problem((await client.auth.signInWithPassword(credentials)).error);
  return {
    password: await told(newClient(given), { email, password: "wrong" }),
    address: await told(newClient(given), { email: `no-${email}`, password }),
    key: await told(stranger, { email, password }),
  };
}

/** Three tokens of one session, who a return of the second one gets, and another session. */
export async function rotate(given) {
  const client = await signedIn(given, given.person);
  const other = await signedIn(given, given.person);
  const first = await tokenOf(client);
  const second = await refreshed(given, first);
  const third = await refreshed(given, second);
  const parent = await refreshed(given, second);
  return { tokens: [first, second, third], parent, other: await tokenOf(other) };
}

/** What each of these refresh tokens is answered, in turn. */
export async function refreshAll(given) {
  const answers = [];
  for (const refresh_token of given.tokens) {
    const { error } = await newClient(given).auth.refreshSession({ refresh_token });
    answers.push(problem(error));
  }
  return { answers };
}

/** Who of four sessions of one person is still in after each scope of signing out. */
export async function signOut(given) {
  const enter = () => signedIn(given, given.person);
  const clients = await Promise.all([enter(), enter(), enter(), enter()]);
  const stillIn = () => Promise.all(clients.map(whyOut));
  await clients[0].auth.signOut({ scope: "local" });
  const local = await stillIn();
  await clients[1].auth.signOut({ scope: "others" });
  const others = await stillIn();
  clients[2] = await enter();
  await clients[2].auth.signOut();
  return { local, others, global: await stillIn() };
}

/** The events that an application is told, in order. */
export async function events(given) {
  const { auth } = newClient(given);
  const heard = [];
  auth.onAuthStateChange((event) => heard.push(event));
  await auth.signInWithPassword(given.person);
  await auth.refreshSession();
  await auth.updateUser({ data: { seat: 7 }, password: "another secret" });
  const { data } = await auth.getUser();
  await auth.signOut();
  const { error } = await auth.signInWithPassword({ ...given.person, password: "another secret" });
  return { heard, seat: data.user.user_metadata.seat, error: problem(error) };
}

/** What an administrator does with accounts, and what somebody else is told who tries. */
export async function administer(given) {
  const { admin } = serviceClient(given).auth;
  const { email, password } = given;
  const { data } = await admin.createUser({ email, password, email_confirm: true });
  const { id } = data.user;
  const { data: listed } = await admin.listUsers({ page: 1, perPage: 1000 });
  const { data: changed } = await admin.updateUserById(id, { user_metadata: { seat: 7 } });
  const { data: read } = await admin.getUserById(id);
  await admin.deleteUser(id);
  const member = await signedIn(given, given.person);
  return {
    listed: listed.users.filter((user) => user.id === id).map((user) => user.email),
    seats: [changed, read].map(({ user }) => user.user_metadata.seat),
    deleted: problem((await admin.getUserById(id)).error),
    member: problem((await member.auth.admin.listUsers()).error),
  };
}

const tokenOf = async (client) => (await client.auth.getSession()).data.session.refresh_token;

async function refreshed(given, refresh_token) {
  const { data, error } = await newClient(given).auth.refreshSession({ refresh_token });
  if (error) throw error;
  return data.session.refresh_token;
}

/** Null for somebody who is signed in, else what getUser() says. */
const whyOut = async (client) => (await client.auth.getUser()).error?.message ?? null;
