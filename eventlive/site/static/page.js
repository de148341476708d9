/** What the webinar page and the console share: the address, the way in, the way out. */

import { ApiError, WebinarApi } from "./api.js";
import { Visit } from "./heartbeat.js";
import { withRetry } from "./schedule.js";
import * as session from "./session.js";

/** The element with this id; the pages promise that it exists. */
export function part(id) {
  return document.getElementById(id);
}

/** The number at the end of /webinars/149402 and /admin/webinars/149402. */
export function webinarId() {
  return Number(location.pathname.split("/").at(-1));
}

/**
 * The entry to a webinar: access answer, routes and visit. Null when the page said why not.
 *
 * @param {{isSeated: boolean}} options
 */
export async function enter(options) {
  part("start-over").addEventListener("click", () => location.reload());
  if ((await session.requireSession()) === null) return null;
  const api = new WebinarApi(webinarId(), session.accessToken);
  const visit = new Visit(api, session.tokenAtHand);
  wireExits(visit);
  try {
    const access = await withRetry(() => visit.enter());
    visit.keepAlive(options);
    return { api, visit, access };
  } catch (error) {
    refuse(error);
    return null;
  }
}

/** The page says why it cannot go on, instead of its content, and offers to start over. */
export function refuse(error) {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 401) return session.goToSignIn();
  part("notice-text").textContent = error.message;
  part("notice").hidden = false;
  part("content").hidden = true;
}

/** The buttons that end the visit work, and a session ended elsewhere leads to sign-in. */
function wireExits(visit) {
  let isLeaving = false;
  const exit = (id, address, end) =>
    part(id).addEventListener("click", async () => {
      if (isLeaving) return;
      isLeaving = true;
      await visit.end();
      await end();
      location.assign(address);
    });
  exit("leave", "/left", async () => sessionStorage.setItem("left", location.pathname));
  exit("sign-out", "/", session.signOut);
  session.onSignedOut(() => isLeaving || session.goToSignIn());
}
