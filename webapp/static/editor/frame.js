/* The preview: a page of the shop in a frame. It is another origin; both sides hear nobody else. */
import { root } from "./desk.js";

const frame = document.getElementById("editor-frame");
const sheet = root.querySelector(".editor-sheet");
const origin = root.dataset.origin;
const WIDTHS = { phone: 390, tablet: 820, desktop: 1280 };
const heard = new Map();
let turn = 0;

function tell(message) {
  frame.contentWindow?.postMessage({ witryna: "editor", ...message }, origin);
}

/** Call `act` when the preview says `type`: "ready", "select", "swapped", "reloaded", "undo", "redo". */
export function on(type, act) {
  heard.set(type, act);
}

window.addEventListener("message", (event) => {
  if (event.origin !== origin || event.source !== frame.contentWindow) return;
  const said = event.data;
  if (said && said.witryna === "preview") heard.get(said.type)?.(said);
});

export function select(block) {
  tell({ type: "select", block });
}

/** Show one block as it is being typed. The preview asks its own host for the markup. */
export function swap(block, body) {
  turn += 1;
  tell({ type: "block", block, body, turn });
}

export function reload(block = "") {
  tell({ type: "reload", block });
}

/** The address of the preview ends after a day: fetch a new one. */
export async function renew(url) {
  const answer = await fetch(url).catch(() => null);
  const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  const fresh = page?.getElementById("editor-frame")?.getAttribute("src");
  if (fresh) frame.src = fresh;
}

/* ---- phone, tablet, computer: the page has that width and is shown smaller where there is less room ------ */
function fit() {
  const wanted = WIDTHS[sheet.dataset.width];
  const around = getComputedStyle(sheet.parentElement);
  const room = sheet.parentElement.clientWidth - parseFloat(around.paddingLeft) - parseFloat(around.paddingRight);
  const width = sheet.dataset.width === "desktop" ? Math.max(wanted, room) : wanted;
  const scale = Math.min(1, room / width);
  sheet.style.width = `${Math.round(width * scale)}px`;
  frame.style.width = `${width}px`;
  frame.style.height = `${sheet.clientHeight / scale}px`;
  frame.style.transform = scale < 1 ? `scale(${scale})` : "";
}

function choose(name) {
  sheet.dataset.width = name;
  for (const each of root.querySelectorAll("[data-width][aria-pressed]")) each.setAttribute("aria-pressed", String(each.dataset.width === name));
  fit();
}

export function widths() {
  for (const button of root.querySelectorAll("[data-width][aria-pressed]")) button.addEventListener("click", () => choose(button.dataset.width));
  new ResizeObserver(fit).observe(sheet.parentElement);
  choose(matchMedia("(max-width: 899px)").matches ? "phone" : "desktop");
}
