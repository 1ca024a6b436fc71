/* The shop's windows beside a frame. They never see a token: a code goes from one to the other, good once and for a minute
   (RFC 7636: who takes it must know the verifier whose hash came with the question).
   - #auth-give: somebody is signed in here, the frame is not: a button gives the frame its code
   - #auth-continue: somebody is signed in in the frame, not here: asks the frame for a code and goes on to data-next
   Without the frame that opened it (a copied link) both say the plain way. */
"use strict";
(() => {
  const own = location.origin;
  const opener = window.opener;
  const KEPT = "shop-back";
  const PATIENCE = 4000;
  const say = (message) => opener.postMessage({ shop: 1, ...message }, own);
  const base64 = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const random = () => base64(crypto.getRandomValues(new Uint8Array(32)));

  /* "#state.challenge.origin". Kept for this window, so that it is there after the way over the sign-in. */
  function question() {
    const [, state, challenge, origin] = /^#([\w-]{20,100})\.([\w-]{43})\.(https?:\/\/[^/\s]+)$/.exec(words()) || [];
    if (state) keep(location.hash);
    return state && opener ? { state, challenge, origin } : null;
  }
  function words() {
    if (location.hash.length > 1) return location.hash;
    try { return sessionStorage.getItem(KEPT) || ""; } catch { return ""; }
  }
  function keep(hash) {
    try { if (hash.length > 1) sessionStorage.setItem(KEPT, hash); } catch { /* only the way back is missing */ }
  }

  function post(address, fields) {
    return fetch(address, { method: "POST", body: new URLSearchParams(fields), mode: "same-origin" });
  }

  function show(selector) {
    for (const each of document.querySelectorAll("[data-when]")) each.hidden = !each.matches(selector);
  }

  /* ---- to the frame --------------------------------------------------------------------------------------------- */
  const form = document.getElementById("auth-give");
  const asked = question();
  if (form && !asked) show("[data-when=alone]");
  if (form && asked) {
    for (const place of document.querySelectorAll("[data-origin]")) place.textContent = asked.origin;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const answer = await post(form.action, asked).catch(() => null);
      if (!answer?.ok) return show("[data-when=failed]");
      const { code } = await answer.json();
      say({ type: "code", state: asked.state, code });
      window.close();
    });
  }

  /* ---- from the frame -------------------------------------------------------------------------------------------- */
  const onward = document.getElementById("auth-continue");
  async function goOn() {
    const { next, fallback } = onward.dataset;
    const [state, verifier] = [random(), random()];
    const challenge = base64(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
    const plainly = setTimeout(() => location.replace(fallback), PATIENCE);
    addEventListener("message", async (event) => {
      const message = event.data;
      if (event.origin !== own || event.source !== opener || message?.shop !== 1 || message.state !== state) return;
      clearTimeout(plainly);
      const fields = { code: message.code, verifier, state, next, back: asked?.origin || "" };
      const answer = message.code ? await post(onward.dataset.action || location.pathname, fields).catch(() => null) : null;
      location.replace(answer?.ok ? (await answer.json()).next : fallback);
    });
    say({ type: "ask", state, challenge });
  }
  if (onward && opener) goOn().catch(() => location.replace(onward.dataset.fallback));
  else if (onward) location.replace(onward.dataset.fallback);
})();
