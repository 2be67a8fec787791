// Where links in mails lead: verify, reset, email. Each sends its token on and says what came of it.

import { field, form, h, head, sentence } from "/demo/dom.js";

/** POST without a session: these doors look at no cookie. Throws the problem. */
async function send(path, body) {
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw { code: "network" };
  }
  if (answer.ok) return;
  const problem = await answer.json().catch(() => ({}));
  throw { ...problem, retryAfter: answer.headers.get("Retry-After") };
}

/** The page's token, taken out of the address bar and the history: nobody shall copy it by accident. */
function taken(query) {
  const token = query.get("token") ?? "";
  history.replaceState(null, "", location.hash.split("?")[0]);
  return token;
}

function done(title, text) {
  const home = document.body.dataset.home;
  return h("div", { class: "letter card" }, h("p", { class: "seal", "aria-hidden": "true" }, "✓"), head(title, text),
    home && h("a", { class: "button primary", href: "#/" }, "Go on"));
}

function spent(problem) {
  const text = problem.code == "token_unusable"
    ? "This link was used already, or it is too old. Ask for a new one where you sign in."
    : sentence(problem);
  return h("div", { class: "letter card" }, head("That did not work", text));
}

/** The token is used by the page that took it: after a reload it is only in the mail. */
function incomplete() {
  return h("div", { class: "letter card" }, head("Open the link again", "This page needs the link as it stands in the mail."));
}

function proving(query, { title, lead, button, success }) {
  const token = taken(query);
  if (!token) return incomplete();
  const place = h("div", { class: "letter card" });
  // Mail scanners open links: a person presses the button.
  const ask = form(button, [], async () => {
    try {
      await send("/auth/email/verify", { token });
      show(done(...success));
    } catch (problem) {
      if (problem.code == "token_unusable" || problem.code == "email_taken") show(spent(problem));
      else throw problem;
    }
  });
  const show = (what) => {
    place.replaceWith(what);
    what.querySelector("h1").focus();
  };
  place.append(head(title, lead), ask);
  return place;
}

export const verify = (query) =>
  proving(query, {
    title: "Confirm your address",
    lead: "One press, and we know that this mailbox is yours.",
    button: "Confirm my address",
    success: ["Your address is confirmed", "Thank you. You can sign in now."],
  });

export const email = (query) =>
  proving(query, {
    title: "Use your new address",
    lead: "From now on you sign in with this address instead of the old one.",
    button: "Use this address",
    success: ["Your address is changed", "Sign in with the new one from now on."],
  });

export function reset(query) {
  const token = taken(query);
  if (!token) return incomplete();
  const place = h("div", { class: "letter card" });
  const fields = [field("New password", "password", { type: "password", autocomplete: "new-password", required: true }, "At least eight characters; a few unrelated words are best.")];
  place.append(
    head("Choose a new password", "All devices will be signed out, and you sign in with it."),
    form("Set the password", fields, async ({ password }) => {
      try {
        await send("/auth/password/reset", { token, password });
      } catch (problem) {
        if (problem.code != "token_unusable") throw problem;
        place.replaceWith(spent(problem));
        return;
      }
      const what = done("Your password is set", "Every session has ended. Sign in with the new password.");
      place.replaceWith(what);
      what.querySelector("h1").focus();
    }),
  );
  return place;
}
