/* Entries of a list inside a block: add, remove, move. Names stay as they are; their order in the form counts. */
import { say, words } from "./desk.js";

let number = 0;

/** Act on a press of a button with data-entry; true if it was one. `changed(form)` saves. */
export function pressed(button, changed, prepare) {
  const deed = button?.dataset.entry;
  if (!deed) return false;
  const box = button.closest(".entries");
  const row = button.closest(".entry");
  if (deed === "add") add(box, prepare);
  else if (deed === "remove") remove(box, row);
  else move(box, row, deed);
  tidy(box);
  changed(box.closest("form"));
  return true;
}

function add(box, prepare) {
  number += 1;
  const name = `n${number}x${Date.now().toString(36)}`;
  const copy = box.querySelector(":scope > template").content.firstElementChild.cloneNode(true);
  rename(copy, name);
  listOf(box).append(copy);
  prepare(copy);
  copy.querySelector("details").open = true;
  copy.querySelector("[contenteditable], input:not([type=hidden]), textarea:not([hidden]), select:not([hidden])")?.focus();
}

function rename(node, name) {
  for (const each of [node, ...node.querySelectorAll("*")]) {
    for (const attribute of [...each.attributes]) {
      if (attribute.value.includes("__row__")) attribute.value = attribute.value.replace("__row__", name);
    }
    if (each instanceof HTMLTemplateElement) for (const inner of each.content.children) rename(inner, name);
  }
}

function remove(box, row) {
  const next = row.nextElementSibling || row.previousElementSibling;
  row.remove();
  (next?.querySelector("summary") || box.querySelector(":scope > .entry-add")).focus();
  say(words.removed);
}

function move(box, row, way) {
  const button = document.activeElement;
  const beside = way === "up" ? row.previousElementSibling : row.nextElementSibling;
  if (!beside) return;
  if (way === "up") beside.before(row); else beside.after(row);
  tidy(box);
  (button.disabled ? row.querySelector(".entry-tools button:not(:disabled)") : button)?.focus();
  say(words.moved);
}

function listOf(box) {
  return box.querySelector(":scope > .entry-list");
}

/** Paths count entries as the server does; the ends cannot be moved further. */
export function tidy(box) {
  const path = box.dataset.field;
  const rows = [...listOf(box).children];
  rows.forEach((row, at) => {
    for (const field of row.querySelectorAll("[data-field]")) {
      const rest = field.dataset.field.slice(path.length + 1).replace(/^[^.]+/, String(at));
      field.dataset.field = `${path}.${rest}`;
    }
    const tools = row.querySelector(":scope > .entry-tools");
    tools.querySelector("[data-entry=up]").disabled = at === 0;
    tools.querySelector("[data-entry=down]").disabled = at === rows.length - 1;
  });
  box.querySelector(":scope > .entry-add").disabled = rows.length >= Number(box.dataset.most);
}

/** The words by which a folded entry is known follow what is typed. */
export function retitle(field) {
  const entry = field.closest(".entry");
  if (!entry) return;
  const first = entry.querySelector(".entry-fields input[type=text], .entry-fields textarea");
  const text = (first?.value || "").replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim();
  entry.querySelector(".entry-words span").textContent = text.slice(0, 60) || words.newEntry;
}
