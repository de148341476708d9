/** The webinar view: enter, read the history, join the room, chat. */

import { ChatLog } from "./chat.js";
import { Composer } from "./composer.js";
import { CONNECTION, Delivery } from "./delivery.js";
import { goToLeft } from "./left.js";
import { Names } from "./names.js";
import { Outbox } from "./outbox.js";
import { enter } from "./page.js";
import { Attendance } from "./presence.js";
import { client } from "./session.js";
import { part, show } from "./views.js";

/** The webinar of this address is on screen, and the visit begins. Once per document. */
export async function openWebinar() {
  show("webinar");
  const entry = await enter({ isSeated: true, goToLeft });
  if (entry === null) return;
  showAccess(entry.access);
  const { api, access, visit } = entry;
  const names = new Names((ids) => api.profiles(ids), () => log.rename());
  const log = newLog(names, access.user.id);
  const composer = newComposer(api, log);
  const attendance = new Attendance((count) => {
    part("count").textContent = `${count}명`;
    log.people = count;
  });
  const audience = audienceOf(visit, log, names, attendance, composer);
  const delivery = new Delivery(client(), api, access, audience, { isSeated: true });
  visit.beforeEnd(() => delivery.stop());
  composer.enable();
  await delivery.start();
}

function showAccess({ webinar, user }) {
  document.title = `${webinar.title} · EventLive`;
  part("title").textContent = webinar.title;
  part("stage-title").textContent = webinar.title;
  part("user-name").textContent = user.display_name;
}

function newLog(names, userId) {
  const parts = { log: part("log"), list: part("list"), newer: part("newer") };
  return new ChatLog({ ...parts, template: part("message-template") }, names, userId);
}

function newComposer(api, log) {
  const send = (draft) => api.send(draft);
  const outboxes = { chats: new Outbox("chat", send), greetings: new Outbox("greeting", send) };
  const parts = {
    form: part("composer"),
    text: part("text"),
    send: part("send"),
    greet: part("greet"),
    problem: part("problem"),
  };
  return new Composer(parts, outboxes, (message) => log.addOwn(message));
}

/** @returns {import("./delivery.js").Audience} */
function audienceOf(visit, log, names, attendance, composer) {
  return {
    onMessages: (messages) => log.add(messages),
    onHidden: (id) => log.hide(id),
    onConflict: (visits) => visit.conflict(visits),
    onJoin: (key, name) => {
      names.learn(key, name);
      attendance.join(key);
    },
    onLeave: (key, remaining) => attendance.leave(key, remaining),
    onRoomReset: () => attendance.reset(),
    onReady: () => composer.enableGreeting(),
    onState: (state) => {
      part("connection").dataset.state = state;
      part("connection").textContent = CONNECTION[state];
    },
  };
}
