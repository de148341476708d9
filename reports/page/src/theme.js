/** Light and dark: the system's choice, until the button says otherwise. */

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = [];

export function onTheme(listener) {
  listeners.push(listener);
}

/** What a custom property of the style is now. */
export function colour(name) {
  return getComputedStyle(root).getPropertyValue(`--${name}`).trim();
}

function tell() {
  listeners.forEach((listener) => listener());
}

export function offerTheme() {
  const button = document.getElementById("theme");
  button.hidden = false;
  button.addEventListener("click", () => {
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
    root.dataset.theme = isDark ? "light" : "dark";
    tell();
  });
  system.addEventListener("change", tell);
}
