/* The list of blocks: open one, move it by drag or by buttons, and what the menu of a card offers. */
import { root, say, state } from "./desk.js";

const list = document.getElementById("editor-list");
let sortable = null;
let dragging = false;
let waiting = null;

/** `acts`: open(block), change(deed, extra), pick(after). */
export function begin(acts) {
  list.addEventListener("click", (event) => {
    const open = event.target.closest("[data-open]");
    if (open && !event.ctrlKey && !event.metaKey) { event.preventDefault(); acts.open(open.dataset.open, { focus: true }); }
  });
  list.addEventListener("submit", (event) => {
    event.preventDefault();
    acts.change(event.submitter.value);
  });
  sort(acts);
  list.acts = acts;
}

function sort(acts) {
  sortable?.destroy();
  const blocks = document.getElementById("blocks");
  sortable = blocks && window.Sortable ? window.Sortable.create(blocks, {
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
    handle: ".block-grip, .block-open",
    delay: 180,
    delayOnTouchOnly: true,
    ghostClass: "is-ghost",
    dragClass: "is-dragged",
    onStart: () => { dragging = true; },
    onEnd: (event) => {
      dragging = false;
      const html = waiting;
      waiting = null;
      if (event.oldIndex !== event.newIndex) acts.change(`move ${event.item.dataset.id} ${event.newIndex + 1}`);
      else if (html) draw(html);
    },
  }) : null;
}

/** Put the server's list in place; the focus stays where it was. While a card is dragged, later. */
export function draw(html) {
  if (dragging) { waiting = html; return; }
  const active = document.activeElement;
  const inside = list.contains(active) ? active.id : "";
  list.innerHTML = html;
  sort(list.acts);
  if (inside) focusAgain(inside);
}

function focusAgain(id) {
  const same = document.getElementById(id);
  const [way, block] = [id.split("-", 1)[0], id.slice(id.indexOf("-") + 1)];
  const other = { up: "down", down: "up" }[way];
  const target = same && !same.disabled ? same : document.getElementById(other ? `${other}-${block}` : `open-${block}`);
  (target || document.getElementById("list-title"))?.focus();
}

export function mark(block) {
  for (const each of list.querySelectorAll("[data-open]")) {
    if (each.dataset.open === block) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
  const sent = list.querySelector("input[name=block]");
  if (sent) sent.value = block;
  state.selected = block;
}

/** Cards whose blocks must be put right. */
export function markWrong(blocks) {
  for (const card of list.querySelectorAll(".block-card")) card.classList.toggle("is-wrong", blocks.includes(card.dataset.id));
}

export function has(block) {
  return Boolean(list.querySelector(`[data-id="${CSS.escape(block)}"]`));
}

export function labelOf(block) {
  return list.querySelector(`[data-id="${CSS.escape(block)}"] .block-label`)?.textContent.trim() || "";
}

/** "list" or "form": what the left side shows where there is no room for both. */
export function show(view) {
  root.dataset.view = view;
}

export { say };
