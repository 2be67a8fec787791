// Roles in action: the same doors for everybody, and who gets through. For admins, the accounts too.

import { h, head, listing, refill, say, sentence, text } from "/demo/dom.js";
import { api, auth, state } from "/demo/session.js";

const DOORS = [
  ["Read my tasks", "tasks:read", "/tasks?limit=1"],
  ["List all accounts", "users:read", "/admin/users?limit=1"],
  ["Read the audit trail", "audit:read", "/admin/audit-events?limit=1"],
];
const ROLES = ["user", "viewer", "support", "admin"];

function door([title, permission, path]) {
  const outcome = h("span", { class: "outcome", role: "status" }, "not tried");
  const knock = async () => {
    const answer = await auth.respond(path).catch((problem) => problem);
    const body = answer.ok ? {} : await answer.json?.().catch(() => ({}));
    outcome.dataset.tone = answer.ok ? "good" : "bad";
    outcome.textContent = answer.ok ? "200 · come in" : `${answer.status} · ${body?.code ?? "no answer"}`;
  };
  return h("li", { class: "row" }, h("div", { class: "grow" }, h("p", { class: "title" }, title), h("code", {}, permission)), outcome,
    h("button", { type: "button", class: "quiet", "aria-label": `Knock: ${title}`, onclick: knock }, "Knock"));
}

function person(user, redraw) {
  const toggles = ROLES.map((role) => {
    const has = user.roles.includes(role);
    const change = async () => {
      const roles = has ? user.roles.filter((each) => each != role) : [...user.roles, role];
      await api(`/admin/users/${user.id}`, { method: "PATCH", json: { roles } });
      say(`${user.email}: ${has ? "not" : "now"} ${role}. It counts from their next request.`);
      await redraw();
    };
    const press = () => change().catch((problem) => say(sentence(problem), "bad"));
    return h("button", { type: "button", class: "chip", "aria-pressed": String(has), "aria-label": `${role} for ${user.email}`, onclick: press }, role);
  });
  return h("li", { class: "row" }, h("div", { class: "grow" }, text("title", user.name ?? user.email), h("p", { class: "hint" }, user.email)), h("div", { class: "chips" }, toggles));
}

function people() {
  const fill = async (list) => refill(list, (await api("/admin/users?limit=20")).items.map((user) => person(user, () => fill(list))));
  return [h("h2", {}, "Accounts"), h("p", { class: "lead" }, "Press a role to give or take it. A change wants a password that was proven within ten minutes."), listing("Accounts", fill)];
}

export function roles() {
  const mine = state.user.roles;
  const may = mine.includes("admin");
  const look = async () => {
    state.user = await auth.me();
    state.draw();
    say(`You are: ${state.user.roles.join(", ") || "nobody in particular"}.`);
  };
  return [head("Roles", "Who may do what is read with every request: a role given or taken counts from the next one."),
    h("p", { class: "chips" }, "You are ", mine.map((role) => h("span", { class: "tag" }, role)), h("button", { type: "button", class: "quiet", onclick: () => look().catch((problem) => say(sentence(problem), "bad")) }, "Look again")),
    h("ul", { class: "rows", "aria-label": "Doors" }, DOORS.map(door)),
    !may && h("p", { class: "hint command" }, "Whoever runs the server can make you more: ", h("code", {}, `.venv/bin/flask users grant ${state.user.email} support`)),
    may && people()].flat();
}
