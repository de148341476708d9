// What only a page has: storage that outlives it, and an origin that need not be the project's.
import { newClient, problem, signedIn, told } from "./clients.mjs";

/** Signs in as the site does, so that the session is kept. */
export async function enter({ createClient, url, key, person: { email, password } }) {
  const { data } = await createClient(url, key).auth.signInWithPassword({ email, password });
  return { id: data.user.id };
}

/** Who is found signed in on a page that has just been loaded, and under which keys. */
export async function whoIsIn({ createClient, url, key }) {
  const kept = Object.keys(localStorage);
  const { auth } = createClient(url, key);
  const { data } = await auth.getUser();
  await auth.signOut();
  return { kept, id: data.user?.id, keptAfterwards: Object.keys(localStorage) };
}

/** What a page can read of answers of each service. */
export async function readable(given) {
  const { email } = given.member;
  const wrong = await newClient(given).auth.signInWithPassword({ email, password: "wrong" });
  const client = await signedIn(given, given.member);
  const chat = client.from("messages").select("id", { count: "exact", head: true });
  return {
    error: problem(wrong.error),
    count: told(await chat.eq("webinar_id", given.webinar)),
    sent: await client.channel(given.topic).httpSend("hello", {}),
  };
}
