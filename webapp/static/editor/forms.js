/* The form of the block that is open: what is typed goes to the preview at once and is saved after two quiet seconds. */
import { fragment, note, state, url, words } from "./desk.js";
import * as frame from "./frame.js";
import { forget, keep } from "./keep.js";
import * as list from "./list.js";
import { get } from "./net.js";
import { enrich } from "./rich.js";
import * as rows from "./rows.js";

const pane = document.getElementById("editor-form");
const SHOWN_AFTER = 150;
const SAVED_AFTER = 2000;
/** Forms with something that is not saved, taken out of sight: block -> form. */
const parked = new Map();
let acts;
let showing = 0;
let saving = 0;

/** `how`: save(block, body) -> whether it is saved, change(deed). */
export function begin(how) {
  acts = how;
  pane.addEventListener("input", (event) => { if (event.target.name) { rows.retitle(event.target); changed(event.target.form); } });
  pane.addEventListener("change", (event) => { if (event.target.name) changed(event.target.form); });
  pane.addEventListener("click", (event) => {
    if (event.target.closest("[data-back]")) { event.preventDefault(); close(); return; }
    const button = event.target.closest("[data-entry]");
    if (button) { event.preventDefault(); rows.pressed(button, changed, enrich); }
  });
  pane.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.dataset.oneLine !== undefined) event.preventDefault(); });
  pane.addEventListener("submit", (event) => { event.preventDefault(); submitted(event.submitter?.value || "save"); });
  const first = current();
  if (first) prepare(first);
}

function submitted(deed) {
  if (deed.startsWith("save")) flush(); else if (!deed.startsWith("entry")) acts.change(deed);
}

export function current() {
  return pane.querySelector("form");
}

function prepare(form) {
  enrich(form);
  for (const box of form.querySelectorAll(".entries")) rows.tidy(box);
}

export function bodyOf(form) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  for (const name of ["csrf_token", "version", "do"]) body.delete(name);
  return body;
}

function changed(form) {
  if (!form) return;
  const block = form.dataset.blockForm;
  form.dirty = (form.dirty || 0) + 1;
  keep(block, bodyOf(form).toString());
  acts.dirty();
  clearTimeout(showing);
  clearTimeout(saving);
  showing = setTimeout(() => frame.swap(block, bodyOf(form).toString()), SHOWN_AFTER);
  saving = setTimeout(flush, SAVED_AFTER);
}

/** Save what was typed now. True when nothing is left unsaved in the open form. */
export async function flush() {
  clearTimeout(saving);
  const form = current();
  if (!form?.dirty) return true;
  const [at, block] = [form.dirty, form.dataset.blockForm];
  if (!await acts.save(block, bodyOf(form))) return false;
  if (form.dirty === at) { form.dirty = 0; forget(block); }
  return !form.dirty;
}

export function hasUnsaved() {
  return Boolean(current()?.dirty) || parked.size > 0;
}

/** Show the form of a block. What is unsaved in the present one stays with it. */
export async function open(block, { focus = false, field = "", html = "" } = {}) {
  list.show("form");
  const present = current();
  if (present?.dataset.blockForm !== block || html) {
    if (present && present.dataset.blockForm !== block) await leave(present);
    const form = html ? made(html) : await found(block);
    if (!form) { list.show("list"); return; }
    put(form);
  }
  list.mark(block);
  if (field) focusField(field); else if (focus) current().querySelector("h2").focus({ preventScroll: true });
}

async function leave(form) {
  if (form.dirty && !await flush()) parked.set(form.dataset.blockForm, form);
}

async function found(block) {
  const held = parked.get(block);
  if (held) { parked.delete(block); return held; }
  const answer = await get(`${url}?block=${encodeURIComponent(block)}`);
  if (answer.kind === "done") return made(answer.data.html);
  if (answer.kind !== "gone") note("form", words[answer.kind] || words.broken, [[words.again, () => { document.getElementById("note-form")?.remove(); open(block); }]]);
  return null;
}

function made(html) {
  return fragment(html).querySelector("form");
}

function put(form) {
  current()?.remove();
  pane.prepend(form);
  prepare(form);
  pane.scrollTop = 0;
}

export function close() {
  const form = current();
  if (form) { leave(form).then(() => { if (current() === form && state.selected === "") form.remove(); }); }
  const block = state.selected;
  list.mark("");
  frame.select("");
  list.show("list");
  (document.getElementById(`open-${block}`) || document.getElementById("list-title")).focus();
}

/** Everything as the server has it: after undo, or when somebody else's version is taken. */
export function replace(html) {
  clearTimeout(saving);
  clearTimeout(showing);
  parked.clear();
  const form = html ? made(html) : null;
  if (form) put(form); else { current()?.remove(); list.mark(""); list.show("list"); }
}

/** The values in a field of the open form, put there from what was kept. */
export function focusField(path) {
  const box = pane.querySelector(`[data-field="${CSS.escape(path)}"]`) || pane.querySelector(`[data-field^="${CSS.escape(path.split(".")[0])}"]`);
  for (let fold = box?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  box?.querySelector("[contenteditable], input:not([type=hidden]), textarea:not([hidden]), select:not([hidden]), button[id]")?.focus();
  box?.scrollIntoView({ block: "center" });
}

/* ---- sentences at the fields -------------------------------------------------------------------------- */
export function showErrors(errors) {
  const form = current();
  if (!form) return;
  for (const old of form.querySelectorAll(".field-error")) old.remove();
  for (const box of form.querySelectorAll(".invalid")) box.classList.remove("invalid");
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const [path, text] of Object.entries(errors || {})) showError(form, path, text);
}

function showError(form, path, text) {
  const box = form.querySelector(`[data-field="${CSS.escape(path)}"]`);
  if (!box) return;
  const line = document.createElement("p");
  line.className = "field-error";
  line.textContent = text;
  const field = box.querySelector("[contenteditable], input:not([type=hidden]), textarea:not([hidden]), select:not([hidden]), button[id]");
  box.classList.add("invalid");
  box.append(line);
  if (!field) return;
  line.id = `${field.id}-error`;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", line.id);
  for (let fold = box.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
}
