// The few lines that draw: elements from text, never from markup, so that what people write stays text.

/** An element. Properties that begin with "on" listen, the others are attributes; children are elements or text. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** Say it to those who look and those who listen. */
export function say(text, tone = "good") {
  const note = document.querySelector("#note");
  note.textContent = "";
  note.dataset.tone = tone;
  note.hidden = false;
  // A live region speaks of what changes after it is there.
  requestAnimationFrame(() => (note.textContent = text));
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (note.hidden = true), 6000);
}

/** A list that `fill` fills; busy meanwhile, and where that fails it says why and lets one try again. */
export function listing(label, fill) {
  const list = h("ul", { class: "rows", "aria-label": label });
  const start = async () => {
    list.setAttribute("aria-busy", "true");
    list.replaceChildren(h("li", { class: "empty" }, "One moment …"));
    try {
      await fill(list);
    } catch (problem) {
      list.replaceChildren(h("li", { class: "empty" }, h("p", {}, sentence(problem)), h("button", { type: "button", class: "button", onclick: start }, "Try again")));
    }
    list.removeAttribute("aria-busy");
  };
  start();
  return list;
}

const drawn = new WeakMap();
let asked = 0;

/** Draw on the list what is answered, unless the answer to a later question stands there already. */
export async function answered(list, question, draw) {
  const turn = ++asked;
  const answer = await question;
  if (turn < (drawn.get(list) ?? 0)) return;
  drawn.set(list, turn);
  draw(answer);
}

/** These rows instead of those: whoever was at a button stays at it, or at that of the row in its place. */
export function refill(list, rows) {
  const at = document.activeElement;
  const place = [...list.children].findIndex((row) => row.contains(at));
  const which = place < 0 ? -1 : [...list.children[place].querySelectorAll("button")].indexOf(at);
  list.replaceChildren(...rows);
  if (which < 0) return;
  const buttons = [...list.children[Math.min(place, rows.length - 1)].querySelectorAll("button")];
  (buttons[which] ?? buttons.at(-1) ?? document.querySelector("h1")).focus();
}

/** What people have written, in the direction of its script. */
export function text(className, ...words) {
  return h("p", { class: className, dir: "auto" }, words);
}

/** A labelled field. */
export function field(label, name, properties = {}, hint = "") {
  const id = `field-${name}`;
  const about = [hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" ");
  const input = h("input", { id, name, dir: "auto", "aria-describedby": about, ...properties });
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    input,
    h("p", { class: "wrong", id: `${id}-error` }),
  );
}

/** A form whose submit is awaited: busy meanwhile, and each refusal told at its field. */
export function form(button, fields, submit, properties = {}) {
  const wrong = h("p", { class: "wrong", role: "alert" });
  const send = h("button", { class: "primary", type: "submit" }, button);
  const element = h("form", { novalidate: true, ...properties }, fields, wrong, send);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (send.disabled) return;
    clear(element, wrong);
    const empty = [...element.elements].find((each) => each.required && !each.value);
    if (empty) return mark(element, empty.name, "This is needed.");
    send.disabled = true;
    element.setAttribute("aria-busy", "true");
    try {
      await submit(Object.fromEntries(new FormData(element)), element);
    } catch (problem) {
      tell(element, wrong, problem);
    } finally {
      send.disabled = false;
      element.removeAttribute("aria-busy");
    }
  });
  return element;
}

function clear(element, wrong) {
  wrong.textContent = "";
  for (const each of element.querySelectorAll(".field .wrong")) each.textContent = "";
  for (const each of element.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
}

function mark(element, name, text) {
  const input = element.elements[name];
  input.setAttribute("aria-invalid", "true");
  element.querySelector(`#${input.id}-error`).textContent = text;
  element.querySelector("[aria-invalid]").focus();
}

function tell(element, wrong, problem) {
  const placed = (problem.errors ?? []).filter(({ pointer }) => element.elements[pointer.slice(1)]);
  for (const { pointer, detail } of placed) mark(element, pointer.slice(1), detail);
  if (!placed.length) wrong.textContent = sentence(problem);
}

/** What a refusal means for a person. */
export function sentence(problem) {
  if (problem.code == "network") return "The server did not answer. Try again in a moment.";
  if (problem.code == "rate_limited") return `Too many tries. Again in ${problem.retryAfter ?? "a few"} seconds.`;
  if (problem.code == "cookies_refused") {
    return "Signed in, but your browser kept no cookie. Safari does so on plain http: start the server with COOKIE_SECURE=false, or open this page by https.";
  }
  const first = problem.errors?.[0]?.detail;
  return first ?? problem.detail ?? problem.title ?? "Something went wrong.";
}

/** A moment, as people say it; exact for those who ask. */
export function when(text) {
  const moment = new Date(text);
  const minutes = Math.round((moment - Date.now()) / 60000);
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const [amount, unit] =
    Math.abs(minutes) < 60 ? [minutes, "minute"] : Math.abs(minutes) < 2880 ? [Math.round(minutes / 60), "hour"] : [Math.round(minutes / 1440), "day"];
  return h("time", { datetime: text, title: moment.toLocaleString("en") }, !minutes ? "just now" : words.format(amount, unit));
}

/** Which browser on which system a User-Agent means, roughly. */
export function device(agent) {
  if (!agent) return "An unknown program";
  const known = [["Edg/", "Edge"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"], ["curl/", "curl"], ["ython", "Python"]];
  const systems = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Mac OS", "macOS"], ["Windows", "Windows"], ["Linux", "Linux"]];
  const name = known.find(([mark]) => agent.includes(mark))?.[1] ?? agent.slice(0, 40);
  const system = systems.find(([mark]) => agent.includes(mark))?.[1];
  return system ? `${name} on ${system}` : name;
}

/** The head of a page. */
export function head(title, lead) {
  return h("header", { class: "head" }, h("h1", { tabindex: "-1" }, title), lead && h("p", { class: "lead" }, lead));
}
