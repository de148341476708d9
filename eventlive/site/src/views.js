/** The views of the one document: one is on screen, the others are hidden from everybody. */

const VIEWS = ["sign-in", "webinar", "left"];

let shown = null;

/** The element with this id; the documents promise that it exists. */
export function part(id) {
  return document.getElementById(id);
}

/** @param {"sign-in"|"webinar"|"left"} name */
export function show(name) {
  for (const view of VIEWS) part(`${view}-view`).hidden = view !== name;
  const view = part(`${name}-view`);
  document.title = `${view.dataset.title} · EventLive`;
  // As after a new document, a screen reader goes on from the heading.
  if (shown !== null) view.querySelector("h1").focus({ preventScroll: true });
  shown = name;
}
