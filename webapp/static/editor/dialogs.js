/* The dialogs: the picker of blocks, what stands before publishing, and the choice after a conflict. */
import { fragment, say, state, toast, words } from "./desk.js";
import { get, post } from "./net.js";

function dialog(name) {
  return document.getElementById(`dialog-${name}`);
}

function fill(box, html) {
  box.querySelector(".dialog-content").replaceChildren(fragment(html));
}

async function openWith(name, address) {
  const box = dialog(name);
  const answer = await get(address);
  if (answer.kind !== "done") { toast(words[answer.kind] || words.broken); return null; }
  fill(box, answer.data.html);
  if (!box.open) box.showModal();
  return box;
}

/* ---- picker ------------------------------------------------------------------------------------------- */
export async function pick(address, add) {
  const box = await openWith("picker", address);
  if (!box) return;
  const form = box.querySelector("[data-picker]");
  const search = form.querySelector("[data-picker-search]");
  search.addEventListener("input", () => narrow(form, search.value));
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    box.close();
    add(event.submitter.value, form.querySelector("input[name=after]")?.value);
  });
  search.focus();
}

function plain(text) {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
}

function narrow(form, text) {
  const wanted = plain(text).split(/\s+/).filter(Boolean);
  let found = 0;
  for (const group of form.querySelectorAll(".picker-group")) {
    let here = 0;
    for (const offer of group.querySelectorAll(".picker-offer")) {
      offer.hidden = !wanted.every((word) => plain(offer.dataset.words).includes(word));
      here += offer.hidden ? 0 : 1;
    }
    group.hidden = here === 0;
    found += here;
  }
  form.querySelector("[data-picker-none]").hidden = found > 0;
}

/* ---- publishing --------------------------------------------------------------------------------------- */
/** `acts`: applied(data), open(block, options). */
export async function publishing(address, acts, part) {
  const box = await openWith("publish", address);
  if (!box) return;
  wire(box, acts);
  if (part === "share") box.querySelector("[data-share-link]").select();
}

function wire(box, acts) {
  for (const form of box.querySelectorAll("form[data-publishing]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const body = new URLSearchParams(new FormData(form));
      body.set("do", event.submitter.value);
      body.set("block", state.selected);
      const answer = await post(form.getAttribute("action"), body);
      if (answer.kind === "done") { box.close(); acts.applied(answer.data); toast(answer.data.say); say(answer.data.say); }
      else if (answer.kind === "refused") { fill(box, answer.data.html); wire(box, acts); box.querySelector(".form-summary, .checks")?.scrollIntoView(); say(answer.data.refused); }
      else toast(words[answer.kind] || words.broken);
    });
  }
  for (const link of box.querySelectorAll("[data-jump]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      box.close();
      acts.open(link.dataset.jump, { focus: true, field: link.dataset.jumpField });
    });
  }
}

/* ---- conflict: nothing goes on before somebody has chosen ----------------------------------------------- */
/** Resolves to { taken: data } or { theirs: true }. */
export function choose(html) {
  const box = dialog("conflict");
  fill(box, html);
  return new Promise((done) => {
    const form = box.querySelector("[data-take-over]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const answer = await post(form.getAttribute("action"), new URLSearchParams(new FormData(form)));
      if (answer.kind === "done") { box.close(); done({ taken: answer.data }); }
      else if (answer.kind === "conflict") { box.close(); done(choose(answer.data.conflict)); }
      else toast(answer.data.refused || words[answer.kind] || words.broken);
    });
    box.querySelector("[data-load-theirs]").addEventListener("click", (event) => { event.preventDefault(); box.close(); done({ theirs: true }); });
    box.addEventListener("close", () => setTimeout(() => done({ later: true }), 0), { once: true });
    if (!box.open) box.showModal();
  });
}
