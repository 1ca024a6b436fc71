/* Inside a frame: the shop's views without a cookie, in somebody else's page. htmx swaps the views; this file does the rest.
   - the visit is a token in sessionStorage, sent with every request
   - tells the page around: ready, resize, scroll, completed, signedin, signedout, error; hears only init
   - the first view neither moves the page around nor takes the focus; a view that somebody asked for does
   - a final button rests for half a second after it came into sight
   - what is too sensitive for a frame opens a window of the shop and comes back by a one-time code
   Every message is {shop: 1, type, ...}, to one named origin; one from elsewhere, or of another shape, is not heard. */
"use strict";
(() => {
  const { body } = document;
  const root = document.getElementById("frame-root");
  const main = document.getElementById("frame-main");
  const own = location.origin;
  const REST = 500;

  /* ---- the visit ------------------------------------------------------------------------------------------------ */
  const store = kept();

  /* Chromium, where it blocks cookies of others, also closes sessionStorage, but gives each site around a jar of its own. That
     cookie is a store of this file: the server neither sets nor reads it, and without it the visit lasts as long as the page. */
  function kept() {
    const memory = {};
    const jar = (name) => document.cookie.split("; ").find((one) => one.startsWith(`__Host-es-${name}=`))?.split("=")[1];
    const cookie = {
      getItem: (name) => jar(name) ?? memory[name],
      setItem: (name, value) => { memory[name] = value; bake(name, value, 1800); },
      removeItem: (name) => { delete memory[name]; bake(name, "", 0); },
    };
    const bake = (name, value, age) => {
      document.cookie = `__Host-es-${name}=${value}; Path=/; Secure; SameSite=None; Partitioned; Max-Age=${age}`;
    };
    let storage = cookie;
    try { storage = sessionStorage; } catch { /* closed */ }
    return {
      get: (name) => storage.getItem(name) ?? "",
      set: (name, value) => (value ? storage.setItem(name, value) : storage.removeItem(name)),
    };
  }
  const TOKEN = "visit", SIGNED = "signed";

  /* Every answer may change the token, a stream too, and htmx tells of a stream by no event. */
  async function ask(address, options) {
    const answer = await fetch(address, options);
    const token = answer.headers.get("X-Frame-Token");
    if (token !== null) store.set(TOKEN, token);
    return answer;
  }

  function bearer() {
    const token = store.get(TOKEN);
    return token ? { Authorization: `Bearer ${token}` } : {};
  }

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    Object.assign(ctx.request.headers, bearer());
    ctx.fetch = ask;
  });

  function send(address, fields) {
    return ask(address, { method: "POST", headers: bearer(), body: new URLSearchParams(fields), credentials: "omit", mode: "same-origin" });
  }

  function load(address) {
    return htmx.ajax("GET", address, { target: "#frame-main", swap: "innerHTML", push: "false" });
  }

  /* ---- the page around ------------------------------------------------------------------------------------------ */
  const allowed = (body.dataset.origins || "").split(" ");
  const around = window.parent === window ? "" : location.ancestorOrigins?.[0] ?? originOf(document.referrer);
  const host = around === own || allowed.includes(around) ? around : "";

  function originOf(address) {
    try { return new URL(address).origin; } catch { return ""; }
  }

  function tell(type, more) {
    if (host) window.parent.postMessage({ shop: 1, type, ...more }, host);
  }

  let prefill = {};
  addEventListener("message", (event) => {
    const message = event.data;
    if (!host || event.origin !== host || event.source !== window.parent) return;
    if (!message || message.shop !== 1 || message.type !== "init" || !isPlain(message.prefill)) return;
    prefill = Object.fromEntries(Object.entries(message.prefill).filter(([key, value]) => isField(key, value)).slice(0, 20));
    fillIn();
  });

  const isPlain = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const isField = (key, value) => /^[a-z][a-zA-Z0-9]{0,30}$/.test(key) && typeof value === "string";

  /* Only what a person could have typed, only where nothing stands: data-postal-code goes into postal_code, data-query into q. */
  function fillIn() {
    for (const [key, value] of Object.entries(prefill)) {
      const name = key === "query" ? "q" : key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      for (const field of main.querySelectorAll(`input[name="${name}"],textarea[name="${name}"]`))
        if (/^(text|search|email|tel|url|textarea)$/.test(field.type) && !field.value && !field.readOnly) field.value = value.slice(0, 200);
    }
  }

  let height = 0;
  function measure() {
    const now = Math.ceil(root.getBoundingClientRect().height); // not the document's: that follows the frame
    if (Math.abs(now - height) <= 1) return;
    height = now;
    tell("resize", { h: now });
  }

  /* ---- a view has come ------------------------------------------------------------------------------------------ */
  let asked = false; // somebody waits for a view; what comes by itself moves nothing
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (ctx.sourceEvent?.isTrusted && /^(click|submit|change)$/.test(ctx.sourceEvent.type)) asked = true;
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const whole = (event.detail?.ctx?.target ?? event.target) === main;
    settle(whole);
    if (!whole || !asked) return;
    asked = false;
    const place = main.querySelector("[data-focus]") || main.querySelector("h1,h2");
    if (place && !place.hasAttribute("tabindex")) place.tabIndex = -1;
    place?.focus({ preventScroll: true });
    tell("scroll");
  });

  function settle(whole) {
    fillIn();
    for (const button of main.querySelectorAll("[data-final]")) sight.observe(button);
    for (const event of main.querySelectorAll("[data-shop-event]")) pass(event);
    if (whole && !main.ariaBusy) signed();
    measure();
  }

  function pass(element) {
    const { shopEvent, ref, code } = element.dataset;
    if (shopEvent === "completed") tell("completed", { ref: (ref || "").slice(0, 64) });
    if (shopEvent === "error") tell("error", { code: (code || "").slice(0, 64) });
    delete element.dataset.shopEvent;
  }

  let inside = false;
  function signed() {
    const part = main.querySelector("[data-signed]");
    if (!part || (part.dataset.signed === "1") === inside) return;
    inside = !inside;
    store.set(SIGNED, inside ? "1" : "");
    tell(inside ? "signedin" : "signedout");
  }

  /* Another frame of this page was signed in or out. */
  addEventListener("storage", (event) => {
    if (event.key === SIGNED && (event.newValue === "1") !== inside) setTimeout(() => load(body.dataset.start), 50);
  });

  /* ---- links ---------------------------------------------------------------------------------------------------- */
  /* What does not lie among the frames opens a window: a page of the shop has no place in here. */
  document.addEventListener("htmx:before:init", (event) => {
    const element = event.target;
    const address = element.tagName === "A" ? element.href : element.tagName === "FORM" ? element.action : "";
    if (!address || (originOf(address) === own && new URL(address).pathname.startsWith("/frames/"))) return;
    element.target = "_blank";
    element.rel = "noopener";
    event.preventDefault();
  });

  /* ---- a final button --------------------------------------------------------------------------------------------- */
  const since = new WeakMap();
  const sight = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) since.delete(target);
      else if (!since.has(target)) rest(target);
    }
  });

  function rest(button) {
    since.set(button, performance.now());
    button.classList.add("resting");
    setTimeout(() => button.classList.remove("resting"), REST);
  }

  function early(event) {
    const button = event.type === "submit" ? event.submitter ?? event.target.querySelector("[data-final]") : event.target.closest?.("[data-final]");
    if (!button?.matches("[data-final]") || performance.now() - since.get(button) >= REST) return;
    if (!since.has(button)) rest(button); // pressed where this browser saw it not: the next press counts
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  addEventListener("click", early, true);
  addEventListener("submit", early, true);

  /* ---- a window of the shop ----------------------------------------------------------------------------------------- */
  const base64 = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const random = () => base64(crypto.getRandomValues(new Uint8Array(32)));

  /* Made before anybody clicks: a window opens only within the click. RFC 7636, section 4. */
  let next = null;
  async function prepare() {
    const [state, verifier] = [random(), random()];
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    next = { state, verifier, challenge: base64(new Uint8Array(hash)), origin: host || own };
  }

  let open = null;
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-popup],a[data-to-panel]");
    if (!link || !next || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const words = `#${next.state}.${next.challenge}.${next.origin}`;
    const there = link.dataset.toPanel;
    const page = there === undefined ? body.dataset.popup : `${body.dataset.continue}?next=${encodeURIComponent(there)}`;
    const opened = window.open(page + words, "_blank", there === undefined ? "popup,width=520,height=700" : "");
    if (!opened) return; // forbidden: the plain link does what it says
    event.preventDefault();
    event.stopImmediatePropagation();
    const { after = "" } = link.dataset;
    open = { ...next, window: opened, after: after.startsWith("/frames/") ? after : body.dataset.start };
    next = null;
    prepare();
  }, true);

  addEventListener("message", (event) => {
    const message = event.data;
    if (!open || event.origin !== own || event.source !== open.window || message?.shop !== 1) return;
    if (message.type === "code" && message.state === open.state && isWord(message.code)) come(message.code);
    if (message.type === "ask" && isWord(message.state) && isWord(message.challenge)) give(message);
  });
  const isWord = (value) => typeof value === "string" && /^[\w.~-]{20,200}$/.test(value);

  /* Signed in there: the code becomes a visit here. It is good once, so the window is not listened to any longer. */
  async function come(code) {
    const { verifier, origin, state, after } = open;
    open = null;
    const answer = await send(body.dataset.exchange, { code, verifier, origin, state }).catch(() => null);
    asked = Boolean(answer?.ok);
    if (answer?.ok) await load(after);
    else note(body.dataset.offline);
  }

  /* Signed in here: the window may go on as the same person. */
  async function give({ state, challenge }) {
    const to = open.window;
    const answer = await send(body.dataset.handOff, { challenge, state, origin: own }).catch(() => null);
    const code = answer?.ok ? (await answer.json()).code : "";
    to.postMessage({ shop: 1, type: "code", state, code }, own);
  }

  /* ---- words on a failure; copying ------------------------------------------------------------------------------ */
  const shelf = document.getElementById("frame-note");
  function note(text) {
    if (!shelf) return;
    shelf.textContent = text || "";
    shelf.hidden = !text;
  }
  document.addEventListener("htmx:before:request", () => note(""));
  document.addEventListener("htmx:error", () => note(body.dataset.offline));
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    if (ctx.response.status >= 500) note(body.dataset.offline);
  });
  document.addEventListener("toast", (event) => note(event.detail?.text || event.detail?.value));
  document.addEventListener("click", async (event) => {
    const actor = event.target.closest("[data-copy]");
    if (!actor) return;
    await navigator.clipboard.writeText(actor.dataset.copy).then(() => note(actor.dataset.copied), () => {});
  });

  /* ---- begin -------------------------------------------------------------------------------------------------------- */
  prepare().catch(() => { /* no secure context: the links lead to the shop */ });
  tell("ready", { title: document.querySelector("h1")?.textContent.trim().slice(0, 100) });
  new ResizeObserver(measure).observe(root);
  if (store.get(TOKEN)) {
    main.ariaBusy = "true"; // what stands there is for nobody in particular
    addEventListener("DOMContentLoaded", () => load(body.dataset.start).finally(() => { main.ariaBusy = null; signed(); }));
  }
  settle(true);
})();
