/** What the page was given: charts' data, and words in its language. */

const read = (id) => JSON.parse(document.getElementById(id).textContent);

export const charts = read("charts");
export const words = read("words");
export const names = read("names");

/** @param {string} base64 */
export function bytes(base64) {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/** 16-bit numbers in little endian. @param {string} base64 */
export function numbers(base64) {
  const packed = bytes(base64);
  return Uint16Array.from({ length: packed.length / 2 }, (_, i) => packed[2 * i] | (packed[2 * i + 1] << 8));
}

const language = document.documentElement.lang;
export const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
export const precise = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });

/** A phrase about so many milliseconds: words stand in another order in Korean. */
export function ms(phrase, count) {
  return phrase.replace("MS", precise.format(count));
}

/** An element with text children only: nothing that a target said is ever taken for markup. */
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}
