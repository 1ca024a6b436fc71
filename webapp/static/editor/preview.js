/* In a page that the editor shows in its frame: clicks select blocks and lead nowhere; what is typed is swapped in.
   Speaks with the panel only: messages from anybody else are not heard. */
"use strict";
(() => {
  const panel = document.querySelector('meta[name="panel-origin"]')?.content;
  if (!panel || window.parent === window) return;
  const tell = (message) => window.parent.postMessage({ witryna: "preview", ...message }, panel);
  const frames = () => [...document.querySelectorAll(".block-frame")];
  const frameOf = (id) => frames().find((each) => each.dataset.block === id);
  let selected = "";

  /* ---- the page is to be looked at: nothing in it acts -------------------------------------------- */
  const HANDS = ["click", "auxclick", "dblclick", "submit", "dragstart"];
  for (const name of HANDS) document.addEventListener(name, inert, true);
  function inert(event) {
    const target = event.target instanceof Element ? event.target : null;
    const folds = name_is(event, "click") && target?.closest("summary");
    if (!folds) event.preventDefault();
    event.stopImmediatePropagation();
    if (!name_is(event, "click")) return;
    const frame = target?.closest(".block-frame");
    if (frame) { mark(frame.dataset.block); tell({ type: "select", block: frame.dataset.block }); }
  }
  function name_is(event, name) { return event.type === name; }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.closest?.("a,button,input")) event.preventDefault();
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (undo) { event.preventDefault(); tell({ type: event.shiftKey ? "redo" : "undo" }); }
  }, true);

  /* ---- what the panel says ------------------------------------------------------------------------ */
  const HEARD = {
    select: ({ block }) => { mark(block); show(block); },
    block: ({ block, body, turn }) => swap(block, body, turn),
    reload: ({ block }) => reload(block),
  };
  window.addEventListener("message", (event) => {
    if (event.origin !== panel || event.source !== window.parent) return;
    const said = event.data;
    if (said && said.witryna === "editor" && Object.hasOwn(HEARD, said.type)) HEARD[said.type](said);
  });

  function mark(id) {
    selected = id || "";
    for (const each of frames()) each.classList.toggle("is-selected", each.dataset.block === selected);
  }

  function show(id) {
    const frame = frameOf(id);
    if (!frame) return;
    const box = frame.getBoundingClientRect();
    const seen = box.top < window.innerHeight * 0.6 && box.bottom > window.innerHeight * 0.2;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!seen) window.scrollTo({ top: window.scrollY + box.top - 48, behavior: calm ? "auto" : "smooth" });
  }

  /* Only the newest answer counts: an older one may come later. */
  const newest = new Map();
  async function swap(id, body, turn) {
    newest.set(id, turn);
    try {
      const address = `${location.pathname}/block`;
      const sent = new URLSearchParams(body);
      const answer = await fetch(address, { method: "POST", body: sent, credentials: "omit" });
      if (newest.get(id) !== turn) return;
      if (answer.ok) put(id, await answer.text());
      tell({ type: "swapped", block: id, turn, ok: answer.ok, status: answer.status });
    } catch {
      tell({ type: "swapped", block: id, turn, ok: false, status: 0 });
    }
  }

  function put(id, html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(".block-frame");
    const old = frameOf(id);
    if (!fresh || !old) return;
    const open = [...old.querySelectorAll("details")].map((each) => each.open);
    const node = document.importNode(fresh, true);
    node.querySelectorAll("details").forEach((each, at) => { each.open = open[at] ?? each.open; });
    const unseen = old.hidden;
    old.replaceWith(node);
    mark(selected);
    if (unseen && id === selected) show(id);
    window.htmx?.process?.(node);
  }

  async function reload(id) {
    try {
      const answer = await fetch(location.href, { credentials: "omit" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const main = document.importNode(page.querySelector("main"), true);
      document.querySelector("main").replaceWith(main);
      document.title = page.title;
      mark(id || selected);
      window.htmx?.process?.(main);
      if (id) show(id);
      tell({ type: "reloaded", ok: true });
    } catch {
      tell({ type: "reloaded", ok: false });
    }
  }

  tell({ type: "ready" });
})();
