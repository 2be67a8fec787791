// Before anybody is signed in: what this is, and the doors.

import { field, form, h, head, say } from "/demo/dom.js";
import { auth, state } from "/demo/session.js";

const mail = () => field("E-mail", "email", { type: "email", autocomplete: "username", required: true, maxlength: "254" });
let mode = "in";

function enter(user) {
  state.user = user;
  state.why = "";
  if (location.hash && location.hash != "#/") location.hash = "#/";
  else state.draw();
}

function signIn() {
  const fields = [mail(), field("Password", "password", { type: "password", autocomplete: "current-password", required: true })];
  return [
    form("Sign in", fields, async ({ email, password }) => enter(await auth.login({ email, password })), { id: "sign-in" }),
    h("p", { class: "aside" }, h("a", { href: "#/forgot" }, "Forgotten your password?")),
  ];
}

function signUp() {
  const fields = [
    field("Name", "name", { autocomplete: "name", maxlength: "100" }, "If you like."),
    mail(),
    field("Password", "password", { type: "password", autocomplete: "new-password", required: true }, "Eight characters or more. Three unrelated words are better than one odd one."),
  ];
  const submit = async ({ name, email, password }) => {
    const account = await auth.register({ email, password, ...(name && { name }) });
    if ("status" in account) return say("Look into your mailbox: the link there opens the account.");
    enter(await auth.login({ email, password }));
  };
  return [form("Create the account", fields, submit, { id: "sign-up" })];
}

function doors() {
  const tabs = h("div", { class: "switch", role: "group", "aria-label": "Sign in or sign up" });
  const place = h("div", { class: "door" });
  const show = (chosen) => {
    mode = chosen;
    place.replaceChildren(...(mode == "in" ? signIn() : signUp()));
    for (const each of tabs.children) each.setAttribute("aria-pressed", String(each.dataset.mode == mode));
  };
  for (const [name, label] of [["in", "Welcome back"], ["up", "New here"]]) {
    tabs.append(h("button", { type: "button", "data-mode": name, onclick: () => show(name) }, label));
  }
  show(mode);
  return h("section", { class: "card doors", "aria-label": "Sign in" }, state.why && h("p", { class: "why", role: "status" }, state.why), tabs, place);
}

const PROMISES = [
  ["Ten tabs, one refresh", "Parallel requests meet an expired token, one of them renews it, and nobody is logged out."],
  ["A theft shows", "A session key that is used twice ends the session for both, and you are told why."],
  ["Out of reach", "Tokens live in HttpOnly cookies. No script on this page can read them. Not even ours."],
];

export function welcome() {
  return h("div", { class: "welcome" },
    h("div", { class: "pitch" },
      h("p", { class: "kicker" }, "A session you can lean on"),
      h("h1", { tabindex: "-1" }, "The door stays yours."),
      h("p", { class: "lead" }, "Create an account, open a few tabs, and then try to break your own session. There is a page for that."),
      h("dl", { class: "promises" }, PROMISES.map(([title, text]) => h("div", {}, h("dt", {}, title), h("dd", {}, text))))),
    doors());
}

export function forgot() {
  const submit = async ({ email }) => {
    await auth.fetch("/auth/password/forgot", { method: "POST", json: { email } });
    say("If that address has an account, a link is on its way to it.");
  };
  return h("div", { class: "letter card" }, head("Forgotten?", "We send a link that lets you choose a new password. It works for 30 minutes."),
    form("Send the link", [mail()], submit), h("p", { class: "aside" }, h("a", { href: "#/" }, "Back to signing in")));
}
