/** What this page has been sent of a webinar's messages, and how it fetches the rest. */

/**
 * Rows commit out of id order, so a lower id may appear after a higher one was read.
 * Reading again this many ids before the newest finds such latecomers.
 */
export const OVERLAP_IDS = 50;

const PAGE_SIZE = 200;
const PAGES_MAX = 50;

export class Backlog {
  #fetchPage;
  #deliver;
  #newest = 0;

  /**
   * @param {(after: number|null, limit: number) => Promise<import("./api.js").Message[]>} fetchPage
   * @param {(messages: import("./api.js").Message[]) => void} deliver
   */
  constructor(fetchPage, deliver) {
    this.#fetchPage = fetchPage;
    this.#deliver = deliver;
  }

  /** The newest messages were delivered. */
  async readHistory() {
    this.#take(await this.#fetchPage(null, PAGE_SIZE));
  }

  /** Everything stored since the newest message seen was delivered, some of it again. */
  async catchUp() {
    let after = Math.max(0, this.#newest - OVERLAP_IDS);
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const messages = await this.#fetchPage(after, PAGE_SIZE);
      this.#take(messages);
      if (messages.length < PAGE_SIZE) return;
      after = messages.at(-1).id;
    }
  }

  /**
   * Moves the mark to `id`. Only for what arrived on a healthy channel: a mark set by the page's
   * own sends, or before the catch-up, would hide the gap below it.
   */
  saw(id) {
    if (id > this.#newest) this.#newest = id;
  }

  #take(messages) {
    this.#deliver(messages);
    for (const message of messages) this.saw(message.id);
  }
}
