/** Writing: the text box, the greeting button, and what went wrong with either. */

import { pause } from "./schedule.js";

const GREETING = "안녕하세요! 👋";

/** A second click of a double click must find the greeting button disabled, however fast the answer. */
const GREETING_REST_MS = 1_000;

export class Composer {
  #form;
  #text;
  #sendButton;
  #greetButton;
  #problem;
  #retry = null;
  #chats;
  #greetings;
  #onSent;

  /**
   * @param {{form: HTMLFormElement, text: HTMLTextAreaElement, send: HTMLButtonElement, greet: HTMLButtonElement, problem: HTMLElement}} parts
   * @param {{chats: import("./outbox.js").Outbox, greetings: import("./outbox.js").Outbox}} outboxes
   * @param {(message: import("./api.js").Message) => void} onSent
   */
  constructor({ form, text, send, greet, problem }, { chats, greetings }, onSent) {
    this.#form = form;
    this.#text = text;
    this.#sendButton = send;
    this.#greetButton = greet;
    this.#problem = problem;
    this.#chats = chats;
    this.#greetings = greetings;
    this.#onSent = onSent;
    this.#listen();
  }

  /** Writing is possible. Sending needs no Realtime, so this may come before `enableGreeting`. */
  enable() {
    this.#text.disabled = false;
    this.#sendButton.disabled = false;
  }

  enableGreeting() {
    this.#greetButton.disabled = false;
  }

  #listen() {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#sendText();
    });
    this.#text.addEventListener("keydown", (event) => this.#sendOnEnter(event));
    this.#greetButton.addEventListener("click", () => void this.#greet());
    this.#problem.querySelector("button").addEventListener("click", () => void this.#retry?.());
  }

  #sendOnEnter(event) {
    // While an IME composes, Enter picks a syllable. Some browsers tell only by key code 229.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    void this.#sendText();
  }

  async #sendText() {
    const body = this.#text.value.trim();
    if (body === "" || this.#sendButton.disabled) return;
    this.#sendButton.disabled = true;
    this.#text.readOnly = true;
    const isSent = await this.#attempt(this.#chats, body, () => this.#sendText());
    if (isSent) this.#text.value = "";
    this.#text.readOnly = false;
    this.#sendButton.disabled = false;
  }

  async #greet() {
    if (this.#greetButton.disabled) return;
    this.#greetButton.disabled = true;
    const rest = pause(GREETING_REST_MS);
    await this.#attempt(this.#greetings, GREETING, () => this.#greet());
    await rest;
    this.#greetButton.disabled = false;
  }

  /** True when the message is stored; otherwise the problem and a way to try again are shown. */
  async #attempt(outbox, body, retry) {
    this.#problem.hidden = true;
    try {
      this.#onSent(await outbox.send(body));
      return true;
    } catch (error) {
      if (error.status === undefined) throw error;
      this.#retry = retry;
      this.#problem.querySelector("span").textContent = `전송하지 못했습니다. ${error.message}`;
      this.#problem.hidden = false;
      return false;
    }
  }
}
