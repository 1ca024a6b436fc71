/* The loader of the shop's frames. Put it once into a page, with one element for each view:

     <shop-frame view="domain-search" lang="pl"><a href="https://shop.example/pl/domains">Search for a name</a></shop-frame>
     <div data-shop-frame data-view="user-login"><a href="...">Sign in</a></div>   (where unknown elements are removed)
     <script src="https://shop.example/embed/v1.js" async></script>

   Attributes (the div has them with "data-"): view, lang, theme (light, dark; otherwise as the page around is), accent
   (#rrggbb), label (the frame's name for screen readers), min-height (px), host (another shop). Every other data-*
   is written into the field of that name: data-email, data-query. The content is what stays where the frame cannot come.
   Events, which bubble: shop:ready, shop:completed {ref}, shop:signedin, shop:signedout, shop:error {code}. */
(() => {
  "use strict";
  if (customElements.get("shop-frame")) return;
  const script = document.currentScript || document.querySelector('script[src*="/embed/v1.js"]');
  const OWN = ["shopFrame", "view", "lang", "theme", "accent", "label", "minHeight", "host"];
  const SOON = 1500, LATE = 12000;
  const live = new Map(); // element -> Frame
  const look = new CSSStyleSheet(); // neither a style element nor an attribute: strict policies of host pages allow it
  look.replaceSync(":host{display:block}:host([hidden]),[hidden]{display:none!important}" +
    "iframe{display:block;width:100%;border:0;opacity:0}:host([state=ready]) iframe{opacity:1}");

  const read = (el, name) => el.getAttribute(el.dataset.shopFrame === undefined ? name : "data-" + name) || "";
  const cut = (value) => (typeof value === "string" ? value.slice(0, 100) : "");

  /* A page with light letters is a dark one. */
  function mood(el) {
    const said = read(el, "theme");
    if (said === "light" || said === "dark") return said;
    const [r, g, b] = (getComputedStyle(el).color.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
    return r * 0.299 + g * 0.587 + b * 0.114 > 140 ? "dark" : "light";
  }

  function address(el) {
    const host = read(el, "host");
    const base = host ? new URL(host.includes("//") ? host : "https://" + host) : new URL(script.src);
    const url = new URL("/frames/" + encodeURIComponent(read(el, "view")), base.origin);
    url.searchParams.set("theme", mood(el));
    for (const name of ["lang", "accent"]) if (read(el, name)) url.searchParams.set(name, read(el, name));
    return url;
  }

  function prefill(el) {
    const own = Object.entries(el.dataset).filter(([name]) => !OWN.includes(name)).slice(0, 20);
    return Object.fromEntries(own.map(([name, value]) => [name, value.slice(0, 200)]));
  }

  class Frame {
    constructor(el) {
      this.el = el;
      this.least = Math.min(Math.max(parseInt(read(el, "min-height"), 10) || 0, 0), 2000);
      this.eye = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && this.start(), { rootMargin: "1500px" });
      this.root = el.shadowRoot || el.attachShadow({ mode: "open" });
      this.root.adoptedStyleSheets = [look];
      this.slot = document.createElement("slot");
      this.root.replaceChildren(this.slot);
      this.eye.observe(el);
    }

    start() {
      const { el } = this;
      this.eye.disconnect();
      let url;
      try { url = address(el); } catch { return this.fail("address"); }
      this.origin = url.origin;
      this.frame = document.createElement("iframe");
      this.frame.title = read(el, "label") || cut(el.textContent.trim()) || read(el, "view");
      this.frame.allow = "clipboard-write";
      this.frame.referrerPolicy = "strict-origin-when-cross-origin"; // the frame asks who is around it
      this.frame.src = url;
      this.grow(this.least || 320);
      this.slot.hidden = true;
      this.soon = setTimeout(() => { this.slot.hidden = false; }, SOON);
      this.late = setTimeout(() => this.fail("timeout"), LATE);
      el.setAttribute("state", "loading");
      this.root.append(this.frame);
    }

    /* A refused frame tells nobody: no word in time means no frame. A late word is welcome. */
    fail(code) {
      this.slot.hidden = false;
      if (this.frame) this.frame.hidden = true;
      this.el.setAttribute("state", "failed");
      this.say("error", { code });
    }

    grow(height) {
      if (Math.abs(height - this.height) <= 1) return;
      this.height = Math.min(Math.max(Math.ceil(height), this.least, 80), 20000);
      this.frame.style.height = this.height + "px";
    }

    end() {
      this.eye.disconnect();
      clearTimeout(this.soon);
      clearTimeout(this.late);
      this.frame?.remove();
      this.slot.hidden = false;
      this.el.removeAttribute("state");
    }

    say(type, detail) {
      this.el.dispatchEvent(new CustomEvent("shop:" + type, { bubbles: true, composed: true, detail }));
    }

    take(message) {
      const { type } = message;
      if (type === "ready") this.ready(message);
      else if (type === "resize" && Number.isFinite(message.h)) this.grow(message.h);
      else if (type === "scroll") this.show();
      else if (type === "completed") this.say(type, { ref: cut(message.ref) });
      else if (type === "error") this.say(type, { code: cut(message.code) });
      else if (type === "signedin" || type === "signedout") this.say(type, {});
    }

    ready(message) {
      clearTimeout(this.soon);
      clearTimeout(this.late);
      this.slot.hidden = true;
      this.frame.hidden = false;
      if (!read(this.el, "label") && message.title) this.frame.title = cut(message.title);
      this.el.setAttribute("state", "ready");
      const init = { shop: 1, type: "init", prefill: prefill(this.el), theme: mood(this.el), lang: read(this.el, "lang") };
      this.frame.contentWindow.postMessage(init, this.origin);
      this.say("ready", {});
    }

    show() {
      const { top } = this.el.getBoundingClientRect();
      if (top >= 0 && top < innerHeight) return;
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      this.el.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
    }
  }

  function mount(el) {
    unmount(el);
    if (read(el, "view")) live.set(el, new Frame(el));
  }

  function unmount(el) {
    live.get(el)?.end();
    live.delete(el);
  }

  addEventListener("message", (event) => {
    const message = event.data;
    if (!message || message.shop !== 1 || typeof message.type !== "string" || !event.source) return;
    for (const one of live.values())
      if (one.frame?.contentWindow === event.source) return void (one.origin === event.origin && one.take(message));
  });

  customElements.define("shop-frame", class extends HTMLElement {
    static observedAttributes = ["view", "lang", "theme", "accent", "host"];
    connectedCallback() { mount(this); }
    disconnectedCallback() { unmount(this); }
    attributeChangedCallback() { if (live.has(this)) mount(this); }
  });

  function scan() {
    for (const el of document.querySelectorAll("[data-shop-frame]")) if (!live.has(el)) mount(el);
    for (const el of live.keys()) if (!el.isConnected) unmount(el);
  }
  new MutationObserver(scan).observe(document, { childList: true, subtree: true });
  scan();
})();
