/** Where sign-in leads. */

const DEFAULT = "/webinars/149402";

/**
 * The path in `?next=`, or the default webinar. Only a path of this origin: anything else would
 * let a link to our sign-in page end on a stranger's site.
 */
export function destination(search, origin) {
  const next = new URLSearchParams(search).get("next") ?? DEFAULT;
  if (!next.startsWith("/")) return DEFAULT;
  const url = new URL(next, origin);
  return url.origin === origin ? url.pathname + url.search : DEFAULT;
}

/** Whether this path is a webinar's, which the app shows without another document. */
export function isWebinar(path) {
  return /^\/webinars\/\d+$/.test(path);
}
