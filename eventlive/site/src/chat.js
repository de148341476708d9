/** The chat on screen: messages in id order, each once, the newest 200. */

/** A message waits this long for others to be drawn with it… */
const GATHER_MS = 250;

/** …and in a flood that nobody reads line by line, so long: a third less CPU for 40 messages a second. */
const BETWEEN_DRAWS_MS = 1_000;

const SHOWN_MAX = 200;
const HIDDEN_TEXT = "관리자가 숨긴 메시지입니다.";
const NAMELESS = "참석자";

/** @typedef {import("./api.js").Message} Message */
/** @typedef {{message: Message, item: HTMLElement}} Entry */

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
  /** @type {Entry[]} */ #shown = [];
  #timer = null;
  #drawnAt_ms = -Infinity;
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

  /** These messages will be on screen within a second, unless they already are. */
  add(messages) {
    for (const message of messages) {
      if (this.#seen.has(message.id)) continue;
      this.#seen.add(message.id);
      this.#names.learn(message.user_id, message.author);
      if (message.hidden_at) this.#hidden.add(message.id);
      this.#queue.push(message);
    }
    if (this.#queue.length > 0 && this.#timer === null) this.#drawSoon();
  }

  /** The body of this message is, or will be, replaced by a notice. */
  hide(id) {
    this.#hidden.add(id);
    const entry = this.#shown.find(({ message }) => message.id === id);
    if (entry) cover(entry.item);
  }

  /** Names that were unknown when their messages were drawn are filled in. */
  rename() {
    for (const { message, item } of this.#shown) {
      const author = item.querySelector(".author");
      const name = this.#names.of(message.user_id) ?? NAMELESS;
      if (author.textContent !== name) author.textContent = name;
    }
  }

  #drawSoon() {
    const rest_ms = this.#drawnAt_ms + BETWEEN_DRAWS_MS - performance.now();
    this.#timer = setTimeout(() => this.#draw(), Math.max(GATHER_MS, rest_ms));
  }

  #draw() {
    this.#timer = null;
    this.#drawnAt_ms = performance.now();
    // Read before the writes below: afterwards the answer would cost a layout.
    const isReadingBack = this.#isReadingBack;
    const queue = this.#queue.sort((a, b) => a.id - b.id).slice(-SHOWN_MAX);
    this.#queue = [];
    for (const message of queue) this.#place({ message, item: this.#itemFor(message) });
    this.#trim();
    if (isReadingBack) this.#announce(queue.length);
  }

  /** Nearly always the end; a latecomer goes between its neighbours. */
  #place(entry) {
    let at = this.#shown.length;
    while (at > 0 && this.#shown[at - 1].message.id > entry.message.id) at -= 1;
    this.#list.insertBefore(entry.item, this.#shown[at]?.item ?? null);
    this.#shown.splice(at, 0, entry);
  }

  #trim() {
    const surplus = this.#shown.splice(0, Math.max(0, this.#shown.length - SHOWN_MAX));
    for (const { item } of surplus) item.remove();
  }

  #itemFor(message) {
    const item = /** @type {HTMLElement} */ (this.#template.content.firstElementChild.cloneNode(true));
    item.dataset.id = String(message.id);
    item.dataset.kind = message.kind;
    item.classList.toggle("own", message.user_id === this.#userId);
    const time = item.querySelector("time");
    time.dateTime = message.created_at;
    time.textContent = clock(message.created_at);
    item.querySelector(".author").textContent = this.#names.of(message.user_id) ?? NAMELESS;
    item.querySelector(".body").textContent = message.body;
    if (this.#hidden.has(message.id)) cover(item);
    return item;
  }

  /** The log is laid out in reverse, so it holds on to its end by itself, and 0 is the end. */
  get #isReadingBack() {
    return this.#log.scrollTop < -40;
  }

  #announce(count) {
    this.#unread += count;
    this.#newer.textContent = `새 메시지 ${this.#unread}개 ↓`;
    this.#newer.hidden = false;
  }

  #showNewest() {
    this.#log.scrollTop = 0;
    this.#noteScroll();
    this.#log.focus();
  }

  #noteScroll() {
    if (this.#unread === 0 || this.#isReadingBack) return;
    this.#unread = 0;
    this.#newer.hidden = true;
  }
}

function cover(item) {
  item.classList.add("covered");
  item.querySelector(".body").textContent = HIDDEN_TEXT;
  item.querySelector("button")?.remove();
}

/** Hours and minutes of the reader's clock. Intl would do the same at many times the price. */
function clock(timestamp) {
  return new Date(timestamp).toTimeString().slice(0, 5);
}
