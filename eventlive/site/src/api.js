/** The /api routes of EventLive, as one signed-in person calls them about one webinar. */

const PATIENCE_MS = 30_000;
const UNREACHABLE = "서버에 연결할 수 없습니다. 네트워크를 확인해 주세요.";
const UNEXPLAINED = "요청을 처리하지 못했습니다. 잠시 후 다시 시도해 주세요.";

/**
 * @typedef {object} Message
 * @property {number} id
 * @property {string} user_id
 * @property {string} [author] absent from database change events
 * @property {"chat"|"greeting"} kind
 * @property {string} body
 * @property {string} created_at
 * @property {string|null} [hidden_at]
 */

/** A call that did not succeed. `status` 0 means that no answer came; `message` is for the reader. */
export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

/** One webinar's routes. Every method throws ApiError. */
export class WebinarApi {
  #root;
  #accessToken;

  /**
   * @param {number} webinarId
   * @param {() => Promise<string|null>} accessToken null while the session cannot be confirmed
   */
  constructor(webinarId, accessToken) {
    this.#root = `/api/webinars/${webinarId}`;
    this.#accessToken = accessToken;
  }

  /** Registers the visit ("enter") or prolongs it ("heartbeat"); answers who, what and which transport. */
  track(sessionId, event) {
    return this.#call("POST", `${this.#root}/access/track`, { session_id: sessionId, event });
  }

  /** Says that this page is still watching. */
  ping(sessionId) {
    return this.#call("POST", `${this.#root}/presence/ping`, { session_id: sessionId });
  }

  /** Ends the visit, even when the page goes away before the answer. */
  leave(sessionId) {
    return this.#call("POST", `${this.#root}/presence/leave`, { session_id: sessionId }, true);
  }

  /** The same as `leave` for a page that is being closed: no answer, so the token is in the body. */
  leaveByBeacon(sessionId, accessToken) {
    const body = JSON.stringify({ session_id: sessionId, access_token: accessToken });
    const json = new Blob([body], { type: "application/json" });
    navigator.sendBeacon(`${this.#root}/presence/leave`, json);
  }

  /** Stores and publishes a message; a repeated `client_id` answers with the first one. */
  send(draft) {
    return this.#call("POST", `${this.#root}/messages`, draft);
  }

  /** Messages with ids above `after` in ascending order; the newest 50 when `after` is null. */
  async messages(after, limit) {
    const query = after === null ? "" : `?after=${after}&limit=${limit}`;
    return (await this.#call("GET", `${this.#root}/messages${query}`)).messages;
  }

  /** Takes a message out of everyone's sight (admin). */
  hide(messageId) {
    return this.#call("POST", `${this.#root}/messages/${messageId}/hide`, {});
  }

  /** Numbers and attendees (admin). */
  statistics() {
    return this.#call("GET", `${this.#root}/stats/access`);
  }

  /** Display names of many people in one call. */
  async profiles(ids) {
    return (await this.#call("POST", "/api/profiles/batch", { ids })).profiles;
  }

  async #call(method, path, body, keepalive = false) {
    const token = await this.#accessToken();
    if (token === null) throw new ApiError(0, "no_session", "로그인 상태를 확인하지 못했습니다.");
    const headers = { Authorization: `Bearer ${token}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await ask(path, {
      method,
      headers,
      keepalive,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return read(response);
  }
}

async function ask(path, options) {
  try {
    return await fetch(path, options);
  } catch {
    throw new ApiError(0, "unreachable", UNREACHABLE);
  }
}

async function read(response) {
  // An answer may break off after its headers; that is a failure of the network too.
  const text = await response.text().catch(() => {
    throw new ApiError(0, "unreachable", UNREACHABLE);
  });
  const answer = parsed(text);
  if (response.ok) return answer;
  throw new ApiError(response.status, answer?.error ?? "unknown", answer?.message ?? UNEXPLAINED);
}

/** Proxies answer errors in HTML, so text that is not JSON counts as no explanation. */
function parsed(text) {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
