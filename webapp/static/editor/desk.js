/* What all parts of the editor share: the page's version, the words of the interface, how to speak and to show a state. */
import { iconNode, words } from "./words.js";

export { iconNode, words };
export const root = document.getElementById("editor");
export const url = root.dataset.url;

export const state = {
  version: root.dataset.version,
  selected: root.dataset.selected,
  csrf: root.querySelector("input[name=csrf_token]").value,
};

/** For screen readers. The same words twice are said twice. */
export function say(text) {
  const shelf = document.getElementById("editor-say");
  shelf.textContent = "";
  if (text) setTimeout(() => { shelf.textContent = text; }, 50);
}

const PICTURES = { saved: "check", saving: "loader-circle", unsaved: "circle-alert", wrong: "circle-alert" };

/** "saved", "saving", "unsaved" (nothing could be sent) or "wrong" (a value must be put right). */
export function showState(name) {
  const shown = document.getElementById("editor-state");
  shown.dataset.state = name;
  const text = shown.querySelector("span");
  if (text.textContent !== words[name]) text.textContent = words[name];
  const use = shown.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${PICTURES[name]}`));
}

export function fragment(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html; // from our own server, which escapes; the policy lets no script in it run
  return holder.content;
}

/** A note above the list: what happened and what to do. `actions` are [label, function] or [label, address]. */
export function note(id, text, actions = []) {
  clearNote(id);
  const box = document.createElement("div");
  box.className = "alert warn editor-note";
  box.id = `note-${id}`;
  box.setAttribute("role", "alert");
  const line = document.createElement("p");
  line.textContent = text;
  const buttons = document.createElement("div");
  buttons.className = "cluster";
  for (const [label, act] of actions) buttons.append(actionOf(label, act));
  const body = document.createElement("div");
  body.className = "stack tight";
  body.append(line, buttons);
  box.append(iconNode("triangle-alert"), body);
  document.getElementById("editor-notes").append(box);
}

function actionOf(label, act) {
  const one = document.createElement(typeof act === "string" ? "a" : "button");
  one.className = "button small";
  one.textContent = label;
  if (typeof act === "string") { one.href = act; one.target = "_blank"; }
  else { one.type = "button"; one.addEventListener("click", act); }
  return one;
}

export function clearNote(id) {
  document.getElementById(`note-${id}`)?.remove();
}

/** A toast with one action, for undoing; it goes away by itself. */
export function toast(text, label, act) {
  const shelf = document.getElementById("toasts");
  shelf.replaceChildren();
  const box = document.createElement("div");
  box.className = "toast";
  const line = document.createElement("span");
  line.textContent = text;
  box.append(line);
  if (label) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "toast-action";
    button.textContent = label;
    button.addEventListener("click", () => { box.remove(); act(); });
    box.append(button);
  }
  shelf.append(box);
  setTimeout(() => box.remove(), 10000);
}

export function clearToasts() {
  document.getElementById("toasts").replaceChildren();
}
