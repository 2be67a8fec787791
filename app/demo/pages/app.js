// The demo: which page is shown, and the frame around it.

import { h, head, say, sentence } from "/demo/dom.js";
import * as letters from "/demo/letters.js";
import { auth, recall, state } from "/demo/session.js";
import { tasks } from "/demo/tasks.js";
import { account, devices, history } from "/demo/account.js";
import { roles } from "/demo/roles.js";
import { lab } from "/demo/lab.js";
import { forgot, welcome } from "/demo/welcome.js";

const PAGES = {
  "": { title: "Tasks", draw: tasks },
  devices: { title: "Devices", draw: devices },
  history: { title: "History", draw: history },
  account: { title: "Account", draw: account },
  roles: { title: "Roles", draw: roles },
  lab: { title: "What happens if", draw: lab },
};
const OPEN = { ...letters, forgot };
const nav = document.querySelector("#nav");
const me = document.querySelector("#me");
const page = document.querySelector("#page");
let shown;

function frame(path) {
  document.body.classList.toggle("out", !state.user);
  document.body.classList.toggle("plain", path == null);
  nav.replaceChildren(
    ...(state.user
      ? Object.entries(PAGES).map(([name, { title }]) => h("a", { href: `#/${name}`, "aria-current": name == path && "page" }, title))
      : []),
  );
  nav.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  me.replaceChildren(
    ...(state.user
      ? [h("span", { class: "who", dir: "auto", title: state.user.email }, state.user.name ?? state.user.email), h("button", { type: "button", class: "quiet", onclick: leave }, "Sign out")]
      : []),
  );
}

async function leave() {
  try {
    await auth.logout();
    state.user = null;
    state.why = "You signed out.";
    draw();
  } catch (problem) {
    say(sentence(problem), "bad");
  }
}

/** Nobody is logged out because the server is away. */
function away() {
  const again = async () => {
    await recall();
    draw();
  };
  return h("div", { class: "letter card" }, head("One moment, please", `${state.away} You are still signed in.`),
    h("button", { type: "button", class: "primary", onclick: again }, "Try again"));
}

async function draw() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const open = Object.hasOwn(OPEN, path) && OPEN[path];
  const known = Object.hasOwn(PAGES, path) ? path : "";
  frame(open ? null : known);
  document.querySelector("#note").hidden = true;
  const drawn = open ? open(new URLSearchParams(query)) : state.user ? PAGES[known].draw() : state.away ? away() : welcome();
  document.title = `${open || !state.user ? "" : `${PAGES[known].title} · `}Latchkey`;
  page.replaceChildren(...[drawn].flat().filter(Boolean));
  const now = open ? path : state.user ? `in ${known}` : "out";
  if (shown !== undefined && shown !== now) page.querySelector("h1")?.focus({ preventScroll: true });
  if (shown !== now) scrollTo(0, 0);
  shown = now;
}

document.querySelector(".skip").onclick = (event) => {
  event.preventDefault(); // the address says which page is shown
  page.focus();
};
addEventListener("hashchange", draw);
addEventListener("pageshow", ({ persisted }) => persisted && location.reload()); // kept aside as it was: it may be somebody else's by now
state.draw = draw;
document.querySelector("#wire-box").open = matchMedia("(min-width: 1100px)").matches;
const slow = setTimeout(() => {
  say("One moment …");
  clearTimeout(say.timer); // until the page is drawn
}, 1500);
await recall();
clearTimeout(slow);
await draw();
document.body.dataset.ready = "yes";
