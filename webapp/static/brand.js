/* Shows the shop in the look that is being chosen. The server makes the address (data-look); the old picture stays until
   the new one has come. Offered shades are put into their field here; without this script their buttons send the form. */
"use strict";
(() => {
  const HEIGHT = 900;

  class LookFrame extends HTMLElement {
    connectedCallback() {
      this.width = 1280;
      this.fit = new ResizeObserver(() => this.scale());
      this.fit.observe(this);
    }
    disconnectedCallback() {
      this.fit.disconnect();
    }
    get frames() {
      return [...this.querySelectorAll("iframe")];
    }
    show(src) {
      if (this.frames.at(-1)?.getAttribute("src") === src) return;
      const old = this.frames;
      const next = old[0].cloneNode(false);
      next.classList.add("coming");
      next.addEventListener("load", () => {
        next.classList.remove("coming");
        for (const frame of this.frames) if (frame !== next && this.frames.indexOf(frame) < this.frames.indexOf(next)) frame.remove();
      }, { once: true });
      next.setAttribute("src", src);
      this.append(next);
      this.scale();
    }
    scale() {
      const { clientWidth: width, clientHeight: height } = this;
      const factor = Math.min(width / this.width, 1);
      for (const frame of this.frames) {
        frame.style.width = `${this.width}px`;
        frame.style.height = `${Math.max(height, HEIGHT * factor) / factor}px`;
        frame.style.transform = `scale(${factor})`;
        frame.style.left = `${Math.max((width - this.width * factor) / 2, 0)}px`;
      }
    }
    resize(width) {
      this.width = width;
      this.scale();
    }
  }
  customElements.define("look-frame", LookFrame);

  const look = () => document.querySelector("look-frame");
  document.addEventListener("htmx:after:swap", () => {
    const src = document.getElementById("brand-advice")?.dataset.look;
    if (src) look()?.show(src);
  });

  function changed(field) {
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-use], [data-keep], [data-width]");
    if (!button) return;
    const form = document.getElementById("brand-form");
    if (button.dataset.width) {
      for (const one of document.querySelectorAll("[data-width]")) one.setAttribute("aria-pressed", String(one === button));
      look().resize(Number(button.dataset.width));
      return;
    }
    event.preventDefault();
    if (button.dataset.use) {
      const field = form.elements[button.dataset.use];
      field.value = button.dataset.colour;
      changed(field);
      field.focus();
      return;
    }
    const kept = document.createElement("input");
    kept.type = "hidden";
    kept.name = "kept";
    kept.value = button.dataset.keep;
    document.getElementById("brand-advice").append(kept);
    changed(form.elements.brand);
    form.elements.brand.focus();
  });
  for (const sizes of document.querySelectorAll(".look-sizes")) sizes.hidden = false;
})();
