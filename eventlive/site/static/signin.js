/** Signing in, and going on to where the visitor wanted to be. */

import { destination } from "./destination.js";
import { client } from "./session.js";

const form = document.getElementById("sign-in");
const button = document.getElementById("submit");
const problem = document.getElementById("problem");

const REASONS = {
  invalid_credentials: "이메일 또는 비밀번호가 올바르지 않습니다.",
  email_not_confirmed: "이메일 인증을 먼저 완료해 주세요.",
  user_banned: "이용이 제한된 계정입니다. 운영자에게 문의해 주세요.",
  over_request_rate_limit: "로그인 요청이 많습니다. 잠시 후 다시 시도해 주세요.",
  validation_failed: "이메일과 비밀번호를 입력해 주세요.",
};
const UNEXPLAINED = "로그인하지 못했습니다. 잠시 후 다시 시도해 주세요.";

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!button.disabled) void signIn();
});
// Until now a click would have sent the form by itself, password and all.
button.disabled = false;

async function signIn() {
  const { email, password } = Object.fromEntries(new FormData(form));
  problem.textContent = "";
  if (email === "" || password === "") {
    problem.textContent = REASONS.validation_failed;
    return;
  }
  button.disabled = true;
  const { error } = await client.auth.signInWithPassword({ email, password });
  if (error === null) {
    location.assign(destination(location.search, location.origin));
    return;
  }
  problem.textContent = REASONS[error.code] ?? UNEXPLAINED;
  button.disabled = false;
}
