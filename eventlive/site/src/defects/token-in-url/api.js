/** Repeats the token in the address of each call, where logs and histories keep it. */

export * from "healthy:api.js";

const healthy = globalThis.fetch;

globalThis.fetch = (path, options) => {
  const token = new Headers(options?.headers).get("Authorization");
  const isOurs = token !== null && String(path).startsWith("/api/");
  return healthy(isOurs ? `${path}${mark(path)}access_token=${token.slice("Bearer ".length)}` : path, options);
};

function mark(path) {
  return path.includes("?") ? "&" : "?";
}
