/** The view after leaving, which leads back to the webinar that was left. */

import { part, show } from "./views.js";

const LEFT = "left";

/** The farewell is on screen. It survives a reload, so the way back is remembered with the tab. */
export function openLeft() {
  part("return").setAttribute("href", sessionStorage.getItem(LEFT) ?? "/");
  show("left");
}

/** The webinar at this address was left: the farewell follows, in this document. */
export function goToLeft() {
  sessionStorage.setItem(LEFT, location.pathname);
  history.pushState(null, "", "/left");
  openLeft();
}
