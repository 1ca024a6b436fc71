/* What was typed and is not saved yet stays in this tab, whatever happens to the connection, the sign-in or the page. */
import { root } from "./desk.js";

const START = `editor.${root.dataset.page}.`;

export function keep(block, body) {
  try { sessionStorage.setItem(START + block, body); } catch { /* full or forbidden: the form itself still holds it */ }
}

export function forget(block) {
  sessionStorage.removeItem(START + block);
}

/** [block, body] of everything that was typed and never saved. */
export function kept() {
  const names = Object.keys(sessionStorage).filter((name) => name.startsWith(START));
  return names.map((name) => [name.slice(START.length), sessionStorage.getItem(name)]);
}
