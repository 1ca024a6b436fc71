/* The shop's and panels' own script: what neither CSS nor htmx can do. Every page works without it.
   - one toast when a request fails (5xx, offline, time-out)
   - a streamed answer enters the history once
   - open menus close on Escape and on a click elsewhere
   - "/" puts the cursor into the search of a panel
   - menus, tabs and filters, which scroll sideways on phones, show where one is
   - what carries data-focus (an error summary) gets the focus when it appears
   - data-select-all ticks all rows of its table; .bulk-count-number follows
   - an advertisement that was shown is remembered until the tab is closed, for the limit per visitor and day
   - data-embed="<address>" puts a film in the place of the link that it stands on
   - data-copy="<text>" copies; data-print prints; data-dialog="<id>" opens a dialog */
"use strict";
(() => {
  const body = document.body;

  function toast(text) {
    const shelf = document.getElementById("toasts");
    if (!shelf || !text || shelf.textContent.includes(text)) return;
    const note = document.createElement("div");
    note.className = "toast";
    const words = document.createElement("span");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.setAttribute("aria-label", body.dataset.close || "×");
    close.textContent = "×";
    close.addEventListener("click", () => note.remove());
    note.append(words, close);
    shelf.append(note);
    setTimeout(() => note.remove(), 12000);
  }

  function failed(event) {
    const status = event.detail?.ctx?.response?.status;
    if (event.type === "htmx:error" || status >= 500) toast(body.dataset.offline);
  }
  document.addEventListener("htmx:error", failed);
  document.addEventListener("htmx:after:request", failed);
  document.addEventListener("toast", (event) => toast(event.detail?.text || event.detail?.value));

  /* Each row of a streamed answer is a swap of its own; its address belongs into the history once. */
  const entered = new WeakSet();
  document.addEventListener("htmx:before:history:update", (event) => {
    const answer = event.detail.response;
    if (answer && entered.has(answer)) event.preventDefault();
    else if (answer) entered.add(answer);
  });

  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
  }
  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.menu"));
    const actor = event.target.closest("[data-copy],[data-print],[data-dialog],[data-close-dialog]");
    if (!actor) return;
    if (actor.dataset.copy !== undefined) copy(actor);
    else if (actor.dataset.print !== undefined) window.print();
    else if (actor.dataset.dialog) document.getElementById(actor.dataset.dialog)?.showModal();
    else actor.closest("dialog")?.close();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-embed]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const film = document.createElement("iframe");
    film.title = link.dataset.title;
    film.allow = "autoplay; fullscreen; picture-in-picture; encrypted-media";
    film.referrerPolicy = "strict-origin-when-cross-origin"; /* YouTube plays nothing for a page without a name */
    film.src = link.dataset.embed;
    link.replaceWith(film);
    film.focus();
  });

  async function copy(actor) {
    await navigator.clipboard.writeText(actor.dataset.copy);
    toast(actor.dataset.copied);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const open = document.querySelector("details.menu[open]");
      closeMenus(null);
      open?.querySelector("summary").focus();
    }
    const writing = event.target.closest?.("input,textarea,select,[contenteditable]");
    if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey) {
      const search = document.querySelector("[data-slash]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
  });

  function focusSummary(root) {
    root.querySelector?.("[data-focus]")?.focus();
  }
  document.addEventListener("htmx:after:swap", (event) => focusSummary(event.target));
  focusSummary(document);
  for (const here of document.querySelectorAll(":is(.account-nav, .tabs, .chips) [aria-current]")) {
    const row = here.closest(".account-nav, .tabs, .chips"), [outer, inner] = [row.getBoundingClientRect(), here.getBoundingClientRect()];
    row.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }

  document.addEventListener("change", (event) => {
    const table = event.target.closest("table");
    if (!table || !event.target.matches(".tick")) return;
    const rows = [...table.querySelectorAll("tbody .tick")];
    const all = table.querySelector("[data-select-all]");
    if (event.target === all) for (const row of rows) row.checked = all.checked;
    const ticked = rows.filter((row) => row.checked).length;
    if (all) { all.checked = ticked === rows.length; all.indeterminate = ticked > 0 && !all.checked; }
    for (const number of document.querySelectorAll(".bulk-count-number")) number.textContent = String(ticked);
  });

  /* Advertisements: {day, <campaign>: times}. Told with the question for the next one, kept nowhere else. */
  const today = new Date().toDateString();
  function seenAds() {
    try {
      const seen = JSON.parse(sessionStorage.getItem("ads") || "{}");
      return seen.day === today ? seen : { day: today };
    } catch { return { day: today }; }
  }
  try {
    for (const slot of document.querySelectorAll(".ad-slot[hx-get]")) {
      const since = Number(sessionStorage.getItem(`no ad ${slot.getAttribute("hx-get")}`));
      if (since && Date.now() - since < 300_000) slot.classList.add("ad-gone");
    }
  } catch { /* a browser that keeps nothing */ }
  document.addEventListener("htmx:config:request", (event) => {
    if (!event.target.classList?.contains("ad-slot")) return;
    const told = Object.entries(seenAds()).filter(([key]) => key !== "day").map((pair) => pair.join(".")).join("-");
    if (told) event.detail.ctx.request.body.set("seen", told);
  });
  document.addEventListener("htmx:after:request", (event) => {
    const slot = event.target;
    if (!slot.classList?.contains("ad-slot") || event.detail.ctx?.response?.status !== 204) return;
    /* What is not in sight yet may go; what is keeps its room, so that nothing jumps. The next pages leave it out at once. */
    if (slot.getBoundingClientRect().top > innerHeight || slot.getBoundingClientRect().bottom < 0) slot.classList.add("ad-gone");
    try { sessionStorage.setItem(`no ad ${slot.getAttribute("hx-get")}`, Date.now()); } catch { /* it asks again */ }
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const shown = event.target.classList?.contains("ad-slot") && event.target.querySelector("[data-ad]")?.dataset.ad;
    if (!shown) return;
    const seen = seenAds();
    seen[shown] = (seen[shown] || 0) + 1;
    try { sessionStorage.setItem("ads", JSON.stringify(seen)); } catch { /* a browser that keeps nothing: no limit */ }
  });
})();
