/* The media library's script; every page works without it.
   - <media-choice> around a <select>: a small picture, and a dialog with the whole library
   - <media-upload> around a form: several files at once, dropped too, sent one after another with progress
   Texts come from data attributes. Elements that are swapped in later work by themselves. */

function make(tag, look, text) {
  const made = document.createElement(tag);
  if (look) made.className = look;
  if (text) made.textContent = text;
  return made;
}

function button(look, text, pressed) {
  const made = make("button", look, text);
  made.type = "button";
  made.addEventListener("click", pressed);
  return made;
}

/* ---- the library in a dialog ------------------------------------------------------------------------- */

let dialog;

function shelf() {
  if (!dialog) {
    dialog = make("dialog", "dialog media-dialog");
    dialog.addEventListener("close", () => dialog.replaceChildren());
    document.body.append(dialog);
  }
  return dialog;
}

/** Opens the library; resolves to {id, name, src}, or null when it is closed without a choice. */
export async function choose(url, chosen) {
  const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  const box = shelf();
  box.innerHTML = await answer.text();
  for (const card of box.querySelectorAll("[data-media]")) card.setAttribute("aria-pressed", String(card.dataset.media === chosen));
  box.setAttribute("aria-labelledby", "media-dialog-title");
  window.htmx?.process(box);
  box.showModal();
  return new Promise((resolve) => {
    const picked = (event) => {
      const card = event.target.closest("[data-media]");
      if (!card) return;
      box.removeEventListener("click", picked);
      resolve({ id: card.dataset.media, name: card.dataset.name, src: card.dataset.src });
      box.close();
    };
    box.addEventListener("click", picked);
    box.addEventListener("close", () => { box.removeEventListener("click", picked); resolve(null); }, { once: true });
  });
}

class MediaChoice extends HTMLElement {
  connectedCallback() {
    if (this.shown) return;
    this.select = this.querySelector("select");
    this.shown = make("span", "media-chosen");
    this.open = button("button", "", () => this.ask());
    this.remove_ = button("button quiet", this.dataset.remove, () => { this.take({ id: "", name: "", src: "" }); this.open.focus(); });
    this.open.id = this.select.id; // labels and the error summary lead here now
    this.open.setAttribute("aria-describedby", this.select.getAttribute("aria-describedby") || "");
    this.label = document.querySelector(`label[for="${CSS.escape(this.open.id)}"]`)?.firstChild.textContent.trim();
    this.select.removeAttribute("id");
    this.select.hidden = true;
    this.select.addEventListener("change", () => this.show());
    const tools = make("span", "cluster");
    tools.append(this.open, this.remove_);
    this.append(this.shown, tools);
    this.show();
  }

  show() {
    const option = this.select.selectedOptions[0];
    const chosen = Boolean(option?.value);
    this.shown.replaceChildren();
    if (chosen && option.dataset.src) {
      const picture = make("img");
      picture.src = option.dataset.src;
      picture.alt = "";
      this.shown.append(picture);
    }
    this.shown.append(make("span", "name", chosen ? option.textContent : this.dataset.none));
    this.open.textContent = chosen ? this.dataset.change : this.dataset.choose;
    if (this.label) this.open.setAttribute("aria-label", `${this.label}: ${this.open.textContent}`);
    this.remove_.hidden = !chosen;
  }

  async ask() {
    try {
      const picked = await choose(this.dataset.url, this.select.value);
      if (picked) this.take(picked);
    } catch {
      document.dispatchEvent(new CustomEvent("toast", { detail: { text: this.dataset.failed } }));
    }
    this.open.focus();
  }

  take({ id, name, src }) {
    let option = [...this.select.options].find((one) => one.value === id);
    if (!option) {
      option = new Option(name, id);
      option.dataset.src = src;
      this.select.add(option);
    }
    if (src) option.dataset.src = src;
    this.select.value = id;
    this.select.dispatchEvent(new Event("input", { bubbles: true }));
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/* ---- sending files ------------------------------------------------------------------------------------ */

class MediaUpload extends HTMLElement {
  connectedCallback() {
    if (this.form) return;
    this.form = this.querySelector("form");
    this.input = this.form.querySelector("input[type=file]");
    this.list = this.querySelector(".media-progress");
    this.said = this.querySelector("[role=status]");
    this.waiting = [];
    this.sent = this.total = this.failed = 0;
    this.classList.add("live");
    this.input.addEventListener("change", () => { this.add([...this.input.files]); this.input.value = ""; });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.zone = this.closest("[data-drop]") || this;
    this.watch(["dragenter", "dragover"], true);
    this.watch(["dragleave", "drop"], false);
    this.zone.addEventListener("drop", (event) => this.add([...event.dataTransfer.files]));
    this.leave = (event) => { if (this.busy) event.preventDefault(); };
    window.addEventListener("beforeunload", this.leave);
  }

  disconnectedCallback() {
    window.removeEventListener("beforeunload", this.leave);
  }

  watch(names, over) {
    for (const name of names) {
      this.zone.addEventListener(name, (event) => {
        if (![...event.dataTransfer.types].includes("Files")) return;
        event.preventDefault();
        this.zone.classList.toggle("dropping", over);
      });
    }
  }

  add(files) {
    for (const file of files) {
      const row = make("li", "media-sending");
      const bar = make("progress");
      bar.max = 1;
      bar.value = 0;
      bar.setAttribute("aria-label", file.name);
      row.append(make("span", "name", file.name), bar, make("span", "media-sending-note"));
      this.list.append(row);
      this.waiting.push({ file, row });
      this.total += 1;
    }
    if (!this.busy) this.work();
  }

  async work() {
    this.busy = true;
    while (this.waiting.length) {
      this.tell();
      const { file, row } = this.waiting.shift();
      const problem = file.size > Number(this.dataset.most) ? this.dataset.large : await this.send(file, row);
      this.ended(file, row, problem);
    }
    this.busy = false;
    this.tell();
    this.sent = this.total = this.failed = 0;
  }

  /** Sends one file; resolves to "" or to what went wrong, in words. */
  send(file, row) {
    const data = new FormData(this.form);
    data.delete(this.input.name);
    data.append(this.input.name, file, file.name);
    const bar = row.querySelector("progress");
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open("POST", this.form.action);
      request.setRequestHeader("Accept", "application/json");
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = event.loaded / event.total;
        if (event.loaded === event.total) bar.removeAttribute("value"); // the server reads it now
      });
      request.addEventListener("load", () => {
        const answer = request.response;
        if (request.status >= 400 || !answer?.files) return resolve(answer?.refused?.[0]?.message || this.dataset.failed);
        if (answer.refused.length) return resolve(answer.refused[0].message);
        for (const one of answer.files) this.took(one);
        return resolve("");
      });
      for (const name of ["error", "abort", "timeout"]) request.addEventListener(name, () => resolve(this.dataset.failed));
      request.send(data);
    });
  }

  took(one) {
    if (this.dataset.then) { location.assign(this.dataset.then); return; }
    const grid = document.getElementById(this.dataset.grid);
    if (!grid) return;
    const there = document.createRange().createContextualFragment(one.card).firstElementChild;
    document.getElementById(there.id)?.remove();
    grid.prepend(there);
    window.htmx?.process(there);
    for (const empty of document.querySelectorAll(`[data-empty="${this.dataset.grid}"]`)) empty.remove();
  }

  ended(file, row, problem) {
    this.sent += 1;
    if (!problem) { row.remove(); return; }
    this.failed += 1;
    row.classList.add("failed");
    row.querySelector("progress").remove();
    row.querySelector(".media-sending-note").textContent = problem;
    row.append(
      button("button small", this.dataset.again, () => { row.remove(); this.add([file]); }),
      button("button small quiet", this.dataset.dismiss, () => row.remove()),
    );
  }

  tell() {
    const left = this.waiting.length > 0;
    const text = left ? this.dataset.progress : this.failed ? this.dataset.some : this.dataset.done;
    this.said.textContent = text.replace("{sent}", this.sent).replace("{total}", this.total).replace("{failed}", this.failed);
  }
}

customElements.define("media-choice", MediaChoice);
customElements.define("media-upload", MediaUpload);
