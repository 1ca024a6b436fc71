/* The block editor: what is pressed, typed or dragged becomes one change after another; the server answers with the new
   list, and the preview shows it. The server alone decides what is right. */
import { clearNote, clearToasts, fragment, note, root, say, showState, state, toast, url, words } from "./desk.js";
import * as dialogs from "./dialogs.js";
import * as forms from "./forms.js";
import * as frame from "./frame.js";
import { forget, kept } from "./keep.js";
import * as list from "./list.js";
import { post } from "./net.js";

/* One change after another: each is made on the version that the last one left. */
let line = Promise.resolve();
function inTurn(act) {
  const next = line.then(act, act);
  line = next.catch(() => {});
  return next;
}

/* ---- changes ------------------------------------------------------------------------------------------ */
async function change(deed, extra = {}) {
  clearToasts();
  await forms.flush();
  const answer = await inTurn(() => sent(deed, { block: state.selected, ...extra }));
  if (answer.kind !== "done") return;
  const verb = deed.split(" ")[0];
  // Only what changes the order or number of blocks needs the whole preview again.
  frame.reload(verb === "add" || verb === "twin" ? answer.data.selected : "");
  if (verb === "add" || verb === "twin") await forms.open(answer.data.selected, { html: answer.data.form, focus: true });
  else if (["undo", "redo", "hide", "show"].includes(verb)) forms.replace(answer.data.form);
  else if (verb === "delete") deleted(deed.split(" ")[1], answer.data.say);
  say(answer.data.say);
}

function deleted(block, text) {
  forget(block);
  if (state.selected === block) forms.replace("");
  toast(text, words.undo, () => change("undo"));
  if (!document.activeElement || document.activeElement === document.body) document.getElementById("list-title").focus();
}

async function save(block, body) {
  showState("saving");
  const answer = await inTurn(() => sent(`save ${block}`, Object.fromEntries([["block", block]]), body));
  return answer.kind === "done";
}

/** Send a deed; whatever comes back is shown. */
async function sent(deed, fields, body = new URLSearchParams()) {
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) body.set(name, value);
  body.set("do", deed);
  body.set("version", state.version);
  const answer = await post(url, body);
  if (answer.kind === "conflict") return settled(answer, deed);
  shown(answer, deed);
  return answer;
}

function shown(answer, deed) {
  if (answer.kind === "done") { applied(answer.data); forms.showErrors({}); list.markWrong([]); clearNote("net"); return; }
  if (answer.kind === "refused") {
    showState("wrong");
    const errors = answer.data.errors || {};
    list.markWrong(Object.keys(errors));
    forms.showErrors(errors[state.selected]);
    if (!errors[state.selected]) toast(answer.data.refused);
    return;
  }
  if (answer.kind === "gone" && !deed.startsWith("save")) { location.reload(); return; }
  unsaved(answer.kind);
}

function applied(data) {
  state.version = data.version;
  list.draw(data.list);
  const active = document.activeElement?.id;
  document.getElementById("editor-tools").replaceChildren(fragment(data.tools));
  if (active?.startsWith("do-")) (document.querySelector(`#${active}:not(:disabled)`) || document.querySelector(".editor-steps button:not(:disabled)"))?.focus();
}

function unsaved(kind) {
  showState("unsaved");
  const actions = [[words.again, retry]];
  if (kind === "signin") actions.unshift([words.signinLink, url]);
  note("net", words[kind] || words.broken, actions);
}

async function retry() {
  clearNote("net");
  await forms.flush();
}

/* ---- two people at one page ----------------------------------------------------------------------------- */
async function settled(answer, deed) {
  showState("unsaved");
  const choice = await dialogs.choose(answer.data.conflict);
  if (choice.taken) {
    applied(choice.taken);
    if (!deed.startsWith("save")) forms.replace(choice.taken.form);
    frame.reload(state.selected);
    return { kind: "done", data: choice.taken };
  }
  if (choice.theirs) { location.assign(url); return { kind: "left", data: {} }; }
  unsaved("broken");
  return { kind: "conflict", data: {} };
}

/** What was typed before the page was left without saving: offered, never forced. */
function offerKept() {
  const found = kept();
  if (!found.length) return;
  note("kept", words.found, [[words.putBack, () => putBack(found)], [words.throw, () => { found.forEach(([block]) => forget(block)); clearNote("kept"); }]]);
}

async function putBack(found) {
  clearNote("kept");
  for (const [block, body] of found) {
    if (!list.has(block)) continue;
    const done = await save(block, new URLSearchParams(body));
    if (done) forget(block);
    await forms.open(block, { focus: true });
  }
  frame.reload(state.selected);
}

/* ---- begin ---------------------------------------------------------------------------------------------- */
function open(block, options = {}) {
  frame.select(block);
  return forms.open(block, options);
}

function history(deed) {
  const button = document.getElementById(`do-${deed}`);
  if (!button.disabled || forms.hasUnsaved()) change(deed);
}

function shortcuts(event) {
  if (!(event.ctrlKey || event.metaKey)) return;
  const key = event.key.toLowerCase();
  if (key === "s") { event.preventDefault(); forms.flush(); return; }
  if (event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], dialog")) return;
  if (key === "z") { event.preventDefault(); history(event.shiftKey ? "redo" : "undo"); }
  if (key === "y") { event.preventDefault(); history("redo"); }
}

root.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-add],[data-publish],[data-share],[data-tab-to]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (link.dataset.tabTo) { tab(link.dataset.tabTo); return; }
  link.closest("details")?.removeAttribute("open");
  await forms.flush();
  const address = link.getAttribute("href").split("#")[0];
  if (link.dataset.add !== undefined) dialogs.pick(address, (deed, after) => change(deed, { after: after ?? (state.selected || undefined) }));
  else dialogs.publishing(address, { applied, open }, link.dataset.share === undefined ? "" : "share");
});

root.querySelector("#editor-tools").addEventListener("submit", (event) => { event.preventDefault(); change(event.submitter.value); });

/* Who leaves by a link of the editor's own leaves with everything saved. */
root.querySelector(".editor-top").addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]:not([data-publish], [data-share])");
  if (!link || event.ctrlKey || event.metaKey || !forms.hasUnsaved()) return;
  event.preventDefault();
  await forms.flush();
  location.assign(link.href);
});

function tab(name) {
  root.dataset.tab = name;
  for (const each of root.querySelectorAll("[data-tab-to]")) each.setAttribute("aria-pressed", String(each.dataset.tabTo === name));
}

list.begin({ open, change });
forms.begin({ save, change, dirty: () => showState("saving") });
frame.widths();
frame.on("ready", () => { if (state.selected) frame.select(state.selected); });
frame.on("select", ({ block }) => { if (list.has(block)) { tab("edit"); forms.open(block, { focus: true }); } });
frame.on("undo", () => history("undo"));
frame.on("redo", () => history("redo"));
frame.on("swapped", ({ ok }) => { if (ok) clearNote("look"); else note("look", words.error, [[words.again, () => { clearNote("look"); frame.renew(url); }]]); });
document.addEventListener("keydown", shortcuts);
window.addEventListener("online", retry);
document.addEventListener("visibilitychange", () => { if (document.hidden) forms.flush(); });
window.addEventListener("beforeunload", (event) => { if (forms.hasUnsaved()) event.preventDefault(); });
root.classList.add("is-live");
offerKept();
