/** The chat on screen: messages in id order, each once; of a flood only what can be seen is drawn. */

import { drawDelayMs } from "./schedule.js";

/** So many messages can be read back… */
const KEPT_MAX = 200;

/** …and so many are in the document while nobody does: enough for the highest screen. */
const WINDOW = 40;

const HIDDEN_TEXT = "관리자가 숨긴 메시지입니다.";
const NAMELESS = "참석자";

/** @typedef {import("./api.js").Message} Message */

export class ChatLog {
  #log;
  #list;
  #template;
  #newer;
  #names;
  #userId;
  #seen = new Set();
  #hidden = new Set();
  /** @type {Message[]} */ #queue = [];
  /** @type {Message[]} */ #kept = [];
  /** @type {Map<number, HTMLElement>} */ #items = new Map();
  #timer = null;
  #drawnAt_ms = -Infinity;
  #perSecond = 0;
  /** How many are in the room; the more, the less often the chat is drawn. */
  people = 0;
  #isReadingBack = false;
  #unread = 0;

  /**
   * @param {{log: HTMLElement, list: HTMLElement, template: HTMLTemplateElement, newer: HTMLElement}} parts
   * @param {import("./names.js").Names} names
   * @param {string} userId whose messages stand out
   */
  constructor({ log, list, template, newer }, names, userId) {
    this.#log = log;
    this.#list = list;
    this.#template = template;
    this.#newer = newer;
    this.#names = names;
    this.#userId = userId;
    newer.addEventListener("click", () => this.#showNewest());
    log.addEventListener("scroll", () => this.#noteScroll(), { passive: true });
  }

  /** These messages will be drawn soon, in a flood if they are still among the newest by then. */
  add(messages) {
    for (const message of messages) {
      if (this.#seen.has(message.id)) continue;
      this.#seen.add(message.id);
      this.#names.learn(message.user_id, message.author);
      if (message.hidden_at) this.#hidden.add(message.id);
      this.#queue.push(message);
    }
    if (this.#queue.length > 0) this.#timer ??= this.#drawIn(drawDelayMs(this.#perSecond, this.people));
  }

  /** The same for a message that its author, who is this reader, waits for. */
  addOwn(message) {
    this.add([message]);
    if (this.#queue.length === 0) return;
    clearTimeout(this.#timer);
    this.#timer = this.#drawIn(0);
  }

  /** The body of this message is, or will be, replaced by a notice. */
  hide(id) {
    this.#hidden.add(id);
    const item = this.#items.get(id);
    if (item) cover(item);
  }

  /** Names that were unknown when their messages were drawn are filled in. */
  rename() {
    for (const { id, user_id: userId } of this.#kept) {
      const item = this.#items.get(id);
      if (item) item.children[0].textContent = this.#names.of(userId) ?? NAMELESS;
    }
  }

  /** In `rest_ms` after the last drawing, but never sooner than one gathers what comes together. */
  #drawIn(rest_ms) {
    const wait_ms = this.#drawnAt_ms + rest_ms - performance.now();
    return setTimeout(() => this.#draw(), Math.max(drawDelayMs(0), wait_ms));
  }

  #draw() {
    const now_ms = performance.now();
    this.#timer = null;
    this.#perSecond = (1000 * this.#queue.length) / (now_ms - this.#drawnAt_ms);
    this.#drawnAt_ms = now_ms;
    if (this.#isReadingBack) this.#announce(this.#queue.length);
    this.#kept = [...this.#kept, ...this.#queue].sort((a, b) => a.id - b.id).slice(-KEPT_MAX);
    this.#queue = [];
    this.#place(this.#isReadingBack ? this.#kept : this.#kept.slice(-WINDOW));
  }

  /** Exactly these messages, which are in order, are in the document; what stays is not touched. */
  #place(messages) {
    const items = new Map();
    for (const message of messages) {
      items.set(message.id, this.#items.get(message.id) ?? this.#itemFor(message));
    }
    for (const [id, item] of this.#items) if (!items.has(id)) item.remove();
    let next = null;
    for (const item of [...items.values()].reverse()) {
      if (item.parentNode === null) this.#list.insertBefore(item, next);
      next = item;
    }
    this.#items = items;
  }

  #itemFor(message) {
    const item = /** @type {HTMLElement} */ (this.#template.content.firstElementChild.cloneNode(true));
    const [author, time, body] = item.children;
    item.dataset.id = String(message.id);
    item.dataset.kind = message.kind;
    if (message.user_id === this.#userId) item.classList.add("own");
    author.textContent = this.#names.of(message.user_id) ?? NAMELESS;
    time.dateTime = message.created_at;
    time.textContent = clock(message.created_at);
    body.textContent = message.body;
    if (this.#hidden.has(message.id)) cover(item);
    return item;
  }

  #announce(count) {
    this.#unread += count;
    this.#newer.textContent = `새 메시지 ${this.#unread}개 ↓`;
    this.#newer.hidden = false;
  }

  #showNewest() {
    this.#log.scrollTop = 0;
    this.#log.focus();
  }

  /** The log is laid out in reverse: it holds on to its end by itself, 0 is the end, older is above. */
  #noteScroll() {
    const wasReadingBack = this.#isReadingBack;
    this.#isReadingBack = this.#log.scrollTop < -40;
    if (this.#isReadingBack === wasReadingBack) return;
    if (this.#isReadingBack) return this.#place(this.#kept);
    this.#unread = 0;
    this.#newer.hidden = true;
  }
}

function cover(item) {
  item.classList.add("covered");
  item.children[2].textContent = HIDDEN_TEXT;
  item.querySelector("button")?.remove();
}

/** Hours and minutes of the reader's clock. Intl would do the same at many times the price. */
function clock(timestamp) {
  return new Date(timestamp).toTimeString().slice(0, 5);
}
