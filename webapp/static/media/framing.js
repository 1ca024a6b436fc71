/* Crop and focal point on the picture itself; the number fields of the form are the truth, and work without this. */

const CORNERS = ["nw", "ne", "sw", "se"];
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

class MediaFraming extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.form.classList.add("live");
    this.w = Number(this.dataset.width);
    this.h = Number(this.dataset.height);
    this.least = Math.min(16, this.w, this.h);
    this.canvas = this.querySelector(".media-canvas");
    this.box = document.createElement("div");
    this.box.className = "media-crop";
    this.corners = CORNERS.map((name) => this.handle(`media-handle ${name}`, this.dataset.corner, (dx, dy) => this.pull(name, dx, dy)));
    this.box.append(...this.corners);
    this.point = this.handle("media-focus", this.dataset.point, (dx, dy) => this.aim(this.at.x + (dx / this.w) * 100, this.at.y + (dy / this.h) * 100));
    this.canvas.append(this.box, this.point);
    this.canvas.addEventListener("pointerdown", (event) => this.press(event));
    this.form.addEventListener("input", (event) => { if (/^(crop|focal)_/.test(event.target.name)) this.read(); });
    for (const button of this.form.querySelectorAll("[data-ratio]")) button.addEventListener("click", () => this.shape(button.dataset.ratio));
    this.read();
  }

  number(name) {
    const value = parseInt(this.form.elements[name].value, 10);
    return Number.isFinite(value) ? value : null;
  }

  read() {
    this.at = { x: clamp(this.number("focal_x") ?? 50, 0, 100), y: clamp(this.number("focal_y") ?? 50, 0, 100) };
    const w = this.number("crop_w"), h = this.number("crop_h");
    this.crop = w && h ? { x: this.number("crop_x") || 0, y: this.number("crop_y") || 0, w, h } : null;
    this.draw();
  }

  write() {
    const fields = this.form.elements;
    fields.focal_x.value = Math.round(this.at.x);
    fields.focal_y.value = Math.round(this.at.y);
    for (const side of "xywh") fields[`crop_${side}`].value = this.crop ? Math.round(this.crop[side]) : "";
    this.draw();
  }

  draw() {
    this.box.hidden = !this.crop;
    if (this.crop) {
      const { x, y, w, h } = this.crop;
      const style = this.box.style;
      style.left = `${(x / this.w) * 100}%`; style.top = `${(y / this.h) * 100}%`;
      style.width = `${(w / this.w) * 100}%`; style.height = `${(h / this.h) * 100}%`;
    }
    this.point.style.left = `${this.at.x}%`;
    this.point.style.top = `${this.at.y}%`;
    for (const button of this.form.querySelectorAll("[data-ratio]")) button.setAttribute("aria-pressed", String(button.dataset.ratio === this.chosen()));
  }

  chosen() {
    return this.crop ? (this.ratio ? this.ratioName : "free") : "";
  }

  /** A button that is moved by pointer and by arrow keys; `move` gets pixels of the original. */
  handle(look, label, move) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = look;
    made.setAttribute("aria-label", label);
    made.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      const size = (event.shiftKey ? 0.05 : 0.01) * Math.max(this.w, this.h);
      move(step[0] * size, step[1] * size);
    });
    made.move = move;
    return made;
  }

  press(event) {
    if (event.button) return;
    const frame = this.canvas.getBoundingClientRect();
    const scale = this.w / frame.width;
    const handle = event.target.closest("button");
    const inside = event.target === this.box;
    let last = event, far = false;
    const move = (now) => {
      far ||= Math.hypot(now.clientX - event.clientX, now.clientY - event.clientY) > 4;
      if (!far) return;
      const dx = (now.clientX - last.clientX) * scale, dy = (now.clientY - last.clientY) * scale;
      last = now;
      if (handle) handle.move(dx, dy);
      else if (inside) this.shift(dx, dy);
    };
    const end = (now) => {
      this.canvas.removeEventListener("pointermove", move);
      this.canvas.removeEventListener("pointerup", end);
      this.canvas.removeEventListener("pointercancel", end);
      if (!far && !handle && now.type === "pointerup") this.aim(((now.clientX - frame.left) / frame.width) * 100, ((now.clientY - frame.top) / frame.height) * 100);
    };
    this.canvas.setPointerCapture(event.pointerId);
    this.canvas.addEventListener("pointermove", move);
    this.canvas.addEventListener("pointerup", end);
    this.canvas.addEventListener("pointercancel", end);
    if (!handle) event.preventDefault();
  }

  aim(x, y) {
    this.at = { x: clamp(x, 0, 100), y: clamp(y, 0, 100) };
    this.write();
  }

  shift(dx, dy) {
    const crop = this.crop;
    crop.x = clamp(crop.x + dx, 0, this.w - crop.w);
    crop.y = clamp(crop.y + dy, 0, this.h - crop.h);
    this.write();
  }

  /** Moves one corner; the opposite one stays where it is. */
  pull(name, dx, dy) {
    const { x, y, w, h } = this.crop;
    const east = name.endsWith("e"), south = name.startsWith("s");
    const roomX = east ? this.w - x : x + w, roomY = south ? this.h - y : y + h;
    let wide = clamp(w + (east ? dx : -dx), this.least, roomX);
    let high = clamp(h + (south ? dy : -dy), this.least, roomY);
    if (this.ratio) {
      wide = Math.min(Math.abs(dx) >= Math.abs(dy) ? wide : high * this.ratio, roomX, roomY * this.ratio);
      high = wide / this.ratio;
      if (Math.min(wide, high) < this.least) return;
    }
    this.crop = { x: east ? x : x + w - wide, y: south ? y : y + h - high, w: wide, h: high };
    this.write();
  }

  /** "" for the whole picture, "free", or "16:9": the largest such shape around the focal point. */
  shape(name) {
    const [a, b] = name.split(":").map(Number);
    this.ratioName = name;
    this.ratio = b ? a / b : 0;
    if (!name) this.crop = null;
    else if (!this.ratio) this.crop ||= { x: this.w * 0.1, y: this.h * 0.1, w: this.w * 0.8, h: this.h * 0.8 };
    else {
      const w = Math.min(this.w, this.h * this.ratio), h = w / this.ratio;
      const x = clamp((this.at.x / 100) * this.w - w / 2, 0, this.w - w);
      const y = clamp((this.at.y / 100) * this.h - h / 2, 0, this.h - h);
      this.crop = { x, y, w, h };
    }
    this.write();
  }
}

customElements.define("media-framing", MediaFraming);
