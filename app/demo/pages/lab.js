// What happens if: five ways to hurt a session. What must be seen from inside (two answers, a lost one, theft, expiry) is
// done to a throw-away session by bearer token, since no script can touch the cookies of this page's own.

import { field, h, head } from "/demo/dom.js";
import { state } from "/demo/session.js";

const LEEWAY = 10.5; // seconds that the server grants to clocks, and a little
const PATIENCE = 60;

/** One request by bearer, or with no credential at all; cookies stay at home. */
async function call(path, token, { method = "GET", json } = {}) {
  const headers = { ...(token && { Authorization: `Bearer ${token}` }), ...(json && { "Content-Type": "application/json" }) };
  const answer = await fetch(`/api/v1${path}`, { method, headers, credentials: "omit", body: json && JSON.stringify(json) });
  const body = answer.status == 204 ? {} : await answer.json();
  return { status: answer.status, ...body, says: [answer.status, body.code, body.reason && `(${body.reason})`].filter(Boolean).join(" ") };
}

const refresh = (token) => call("/auth/refresh", token, { method: "POST" });
const end = (token) => call("/auth/logout", token, { method: "POST" });
const name = (token) => JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).jti;

async function begin(tell, password) {
  const pair = await call("/auth/token", null, { method: "POST", json: { email: state.user.email, password } });
  if (pair.status != 200) throw new Error(pair.detail ?? pair.title);
  tell("client", "Opened a throw-away session by bearer token. Your own session is not part of this.");
  return pair;
}

async function secondTab(tell) {
  open("/#/lab", "_blank", "noopener");
  tell("you", "Opened a second tab. Both share one session, since cookies belong to the browser.");
  tell("client", "If the token expires, whichever tab notices first renews it for both. Sign out there, and this tab follows.");
}

async function twice(tell, password) {
  const pair = await begin(tell, password);
  tell("client", "Sent two refreshes in the same moment, with the same refresh token.");
  const [one, other] = await Promise.all([1, 2].map(() => refresh(pair.refresh_token)));
  tell("server", `Answered ${one.says} and ${other.says}.`);
  const same = one.refresh_token && name(one.refresh_token) == name(other.refresh_token);
  if (same) tell("server", "Gave both the same successor: the second answer grants nothing that the first did not.");
  const me = await call("/me", one.access_token);
  tell("client", `Asked who you are: ${me.says}.${me.status == 200 ? " You are still signed in." : ""}`);
  await end(one.access_token);
}

async function lost(tell, password) {
  const pair = await begin(tell, password);
  await refresh(pair.refresh_token);
  tell("client", "Sent a refresh and threw the answer away, as a bad network would. The old token is spent, the new one unknown.");
  const [again, more] = [await refresh(pair.refresh_token), await refresh(pair.refresh_token)];
  tell("server", `Asked again with the spent token: ${again.says}. And once more: ${more.says}.`);
  const same = again.refresh_token && name(again.refresh_token) == name(more.refresh_token);
  if (same) tell("server", "The same successor each time. For some seconds a lost answer can be asked for again.");
  tell("client", `Went on with it: ${(await call("/me", again.access_token)).says}. Nobody was logged out.`);
  await end(again.access_token);
}

async function theft(tell, password) {
  const pair = await begin(tell, password);
  tell("thief", "Copied the refresh token and keeps it for later.");
  const second = await refresh(pair.refresh_token);
  const third = await refresh(second.refresh_token);
  tell("client", `Worked on, and renewed twice: ${second.says} and ${third.says}. The copy is now an old one.`);
  const stolen = await refresh(pair.refresh_token);
  tell("thief", `Used the copy: ${stolen.says}.`);
  tell("server", "Saw a spent token come back. Two hands hold this session, so it ended it, with every token.");
  const victim = await call("/me", third.access_token);
  tell("client", `Asked with its newest token: ${victim.says}. Both are out, and the page can say why.`);
}

async function expiry(tell, password, { card }) {
  const pair = await begin(tell, password);
  const seconds = Math.ceil(pair.expires_in + LEEWAY);
  const clock = tell("client", `The access token lives ${pair.expires_in} s.`);
  const skipped = await waited(seconds, clock, card, seconds > PATIENCE);
  if (!card.isConnected) return;
  if (skipped) tell("you", "Did not wait: the access token was thrown away instead. What helps is the same.");
  const refused = await call("/me", skipped ? null : pair.access_token);
  tell("server", `Asked who you are: ${refused.says}. Its action says what helps: ${refused.action}.`);
  const renewed = await refresh(pair.refresh_token);
  tell("client", `Obeyed: refresh ${renewed.says}, then asked again: ${(await call("/me", renewed.access_token)).says}. Nobody noticed.`);
  await end(renewed.access_token);
}

/** Wait so long; whether the person did not. */
function waited(seconds, clock, card, skippable) {
  const until = Date.now() + seconds * 1000;
  const first = clock.textContent;
  return new Promise((settle) => {
    const skip = h("button", { type: "button", class: "quiet", onclick: () => finish(true) }, "Do not wait");
    const finish = (skipped) => (clearInterval(timer), skip.remove(), (clock.textContent = first), settle(skipped));
    const timer = setInterval(() => {
      const left = Math.ceil((until - Date.now()) / 1000);
      if (left <= 0 || !card.isConnected) finish(false);
      else clock.textContent = `${first} ${left} s to go, the server’s grace of ten included.`;
    }, 250);
    if (skippable) card.querySelector(".run").after(skip);
  });
}

const EXPERIMENTS = [
  ["I open a second tab?", "Two tabs, one session.", "Open a second tab", secondTab],
  ["Two refreshes leave at once?", "A double click, fifty parallel calls: the same question twice.", "Refresh twice at once", twice],
  ["The answer gets lost?", "The server has renewed the session, and the client never heard of it.", "Lose the answer", lost],
  ["Somebody copies my token?", "And uses it after the session has moved on.", "Replay a stolen token", theft],
  ["The token expires?", "While you work.", "Let the token expire", expiry],
];
const THROWAWAY = new Set([twice, lost, theft, expiry]);

function card([title, text, button, run], password) {
  const steps = h("ol", { class: "steps", "aria-live": "polite", "aria-label": `What happened: ${title}` });
  const tell = (who, what) => {
    const said = h("span", {}, what);
    steps.append(h("li", { "data-who": who }, h("b", {}, who), said));
    return said;
  };
  const press = async () => {
    if (start.disabled) return;
    if (THROWAWAY.has(run) && !password.value) {
      steps.replaceChildren();
      tell("you", "First write your password into the field above: a throw-away session needs it.");
      return password.focus();
    }
    start.disabled = true;
    steps.replaceChildren();
    try {
      await run(tell, password.value, { card: element });
    } catch (error) {
      tell("server", error instanceof TypeError ? "Did not answer. Try again in a moment." : error.message);
    } finally {
      start.disabled = false;
    }
  };
  const start = h("button", { type: "button", class: "button run", onclick: press }, button);
  const element = h("section", { class: "card experiment" },
    h("div", { class: "ask" }, h("h2", {}, title), h("p", { class: "hint" }, text), THROWAWAY.has(run) && h("p", { class: "tag" }, "throw-away session"), start), steps);
  return element;
}

export function lab() {
  const asked = field("Your password", "lab-password", { type: "password", autocomplete: "current-password" },
    "Only for the four below that are marked: they open a throw-away session at /auth/token. It stays in this page.");
  const password = asked.querySelector("input");
  return [head("What happens if …", "Five ways to hurt a session. Press, and read what client and server do; the wire shows each request."),
    h("div", { class: "card inline" }, asked), h("div", { class: "experiments" }, EXPERIMENTS.map((each) => card(each, password)))];
}
