/** The app: one document that shows sign-in, a webinar, or the farewell, as its address says. */

import { openLeft } from "./left.js";
import { refuse } from "./page.js";
import { currentSession, signInAddress } from "./session.js";
import { openSignIn } from "./signin.js";
import { openWebinar } from "./webinar.js";

async function open() {
  if (location.pathname === "/left") return openLeft();
  if (location.pathname !== "/") {
    if ((await currentSession()) !== null) return openWebinar();
    history.replaceState(null, "", signInAddress());
  }
  openSignIn();
}

// Back and forward start over: a document is good for one visit.
addEventListener("popstate", () => location.reload());
open().catch(refuse);
