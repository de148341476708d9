/** Signing in, and going on to where the visitor wanted to be. */

import { destination, isWebinar } from "./destination.js";
import { refuse } from "./page.js";
import { client, signIn } from "./session.js";
import { part, show } from "./views.js";
import { openWebinar } from "./webinar.js";

const REASONS = {
  invalid_credentials: "이메일 또는 비밀번호가 올바르지 않습니다.",
  email_not_confirmed: "이메일 인증을 먼저 완료해 주세요.",
  user_banned: "이용이 제한된 계정입니다. 운영자에게 문의해 주세요.",
  over_request_rate_limit: "로그인 요청이 많습니다. 잠시 후 다시 시도해 주세요.",
  validation_failed: "이메일과 비밀번호를 입력해 주세요.",
};
const UNEXPLAINED = "로그인하지 못했습니다. 잠시 후 다시 시도해 주세요.";

/** The form is on screen and works. */
export function openSignIn() {
  client();
  part("sign-in").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!part("submit").disabled) void submit(event.target);
  });
  // Until now a click would have sent the form by itself, password and all.
  part("submit").disabled = false;
  show("sign-in");
}

async function submit(form) {
  const { email, password } = Object.fromEntries(new FormData(form));
  const reason = email === "" || password === "" ? "validation_failed" : await attempt(email, password);
  if (reason === null) return goOn(form);
  part("sign-in-problem").textContent = REASONS[reason] ?? UNEXPLAINED;
}

/** Null, or the code of what went wrong. */
async function attempt(email, password) {
  part("sign-in-problem").textContent = "";
  part("submit").disabled = true;
  const error = await signIn(email, password);
  part("submit").disabled = error === null;
  return error === null ? null : (error.code ?? "unknown");
}

/** Webinars are in this document; the console is another. */
function goOn(form) {
  const next = destination(location.search, location.origin);
  if (!isWebinar(next)) return location.assign(next);
  form.reset();
  history.pushState(null, "", next);
  openWebinar().catch(refuse);
}
