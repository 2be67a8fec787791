// The session of this page: one client, what its hooks do, and the wire, where every request is told.

import { Latchkey } from "/latchkey.js";
import { field, form, h, sentence } from "/demo/dom.js";

/** Why a session is over, in words. */
export const WHY = {
  logout: "You signed out.",
  logout_everywhere: "You signed out everywhere.",
  revoked_by_user: "This device was signed out from another one of yours.",
  revoked_by_admin: "An administrator ended this session.",
  refresh_reused: "A copy of your session was used somewhere else. To be safe, both were signed out. If it was not you, change your password.",
  password_changed: "Your password was changed on another device.",
  password_reset: "Your password was reset.",
  account_disabled: "This account was disabled.",
  account_deleted: "This account was deleted.",
  expired: "The session was not used for too long.",
  key_revoked: "The key that signed this session was withdrawn.",
};

export const state = { user: null, why: "", away: "", draw: () => {} };

export const auth = new Latchkey({ onLogin: leave, onStepUp: prove, onSession: follow });

/** The JSON of an answer below /api/v1; `null` for an empty one. */
export async function api(path, { method = "GET", json } = {}) {
  const answer = await auth.fetch(path, { method, json });
  return answer.status == 204 ? null : answer.json();
}

/** Whoever is signed in, if anybody; `away` says why that cannot be told. */
export async function recall() {
  state.away = "";
  if (!auth.signedIn) return;
  try {
    state.user = await auth.me();
  } catch (problem) {
    if (problem.action != "login" && problem.action != "refresh") state.away = sentence(problem);
  }
}

/** The session is over: say why, and show where to sign in. */
function leave(problem) {
  if (!state.user) return; // an answer that came late: why is said already
  const reused = problem.code == "refresh_reused" ? "refresh_reused" : problem.reason;
  state.why = WHY[reused] ?? "Please sign in again.";
  state.user = null;
  state.draw();
}

function follow(what, { elsewhere }) {
  if (!elsewhere) return;
  if (what == "login") location.reload();
  else if (state.user) {
    state.why = "You signed out in another tab.";
    state.user = null;
    state.draw();
  }
}

/** Ask for the password once more; whether it was proven. */
function prove() {
  return new Promise((settle) => {
    const fields = [field("Password", "proof", { type: "password", autocomplete: "current-password", required: true })];
    let proven = false;
    const ask = form("Prove it", fields, async ({ proof }) => {
      await auth.stepUp(proof);
      proven = true;
      dialog.close();
    });
    const cancel = h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Not now");
    const dialog = h("dialog", { "aria-labelledby": "proof-title" },
      h("h2", { id: "proof-title" }, "Is it still you?"),
      h("p", {}, "This wants a password that was proven within ten minutes."), ask, cancel);
    dialog.addEventListener("close", () => (dialog.remove(), settle(proven)));
    document.body.append(dialog);
    dialog.showModal();
  });
}

const MOST = 40;
let told = 0;

/** Tell the wire of a request. */
export function tell({ method, path, status, code, action, ms, who = "" }) {
  const tone = status == 0 || status >= 400 ? "bad" : "good";
  const says = [status || "lost", code, action && action != "none" ? `→ ${action}` : ""].filter(Boolean).join(" ");
  const line = h("li", { "data-tone": tone }, h("b", {}, method), h("span", { class: "path" }, path.replace("/api/v1", "")),
    h("span", { class: "says" }, says), h("span", { class: "ms" }, `${who ? `${who} · ` : ""}${Math.round(ms)} ms`));
  const wire = document.querySelector("#wire");
  wire.prepend(line);
  while (wire.children.length > MOST) wire.lastChild.remove();
  document.querySelector("#wire-count").textContent = String(++told);
}

const plain = globalThis.fetch.bind(globalThis);

/** `fetch`, told to the wire; the client library sends through it too. */
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const began = performance.now();
  const { method } = request;
  const path = new URL(request.url).pathname;
  const who = request.headers.has("Authorization") ? "bearer" : "";
  try {
    const answer = await plain(request);
    const problem = answer.ok ? {} : await answer.clone().json().catch(() => ({}));
    tell({ method, path, who, status: answer.status, code: problem.code, action: problem.action, ms: performance.now() - began });
    return answer;
  } catch (error) {
    tell({ method, path, who, status: 0, ms: performance.now() - began });
    throw error;
  }
};
