/** What the webinar and the console share: the address, the way in, the way out. */

import { ApiError, WebinarApi } from "./api.js";
import { Visit } from "./heartbeat.js";
import { withRetry } from "./schedule.js";
import * as session from "./session.js";
import { part } from "./views.js";

/** The number at the end of /webinars/149402 and /admin/webinars/149402. */
export function webinarId() {
  return Number(location.pathname.split("/").at(-1));
}

/**
 * The entry of somebody signed in to a webinar: access answer, routes and visit. Null when the
 * page said why not. `goToLeft` shows the farewell.
 *
 * @param {{isSeated: boolean, goToLeft: () => void}} options
 */
export async function enter({ isSeated, goToLeft }) {
  part("start-over").addEventListener("click", () => location.reload());
  const api = new WebinarApi(webinarId(), session.accessToken);
  const visit = new Visit(api, session.tokenAtHand, refuse);
  wireExits(visit, goToLeft);
  try {
    const access = await withRetry(() => visit.enter());
    visit.keepAlive({ isSeated });
    return { api, visit, access };
  } catch (error) {
    refuse(error);
    return null;
  }
}

/** The page says why it does not go on, instead of its content, and offers to start over. */
export function refuse(error) {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 401) return session.goToSignIn();
  part("notice-text").textContent = error.message;
  part("notice").hidden = false;
  part("content").hidden = true;
}

/** The buttons that end the visit work, and a session ended elsewhere leads to sign-in. */
function wireExits(visit, goToLeft) {
  let isLeaving = false;
  const exit = (id, go) =>
    part(id).addEventListener("click", async () => {
      if (isLeaving) return;
      isLeaving = true;
      await visit.end();
      await go();
    });
  exit("leave", goToLeft);
  exit("sign-out", signOut);
  session.onSignedOut(() => isLeaving || session.goToSignIn());
}

/** In a new document, so that the next person at this device finds nothing of the last. */
async function signOut() {
  await session.signOut();
  location.assign("/");
}
