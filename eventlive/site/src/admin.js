/** The console: who is here, how many, and which messages stay. */

import { ApiError } from "./api.js";
import { ChatLog } from "./chat.js";
import { CONNECTION, Delivery } from "./delivery.js";
import { Names } from "./names.js";
import { enter, refuse } from "./page.js";
import { Repeat, statisticsDelayMs } from "./schedule.js";
import { client, currentSession, goToSignIn } from "./session.js";
import { StatisticsView } from "./statistics.js";
import { part } from "./views.js";

async function main() {
  if ((await currentSession()) === null) return goToSignIn();
  const entry = await enter({ isSeated: false, goToLeft });
  if (entry === null) return;
  const { api, access, visit } = entry;
  requireAdmin(access);
  showAccess(access);
  watchStatistics(api);
  const names = new Names((ids) => api.profiles(ids), () => log.rename());
  const log = newLog(names, access.user.id);
  part("list").addEventListener("click", (event) => void hideMessage(event, api, log));
  const audience = audienceOf(log, names);
  const delivery = new Delivery(client(), api, access, audience, { isSeated: false });
  visit.beforeEnd(() => delivery.stop());
  await delivery.start();
}

function goToLeft() {
  location.assign("/left");
}

function requireAdmin({ user }) {
  if (user.role === "admin") return;
  throw new ApiError(403, "not_admin", "관리자만 볼 수 있는 화면입니다.");
}

function showAccess({ webinar, user }) {
  document.title = `${webinar.title} · EventLive 관리자`;
  part("title").textContent = webinar.title;
  part("user-name").textContent = user.display_name;
  part("to-webinar").setAttribute("href", `/webinars/${webinar.id}`);
  part("content").hidden = false;
}

function watchStatistics(api) {
  const view = new StatisticsView({
    tiles: { present: part("present"), registered: part("registered"), messages: part("messages") },
    rows: part("attendees"),
    empty: part("nobody"),
    age: part("age"),
  });
  const look = async () => view.show(await api.statistics());
  const onRefused = (error) => view.showStopped(error.message);
  new Repeat(look, statisticsDelayMs, onRefused).start();
}

function newLog(names, userId) {
  const parts = { log: part("log"), list: part("list"), newer: part("newer") };
  return new ChatLog({ ...parts, template: part("message-template") }, names, userId);
}

async function hideMessage(event, api, log) {
  const button = event.target.closest("button");
  if (button === null || button.disabled) return;
  const id = Number(button.closest("[data-id]").dataset.id);
  button.disabled = true;
  part("problem").textContent = "";
  try {
    await api.hide(id);
    log.hide(id);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    button.disabled = false;
    part("problem").textContent = `숨기지 못했습니다. ${error.message}`;
  }
}

/** @returns {import("./delivery.js").Audience} */
function audienceOf(log, names) {
  return {
    onMessages: (messages) => log.add(messages),
    onHidden: (id) => log.hide(id),
    onConflict: () => {},
    onJoin: (key, name) => names.learn(key, name),
    onLeave: () => {},
    onRoomReset: () => {},
    onReady: () => {},
    onState: (state) => {
      part("connection").dataset.state = state;
      part("connection").textContent = CONNECTION[state];
    },
  };
}

main().catch(refuse);
