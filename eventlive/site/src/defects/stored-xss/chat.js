/** Takes every text that is shown for markup, in the chat and wherever else. */

export * from "healthy:chat.js";

const { get } = Object.getOwnPropertyDescriptor(Node.prototype, "textContent");

Object.defineProperty(Element.prototype, "textContent", {
  get,
  set(text) {
    this.innerHTML = text;
  },
});
