// My account: devices, security history, password, address, everything that is stored.

import { answered, device, field, form, h, head, listing, refill, say, sentence, when } from "/demo/dom.js";
import { api, auth, state } from "/demo/session.js";

const EVENTS = {
  "user.registered": "The account was opened", "user.verified": "The address was confirmed", "user.renamed": "The name was changed",
  "user.disabled": "The account was disabled", "user.enabled": "The account was enabled", "role.granted": "A role was granted", "role.revoked": "A role was taken away",
  "login.failed": "A sign-in failed", "proof.failed": "A wrong password at a locked door", "session.begun": "Signed in", "session.proven": "The password was proven again",
  "session.refresh-reused": "A copied session key was used", "session.ended": "A session ended", "password.changed": "The password was changed",
  "password.reset-asked": "A reset link was asked for", "password.reset": "The password was reset", "email.change-asked": "A change of address was asked for", "email.changed": "The address was changed",
};
const LOUD = new Set(["login.failed", "proof.failed", "session.refresh-reused"]);
const bad = (problem) => say(sentence(problem), "bad");

export function devices() {
  const row = (session) => {
    const end = async () => {
      await api(`/me/sessions/${session.id}`, { method: "DELETE" });
      say("That device is signed out.");
      await fill(list);
    };
    return h("li", { class: "row" },
      h("div", { class: "grow" }, h("p", { class: "title" }, device(session.user_agent), session.current && h("span", { class: "tag" }, "this one")),
        h("p", { class: "hint" }, session.ip, " · used ", when(session.last_used_at), " · signed in ", when(session.created_at))),
      !session.current && h("button", { type: "button", class: "quiet", "aria-label": `Sign out ${device(session.user_agent)}`, onclick: () => end().catch(bad) }, "Sign out"));
  };
  const fill = (list) => answered(list, api("/me/sessions?limit=100"), ({ items }) => refill(list, items.map(row)));
  const others = async () => {
    await api("/me/sessions?keep=current", { method: "DELETE" });
    say("All other devices are signed out.");
    await fill(list);
  };
  const everywhere = async () => {
    await api("/me/sessions", { method: "DELETE" });
    auth.forget();
    state.user = null;
    state.why = "You signed out everywhere.";
    state.draw();
  };
  const list = listing("My devices", fill);
  return [head("Devices", "Where you are signed in. What you sign out here stops with its next request."),
    h("p", { class: "actions" },
      h("button", { type: "button", class: "button", onclick: () => others().catch(bad) }, "Sign out the others"),
      h("button", { type: "button", class: "button danger", onclick: () => everywhere().catch(bad) }, "Sign out everywhere")),
    h("div", { class: "listed" }, list)];
}

export function history() {
  const more = h("button", { type: "button", class: "quiet more", hidden: true }, "Show more");
  const row = (event) => h("li", { class: "row event", "data-loud": LOUD.has(event.action) },
    h("div", { class: "grow" }, h("p", { class: "title" }, EVENTS[event.action] ?? event.action),
      h("p", { class: "hint" }, when(event.created_at), event.ip && ` · ${event.ip}`, event.user_agent && ` · ${device(event.user_agent)}`)),
    h("code", {}, event.action));
  const fill = async (list, cursor = "") => {
    const { items, next_cursor } = await api(`/me/security-events?limit=15${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    if (cursor) list.append(...items.map(row));
    else list.replaceChildren(...items.map(row));
    more.hidden = !next_cursor;
    more.onclick = () => fill(list, next_cursor).catch(bad);
  };
  const list = listing("Security history", fill);
  return [head("Security history", "What happened to your account, newest first. If a line surprises you, change your password."), h("div", { class: "listed" }, list, more)];
}

function secret(label, name, autocomplete, hint) {
  return field(label, name, { type: "password", autocomplete, required: true }, hint);
}

async function takeAlong() {
  const text = JSON.stringify(await api("/me/export"), null, 2);
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  h("a", { href: url, download: "my-data.json" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  say("Everything that is stored about you is in my-data.json.");
}

export function account() {
  const rename = form("Save the name", [field("Name", "name", { autocomplete: "name", maxlength: "100", value: state.user.name ?? "" })], async ({ name }) => {
    state.user = await api("/me", { method: "PATCH", json: { name: name || null } });
    state.draw();
    say("Saved.");
  });
  const password = form("Change the password",
    [secret("Password now", "current_password", "current-password"), secret("New password", "new_password", "new-password", "Your other devices are signed out, this one stays.")],
    async (json, element) => {
      await api("/me/password", { method: "POST", json });
      element.reset();
      say("The password is changed. All other devices are signed out.");
    }, { id: "change-password" });
  const address = form("Send the link",
    [field("New e-mail", "email", { type: "email", autocomplete: "email", required: true }), secret("Password", "password", "current-password")],
    async (json, element) => {
      await api("/me/email", { method: "POST", json });
      element.reset();
      say("A link is on its way to the new address.");
    }, { id: "change-email" });
  const box = (title, ...inside) => h("section", { class: "card" }, h("h2", {}, title), ...inside);
  return [head("Account", `${state.user.email}${state.user.email_verified ? "" : " · address not confirmed yet"}`),
    h("div", { class: "boxes" },
      h("div", { class: "stack" }, box("Name", rename), box("Address", address)),
      h("div", { class: "stack" }, box("Password", password),
        box("Take your data along", h("p", { class: "hint" }, "One document with everything. If your password was proven more than ten minutes ago, it is asked for once more."),
          h("button", { type: "button", class: "button", onclick: () => takeAlong().catch(bad) }, "Download my data"))))];
}
