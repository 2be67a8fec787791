// Tasks: the example resource, mine alone.

import { answered, field, form, h, head, listing, refill, say, sentence, text } from "/demo/dom.js";
import { api } from "/demo/session.js";

const NEXT = { todo: "in_progress", in_progress: "done", done: "todo" };
const LABEL = { todo: "To do", in_progress: "Under way", done: "Done" };

function guarded(work) {
  return () => work().catch((problem) => say(sentence(problem), "bad"));
}

function row(task, redraw) {
  const move = guarded(async () => {
    await api(`/tasks/${task.id}`, { method: "PATCH", json: { status: NEXT[task.status] } });
    say(`“${task.title}” is now: ${LABEL[NEXT[task.status]].toLowerCase()}.`);
    await redraw();
  });
  const remove = guarded(async () => {
    await api(`/tasks/${task.id}`, { method: "DELETE" });
    say(`“${task.title}” is gone.`);
    await redraw();
  });
  return h("li", { class: "row task", "data-status": task.status },
    h("button", { type: "button", class: "state", "aria-label": `${LABEL[task.status]}: ${task.title}. Move on`, onclick: move }, LABEL[task.status]),
    h("div", { class: "grow" }, text("title", task.title), task.description && text("hint", task.description)),
    h("button", { type: "button", class: "quiet", "aria-label": `Delete ${task.title}`, onclick: remove }, "Delete"));
}

export function tasks() {
  const more = h("button", { type: "button", class: "quiet more", hidden: true }, "Show more");
  const fill = (list, cursor = "") => answered(list, api(`/tasks?limit=20${cursor && `&cursor=${encodeURIComponent(cursor)}`}`), ({ items, next_cursor }) => {
    const rows = items.map((task) => row(task, () => fill(list)));
    const empty = h("li", { class: "empty" }, "Nothing to do. A good moment to write something down.");
    if (cursor) list.append(...rows);
    else refill(list, rows.length ? rows : [empty]);
    more.hidden = !next_cursor;
    more.onclick = () => fill(list, next_cursor).catch((problem) => say(sentence(problem), "bad"));
  });
  const fields = [
    field("What is to be done?", "title", { required: true, maxlength: "200", autocomplete: "off" }),
    field("Notes", "description", { maxlength: "10000", autocomplete: "off" }),
  ];
  const add = form("Add", fields, async ({ title, description }, element) => {
    await api("/tasks", { method: "POST", json: { title, description } });
    element.reset();
    element.elements.title.focus();
    await fill(list);
  }, { class: "card inline", id: "add-task" });
  const list = listing("My tasks", fill);
  return [head("Tasks", "Only you see them: somebody else’s task does not exist."), add, h("div", { class: "listed" }, list, more)];
}
