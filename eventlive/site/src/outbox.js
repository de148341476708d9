/** Sending, such that a message whose answer was lost can be sent again without standing there twice. */

/** @typedef {{body: string, kind: "chat"|"greeting", client_id: string}} Draft */

export class Outbox {
  #kind;
  #send;
  /** @type {Draft|null} */ #open = null;

  /**
   * @param {"chat"|"greeting"} kind
   * @param {(draft: Draft) => Promise<import("./api.js").Message>} send
   */
  constructor(kind, send) {
    this.#kind = kind;
    this.#send = send;
  }

  /**
   * The stored message. After a failure the same body goes out under the same `client_id`, by
   * which the server knows it; another body is another message.
   */
  async send(body) {
    if (this.#open?.body !== body) {
      this.#open = { body, kind: this.#kind, client_id: crypto.randomUUID() };
    }
    const message = await this.#send(this.#open);
    this.#open = null;
    return message;
  }
}
