// Tables and functions through PostgREST. The chat of the given webinar belongs to the test alone.
import { newClient, signedIn, told } from "./clients.mjs";

/** A row for `messages`. */
export const said = ({ webinar }, { id }, body, more = {}) => ({
  webinar_id: webinar,
  user_id: id,
  client_id: crypto.randomUUID(),
  body,
  ...more,
});

/** Rows in, changed and out again, in the forms in which they can be asked back. */
export async function write(given) {
  const { member, webinar } = given;
  const client = await signedIn(given, member);
  const messages = client.from("messages");
  const presence = client.from("webinar_live_presence");
  const session_id = crypto.randomUUID();
  const seat = { webinar_id: webinar, user_id: member.id, session_id };
  const moved = { last_seen_at: "2026-01-01T00:00:00Z" };
  const several = [said(given, member, "a"), said(given, member, "b", { kind: "greeting" })];
  return {
    silent: told(await messages.insert(said(given, member, "silent"))),
    single: told(await messages.insert(said(given, member, "one")).select("body").single()),
    unequal: told(await messages.insert(several)),
    defaulted: told(await messages.insert(several, { defaultToNull: false }).select("body,kind")),
    present: told(await presence.insert(seat)),
    moved: told(await presence.update(moved).match(seat).select("last_seen_at")),
    left: told(await presence.delete().match(seat)),
    leftAgain: told(await presence.delete({ count: "exact" }).match(seat)),
  };
}

/** The second of two equal rows, merged into the first or ignored. */
export async function upsert(given) {
  const { member, webinar } = given;
  const client = await signedIn(given, member);
  const row = { webinar_id: webinar, user_id: member.id, last_entered_at: "2026-01-01T00:00:00Z" };
  const merged = await client
    .from("registrations")
    .upsert(row, { onConflict: "webinar_id,user_id" })
    .select("last_entered_at");
  const once = said(given, member, "once");
  const send = () =>
    client
      .from("messages")
      .upsert(once, { onConflict: "user_id,client_id", ignoreDuplicates: true })
      .select("body");
  return { merged: told(merged), sent: told(await send()), repeated: told(await send()) };
}

const FILTERS = {
  eq: (query) => query.eq("body", "c"),
  neq: (query) => query.neq("kind", "chat"),
  between: (query) => query.gt("body", "a").lte("body", "c"),
  in: (query) => query.in("body", ["b", "e", "x,y"]),
  like: (query) => query.like("kind", "gree%"),
  ilike: (query) => query.ilike("body", "A"),
  is: (query) => query.is("hidden_at", null).limit(2),
  not: (query) => query.not("body", "in", "(a,b,c)"),
  or: (query) => query.or("body.eq.a,and(body.gt.c,kind.eq.chat)"),
  match: (query) => query.match({ kind: "chat", body: "d" }),
  page: (query) => query.range(1, 2),
  order: (query) => query.order("kind", { ascending: false }).limit(2),
};

/** Which of the messages "a" to "e" each filter finds; "e" is a greeting. */
export async function filters(given) {
  const client = await signedIn(given, given.member);
  await client.from("messages").insert(fiveMessages(given));
  const found = {};
  for (const [name, narrow] of Object.entries(FILTERS)) {
    const query = client.from("messages").select("body").eq("webinar_id", given.webinar);
    const { data, error } = await narrow(query).order("body");
    found[name] = error ?? data.map(({ body }) => body).join("");
  }
  return found;
}

/** Counts beside rows, without rows, and past the end. */
export async function counts(given) {
  const client = await signedIn(given, given.member);
  await client.from("messages").insert(fiveMessages(given));
  const counted = (options) =>
    client.from("messages").select("body", { count: "exact", ...options }).order("body");
  const mine = (query) => query.eq("webinar_id", given.webinar);
  return {
    limited: told(await mine(counted()).limit(2)),
    head: told(await mine(counted({ head: true }))),
    nothing: told(await mine(counted()).eq("body", "x")),
    beyond: told(await mine(counted()).range(9, 10)),
  };
}

/** One row or none, where one is asked for and there are none, one or several. */
export async function single(given) {
  const client = await signedIn(given, given.member);
  await client.from("messages").insert(fiveMessages(given));
  const named = (...bodies) => {
    const query = client.from("messages").select("body").eq("webinar_id", given.webinar);
    return query.in("body", bodies);
  };
  return {
    one: told(await named("a").single()),
    none: told(await named("x").single()),
    maybeOne: told(await named("a").maybeSingle()),
    maybeNone: told(await named("x").maybeSingle()),
    maybeSeveral: told(await named("a", "b").maybeSingle()),
  };
}

/** What goes wrong, and as what it is reported. */
export async function errors(given) {
  const { member } = given;
  const client = await signedIn(given, member);
  const messages = client.from("messages");
  const once = said(given, member, "once");
  await messages.insert(once);
  return {
    duplicate: told(await messages.insert(once)),
    check: told(await messages.insert(said(given, member, ""))),
    literal: told(await messages.select().eq("id", "seven")),
    filtered: told(await messages.select().eq("colour", "red")),
    written: told(await messages.insert(said(given, member, "x", { colour: "red" }))),
    table: told(await client.from("nothing").select()),
    procedure: told(await client.rpc("nothing", { at: "all" })),
    token: told(await withToken(given, given.expired_token).from("webinars").select()),
  };
}

/** What row level security leaves to a member, to a stranger and to somebody not signed in. */
export async function security(given) {
  const member = await signedIn(given, given.member);
  await member.from("messages").insert(said(given, given.member, "for members"));
  const stranger = await signedIn(given, given.stranger);
  const hidden = { hidden_at: "2026-01-01T00:00:00Z" };
  const read = (client) => client.from("messages").select("body").eq("webinar_id", given.webinar);
  const write = (client, person) => client.from("messages").insert(said(given, person, "hello"));
  return {
    member: told(await read(member)),
    memberAsAnother: told(await write(member, given.stranger)),
    memberHides: told(
      await member.from("messages").update(hidden).eq("webinar_id", given.webinar).select(),
    ),
    stranger: told(await read(stranger)),
    strangerWrites: told(await write(stranger, given.stranger)),
    nobody: told(await read(newClient(given))),
    nobodyWrites: told(await write(newClient(given), given.stranger)),
  };
}

/** Functions called both ways, and a related table in the same answer. */
export async function related(given) {
  const client = await signedIn(given, given.member);
  await client.from("messages").insert(said(given, given.member, "hello"));
  const question = { webinar: given.webinar };
  return {
    posted: told(await client.rpc("is_registered", question)),
    got: told(await client.rpc("is_open", question, { get: true })),
    rows: told(await client.rpc("fellow_attendees")),
    denied: told(await newClient(given).rpc("is_open", question)),
    embedded: told(
      await client
        .from("messages")
        .select("body, author:profiles(display_name), webinars(title)")
        .eq("webinar_id", given.webinar)
        .single(),
    ),
  };
}

const fiveMessages = (given) =>
  [..."abcde"].map((body) =>
    said(given, given.member, body, { kind: body === "e" ? "greeting" : "chat" }),
  );

const withToken = (given, token) =>
  given.createClient(given.url, given.key, { accessToken: async () => token });
